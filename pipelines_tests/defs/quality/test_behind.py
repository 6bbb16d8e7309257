"""A table whose computation failed is named once what it is made of is half a day newer."""

from __future__ import annotations

import duckdb

from pipelines.defs.quality.behind import tables_behind_their_inputs
from pipelines.warehouse.computed import ensure_computed

STATES, FACTS = "project_management.story_states", "project_management.story_facts"


def computed(**moments: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    ensure_computed(connection)
    for name, moment in moments.items():
        connection.execute(
            "INSERT INTO _pipelines.computed (address, as_of, computed_at) VALUES (?, ?, ?)",
            [f"project_management.{name}", moment, moment],
        )
    return connection


def test_the_older_one_is_named() -> None:
    connection = computed(
        story_states="2026-11-03 06:00:00+00", story_facts="2026-11-02 06:05:00+00"
    )
    [sentence] = tables_behind_their_inputs(connection)
    assert f"{FACTS} (of 2026-11-02 06:05 UTC)" in sentence
    assert STATES not in sentence


def test_tables_of_one_run_are_not() -> None:
    connection = computed(
        story_states="2026-11-03 06:00:00+00", story_facts="2026-11-03 05:55:00+00"
    )
    assert tables_behind_their_inputs(connection) == []
    assert tables_behind_their_inputs(duckdb.connect()) == []
