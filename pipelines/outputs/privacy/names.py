"""A look at the warehouse that tells people's names as the setting ``[report] people`` says.

All outputs read tables by ``schema.table`` of the default catalog. With other than ``names`` that catalog holds views in which
columns with names are replaced, so that the report, the exports, the documents, the snapshot and messages cannot differ.
Ids stay, and so does what people write into descriptions, stories and comments.

Here: which columns hold names, and the views. Not here: who reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from pipelines.metrics.catalog import FAMILIES
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    import duckdb

People = Literal["names", "initials", "hidden"]

_CATALOG = "shown"
#: Raw tables that outputs read, and that hold no names; of the others only those of ``_RAW_NAMES`` are shown.
_RAW = frozenset(
    f"{schema}.{stream}"
    for schema, streams in {
        "clockify": "clients projects tasks tags time_entries",
        "pivotal_tracker": "blockers comments epics iterations labels projects releases stories story_tasks",
    }.items()
    for stream in streams.split()
)
#: Raw tables that outputs read: their columns with names, and the column that tells people apart.
_RAW_NAMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "clockify.users": (
        "id",
        {"name": "name", "email": "none", "profile_picture": "none", "custom_fields": "none"},
    ),
    "clockify.user_groups": ("id", {"team_managers": "none"}),
    "pivotal_tracker.project_memberships": ("id", {"person": "tracker_person"}),
}
#: Columns of metric tables with a name, or with something that tells as much, beside ``user_name``.
_METRIC_NAMES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "project_management.aging_wip": ("story_id", {"owner_names": "names"}),
    "project_management.work_in_progress": ("person_id", {"name": "name"}),
    "effort.people": (
        "person_key",
        {"name": "name", "clockify_email": "none", "tracker_email": "none"},
    ),
}


def name_columns(address: str, columns: tuple[str, ...]) -> tuple[str, Mapping[str, str]]:
    """The columns of a metric table that tell who somebody is, by what they hold, and the column with an id."""
    if address in _METRIC_NAMES:
        return _METRIC_NAMES[address]
    return "user_id", {"user_name": "name"} if "user_name" in columns else {}


@contextmanager
def people_shown(connection: duckdb.DuckDBPyConnection, how: People) -> Iterator[None]:
    """While the block lasts, the default catalog tells people as ``how`` says.

    ``connection`` is one whose default catalog is the warehouse.
    """
    if how == "names":
        yield
        return
    row = connection.execute("SELECT current_catalog(), current_schema()").fetchone()
    assert row is not None
    home, schema = row
    connection.execute(f"ATTACH ':memory:' AS {_CATALOG}")
    try:
        _make_views(connection, home, how)
        connection.execute(f"USE {_CATALOG}.main")
        try:
            yield
        finally:
            connection.execute(f"USE {identifier(home)}.{identifier(schema)}")
    finally:
        connection.execute(f"DETACH {_CATALOG}")


def _make_views(connection: duckdb.DuckDBPyConnection, home: str, how: People) -> None:
    metrics = {
        table.address: tuple(column.name for column in table.columns)
        for tables in FAMILIES.values()
        for table in tables
    }
    found = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = $home",
        {"home": home},
    ).fetchall()
    for schema, name in found:
        address = f"{schema}.{name}"
        if address in metrics:
            key, columns = name_columns(address, metrics[address])
        elif address in _RAW_NAMES:
            key, columns = _RAW_NAMES[address]
        elif address in _RAW:
            key, columns = "id", {}
        else:
            continue
        replaced = ", ".join(
            f"{_told(column, kind, key, how)} AS {column}" for column, kind in columns.items()
        )
        target = f"{identifier(schema)}.{identifier(name)}"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_CATALOG}.{identifier(schema)}")
        connection.execute(
            f"CREATE VIEW {_CATALOG}.{target} AS SELECT *{f' REPLACE ({replaced})' if replaced else ''} "
            f"FROM {identifier(home)}.{target}"
        )


def _told(column: str, kind: str, key: str, how: People) -> str:
    """SQL of what stands in place of a column with names."""
    if kind == "none":
        return f"CASE WHEN false THEN {column} END"
    if kind == "tracker_person":
        name = _name(f"({column}->>'name')", f"({column}->>'id')", how)
        return f"json_object('id', CAST({column}->>'id' AS BIGINT), 'name', {name})"
    if kind == "names":
        return f"list_transform({column}, lambda one: {_name('one', 'NULL', how)})"
    return _name(column, key, how)


def _name(name: str, key: str, how: People) -> str:
    """Initials, or a word with the end of an id, which keeps two people apart; nobody stays nobody."""
    if how == "initials":
        words = f"string_split(trim({name}), ' ')"
        return f"array_to_string(list_transform({words}, lambda word: upper(left(word, 1))), '')"
    return f"CASE WHEN {name} IS NOT NULL THEN 'Person' || coalesce(' …' || right(CAST({key} AS VARCHAR), 4), '') END"
