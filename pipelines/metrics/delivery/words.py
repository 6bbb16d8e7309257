"""The words of other systems for states and types, and the queries of the settings file as views.

Here: ``told_items`` and ``told_transitions``, and what of them cannot be used. Not here: the tables made of them
(``source``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Tracker's own states are among them, and the categories of Jira, Linear and Shortcut.
_WORDS = {
    "unscheduled": ("unscheduled", "icebox", "backlog", "triage"),
    "unstarted": ("unstarted", "planned", "new", "to do", "todo"),
    "started": ("started", "in progress", "indeterminate"),
    "finished": ("finished",),
    "delivered": ("delivered",),
    "rejected": ("rejected",),
    "accepted": ("accepted", "done", "completed"),
    "canceled": ("canceled", "cancelled"),
}
_TYPES = {
    "bug": ("bug", "defect", "incident"),
    "chore": ("chore", "task", "subtask", "sub-task", "maintenance"),
}

#: For people: each state with the words that count as it.
CATEGORIES = "; ".join(f"{', '.join(words)}: {state}" for state, words in _WORDS.items())


def _as_map(words: dict[str, tuple[str, ...]]) -> str:
    """SQL of a map from each word, in lower case, to what it counts as."""
    pairs = [f"'{word}': '{meaning}'" for meaning, named in words.items() for word in named]
    return f"MAP {{{', '.join(pairs)}}}"


STATE_OF, TYPE_OF = _as_map(_WORDS), _as_map(_TYPES)

#: By query: its columns with their types, the needed ones first.
_NEEDED = {
    "items": {
        "id": "VARCHAR",
        "project": "VARCHAR",
        "state_category": "VARCHAR",
        "created_at": "TIMESTAMPTZ",
    },
    "transitions": {
        "item_id": "VARCHAR",
        "state_category": "VARCHAR",
        "occurred_at": "TIMESTAMPTZ",
    },
}
_WELCOME = {
    "items": {
        "name": "VARCHAR",
        "type": "VARCHAR",
        "points": "DOUBLE",
        "updated_at": "TIMESTAMPTZ",
        "finished_at": "TIMESTAMPTZ",
    },
    "transitions": {"from_state_category": "VARCHAR"},
}

# Why a row is left out, the first reason that holds.
_REASONS = {
    "items": f"""
        CASE
            WHEN coalesce(id, '') = '' THEN 'without an id'
            WHEN coalesce(project, '') = '' THEN 'without a project'
            WHEN created_at IS NULL THEN 'without a creation'
            WHEN {STATE_OF}[lower(trim(state_category))] IS NULL
                THEN 'with the state category ' || coalesce(state_category, 'NULL')
        END
    """,
    "transitions": f"""
        CASE
            WHEN item_id IS NULL OR item_id NOT IN (SELECT id FROM delivery.items) THEN 'of no item that is there'
            WHEN occurred_at IS NULL THEN 'without an instant'
            WHEN {STATE_OF}[lower(trim(state_category))] IS NULL
                THEN 'with the state category ' || coalesce(state_category, 'NULL')
        END
    """,
}


class DeliveryError(ValueError):
    """A query of the settings cannot be used; the message names the key and what is wrong."""


def define_told(con: duckdb.DuckDBPyConnection, name: str, sql: str | None) -> None:
    """Define ``told_<name>``: the rows of a query of the settings with all columns, none without a query."""
    import duckdb

    columns = {**_NEEDED[name], **_WELCOME[name]}
    if sql is None:
        nothing = ", ".join(f"NULL::{type_} AS {column}" for column, type_ in columns.items())
        con.execute(f"CREATE OR REPLACE TEMP VIEW told_{name} AS SELECT {nothing} WHERE false")
        return
    key = f"delivery.{name} of the metric settings"
    try:
        statements = con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise DeliveryError(f"{key}: must be one SELECT.")
        found = {column.lower() for column in con.sql(sql).columns}
    except duckdb.Error as error:
        raise DeliveryError(f"{key}: {str(error).splitlines()[0]}") from None
    missing = [column for column in _NEEDED[name] if column not in found]
    if missing:
        raise DeliveryError(f"{key}: lacks the column {', '.join(missing)}.")
    chosen = ", ".join(
        f"try_cast({column if column in found else 'NULL'} AS {type_}) AS {column}"
        for column, type_ in columns.items()
    )
    query = sql.strip().rstrip(";")
    con.execute(f"CREATE OR REPLACE TEMP VIEW told_{name} AS SELECT {chosen} FROM ({query})")


def left_out(con: duckdb.DuckDBPyConnection, name: str, sql: str | None) -> dict[str, str]:
    """How many rows of the query are left out, by reason; nothing where all are there."""
    define_told(con, name, sql)
    counts = con.execute(
        f"SELECT {_REASONS[name]} AS reason, count(*) FROM told_{name} "
        "GROUP BY ALL HAVING reason IS NOT NULL ORDER BY ALL"
    ).fetchall()
    if not counts:
        return {}
    return {"left_out": "; ".join(f"{count:,} {reason}" for reason, count in counts) + "."}
