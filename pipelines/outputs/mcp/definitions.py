"""Answers about the tables themselves: which there are, what they mean, what their columns are made of."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pipelines.outputs.mcp.answers import quoted
from pipelines.outputs.mcp.errors import Question, did_you_mean, nearest
from pipelines.outputs.mcp.lookup import rows, table_address
from pipelines.outputs.reference.markdown import first_sentence

if TYPE_CHECKING:
    import duckdb

_DEEPEST = 12


def list_metrics(con: duckdb.DuckDBPyConnection, topic: str | None) -> dict[str, Any]:
    """Tables whose name or definition has all words of ``topic``; metric tables of all kinds without one."""
    found = rows(
        con,
        """
        WITH
        texts AS (
            SELECT address, string_agg("column" || ' ' || description, ' ') AS columns
            FROM catalog.columns
            GROUP BY address
        )
        SELECT
            address AS "table", definition, grain, additive, row_count, checks_failing, family,
            lower(concat_ws(' ', address, definition, columns)) AS words
        FROM catalog.tables
        LEFT JOIN texts USING (address)
        ORDER BY family IN ('pivotal_tracker', 'clockify'), address
        """,
    )
    words = re.findall(r"\w+", (topic or "").lower())
    raw = {"pivotal_tracker", "clockify"}
    chosen = [
        row
        for row in found
        if all(word.rstrip("s") in row["words"] for word in words)
        and (words or row["family"] not in raw)
    ]
    if not chosen:
        known = {word for row in found for word in re.findall(r"[a-z]{4,}", row["words"])}
        near = sorted({name for word in words for name in nearest(word, known, 3)})
        told = f" Words that are in them: {', '.join(near)}." if near else ""
        raise Question(
            f"No table is about {topic!r}.{told} Without a topic, all metric tables are listed."
        )
    return {
        "tables": [
            {
                "table": row["table"],
                "about": first_sentence(row["definition"]),
                "one_row_per": row["grain"],
                "additive": row["additive"],
                "rows": row["row_count"],
                "checks_failing": row["checks_failing"],
            }
            for row in chosen
        ],
        "next": "describe(table) has the definition, the columns with their units, the joins and what may be added up.",
    }


def describe(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """All that is known of a table."""
    address = table_address(con, table)
    (about,) = rows(
        con, "SELECT * FROM catalog.tables WHERE address = $address", {"address": address}
    )
    columns = rows(
        con,
        'SELECT "column", type, unit, adds, description FROM catalog.columns WHERE address = $address ORDER BY place',
        {"address": address},
    )
    joins = rows(
        con,
        """
        SELECT right_address AS "table", cardinality, condition
        FROM catalog.joins
        WHERE left_address = $address
        UNION ALL
        SELECT left_address, if(cardinality = 'one_to_one', 'one_to_one', 'one_to_many'),
            replace(replace(replace(condition, 'l.', 'x.'), 'r.', 'l.'), 'x.', 'r.')
        FROM catalog.joins
        WHERE right_address = $address
        ORDER BY ALL
        """,
        {"address": address},
    )
    return {
        "table": address,
        "definition": about["definition"],
        "one_row_per": about["grain"],
        "additive": about["additive"],
        "additive_reason": about["additive_reason"],
        "columns": columns,
        "joins": {"l is": address, "tables": joins},
        "settings_in_force": json.loads(about["settings"] or "{}"),
        "computed_from": about["inputs"],
        "rows": about["row_count"],
        "as_of_of_the_table": about["as_of"],
        "last_materialized_at": about["last_materialized_at"],
        "checks_failing": about["checks_failing"],
        # Checks show examples of what they found.
        "failing": quoted(about["failing"]),
    }


def explain(con: duckdb.DuckDBPyConnection, table: str, column: str) -> dict[str, Any]:
    """The columns that ``column`` is made of, down to the raw fields, each with its meaning; then the tables passed."""
    address = table_address(con, table)
    known = rows(
        con, 'SELECT address, "column", type, unit, description, lineage FROM catalog.columns'
    )
    by_name = {(row["address"], row["column"]): row for row in known}
    if (address, column) not in by_name:
        names = [name for at, name in by_name if at == address]
        raise Question(f"{address} has no column {column}.{did_you_mean(column, names)}")
    steps: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    level, to_follow = 0, [(address, column)]
    while to_follow and level < _DEEPEST:
        following: list[tuple[str, str]] = []
        for key in to_follow:
            row = by_name.get(key)
            if row is None or key in seen:
                continue
            seen.add(key)
            made_of = list(row["lineage"] or ())
            steps.append(
                {
                    "step": level,
                    "column": f"{key[0]}.{key[1]}",
                    "unit": row["unit"],
                    "means": row["description"],
                    "made_of": made_of,
                    **({} if made_of else {"origin": _origin(key[0])}),
                }
            )
            following += [(name.rpartition(".")[0], name.rpartition(".")[2]) for name in made_of]
        level, to_follow = level + 1, following
    passed = list(dict.fromkeys(step["column"].rpartition(".")[0] for step in steps))
    definitions = rows(
        con,
        "SELECT address, definition FROM catalog.tables WHERE list_contains($passed, address)",
        {"passed": passed},
    )
    return {
        "steps": steps,
        "definitions": {row["address"]: row["definition"] for row in definitions},
        "how_it_is_known": "A column is named where the SQL has it and emptying it was seen to change the result; what passes "
        "through Python or a nested value may be missing.",
    }


def _origin(address: str) -> str:
    if address.startswith(("pivotal_tracker.", "clockify.")):
        return "as the source has it"
    return "set by the computation of the table, see its definition"
