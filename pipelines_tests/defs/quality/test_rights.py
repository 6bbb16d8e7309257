"""Settings of the workspace that may have cut lists without a word: told where the rows look like it, and only there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.defs.quality.rights import cut_lists
from pipelines_tests.support.clockify_warehouse import make_warehouse


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A workspace of two people without time entries."""
    with make_warehouse(tmp_path / "w.duckdb", [], {}).connect() as connection:
        connection.execute("INSERT INTO clockify.users (id) VALUES ('u1'), ('u2')")
        yield connection


def workspace(connection: duckdb.DuckDBPyConnection, **settings: bool) -> None:
    connection.execute("DELETE FROM clockify.workspaces")
    connection.execute(
        "INSERT INTO clockify.workspaces (id, workspace_settings) VALUES ('w', ?)",
        [json.dumps(settings)],
    )


def entry(connection: duckdb.DuckDBPyConnection, user: str, rate: int | None) -> None:
    connection.execute(
        "INSERT INTO clockify.time_entries (id, user_id, hourly_rate) VALUES (uuid(), ?, ?)",
        [user, None if rate is None else json.dumps({"amount": rate, "currency": "EUR"})],
    )


def test_entries_of_one_person_alone_are_told(connection: duckdb.DuckDBPyConnection) -> None:
    entry(connection, "u1", 5000)
    workspace(connection, onlyAdminsSeeAllTimeEntries=False)
    assert cut_lists(connection) == []
    workspace(connection, onlyAdminsSeeAllTimeEntries=True)
    [sentence] = cut_lists(connection)
    assert "onlyAdminsSeeAllTimeEntries" in sentence
    assert "CLOCKIFY_API_KEY" in sentence
    entry(connection, "u2", 5000)
    assert cut_lists(connection) == [], "others' time came, so the key may see it"


def test_entries_without_any_rate_are_told(connection: duckdb.DuckDBPyConnection) -> None:
    workspace(connection, onlyAdminsSeeBillableRates=True)
    assert cut_lists(connection) == []
    entry(connection, "u1", None)
    [sentence] = cut_lists(connection)
    assert "onlyAdminsSeeBillableRates" in sentence
    entry(connection, "u2", 0)
    assert cut_lists(connection) == [], "a rate of zero is shown all the same"


def test_nothing_is_said_before_the_first_read() -> None:
    assert cut_lists(duckdb.connect()) == []
