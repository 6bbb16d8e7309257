"""Whose turn it is, who waits, and which days a sync reads next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from pipelines.defs.days_to_read import days_to_read
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte.destination import Deferral
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.state import ensure_state_tables
from pipelines.warehouse.turns import by_turn, defer, waiting

A, B, C = (CONNECTORS[CLOCKIFY].stream(name) for name in ("clients", "projects", "tags"))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(str(tmp_path / "warehouse.duckdb")).connect() as connection:
        ensure_state_tables(connection)
        yield connection


def published(connection: duckdb.DuckDBPyConnection, *names: str, ago: timedelta) -> None:
    for name in names:
        connection.execute("DELETE FROM _pipelines.streams WHERE stream = ?", [name])
        connection.execute(
            "INSERT INTO _pipelines.streams VALUES ('clockify', ?, NULL, ?)",
            [name, datetime.now(timezone.utc) - ago],
        )


def turns(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    return [props.name for props in by_turn(connection, [A, B, C])]


def test_what_was_put_off_comes_first_and_what_broke_off_last(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert turns(connection) == ["clients", "projects", "tags"]
    published(connection, "clients", ago=timedelta(hours=1))
    defer(connection, [Deferral(B, was_begun=True), Deferral(C, was_begun=False)])
    assert turns(connection) == ["tags", "clients", "projects"]


def test_a_stream_waits_until_it_is_published(connection: duckdb.DuckDBPyConnection) -> None:
    published(connection, "tags", ago=timedelta(hours=1))
    defer(connection, [Deferral(B, was_begun=True), Deferral(C, was_begun=False)])
    assert waiting(connection, [A, B]) == ["projects"]
    assert waiting(connection, [A, B, C]) == ["projects", "tags"]
    published(connection, "tags", ago=timedelta(seconds=-1))
    assert waiting(connection, [A, C]) == []


def test_the_days_of_an_unfinished_sync_come_first(tmp_path: Path) -> None:
    """Also on the next day; not those of a backfill, which is its launcher's business."""
    path = tmp_path / "warehouse.duckdb"
    settings = load_settings(
        {
            "CLOCKIFY_API_KEY": "k",
            "CLOCKIFY_WORKSPACE_ID": "w",
            "PIPELINES_WAREHOUSE": str(path),
            "PIPELINES_START_DATE": "2026-03-01",
        }
    )
    today = date(2026, 3, 5)
    warehouse = Warehouse(str(path))

    def note(first: str, end: str, *, open_ended: bool) -> None:
        with warehouse.connect() as connection:
            ensure_state_tables(connection)
            connection.execute(
                "INSERT INTO _pipelines.parents_read "
                "VALUES ('clockify', 'time_entries', ?, ?, ?, 'u1', now() - INTERVAL 1 HOUR)",
                [first, end, open_ended],
            )

    note("2026-03-02", "2026-03-03", open_ended=False)
    assert days_to_read(settings, warehouse, today=today, lookback_days=2) == (
        date(2026, 3, 1),
        today,
    )
    note("2026-03-01", "2026-03-05", open_ended=True)
    expected = (date(2026, 3, 1), date(2026, 3, 4))
    assert days_to_read(settings, warehouse, today=today, lookback_days=2) == expected
    # Whoever sets a later start does not want them any more.
    later = settings.model_copy(update={"start_date": date(2026, 3, 3)})
    assert days_to_read(later, warehouse, today=today, lookback_days=1) == (date(2026, 3, 3), today)


def test_the_look_back_counts_from_the_last_day_that_was_read(tmp_path: Path) -> None:
    """All days until March 5th were read, ten days ago: an edit since then may be of a day two days before the 5th."""
    path = tmp_path / "warehouse.duckdb"
    credentials = {"CLOCKIFY_API_KEY": "k", "CLOCKIFY_WORKSPACE_ID": "w"}
    settings = load_settings(
        {
            **credentials,
            "PIPELINES_WAREHOUSE": str(path),
            "PIPELINES_START_DATE": "2026-03-01",
        }
    )
    warehouse = Warehouse(str(path))
    with warehouse.connect() as connection:
        ensure_state_tables(connection)
        connection.execute(
            "INSERT INTO _pipelines.days_read SELECT 'clockify', 'time_entries', day, now() "
            "FROM range(DATE '2026-03-01', DATE '2026-03-06', INTERVAL 1 DAY) AS days(day)"
        )
    for today, lookback, first in ((15, 2, 3), (15, 30, 1), (5, 2, 3), (4, 2, 2)):
        found = days_to_read(
            settings, warehouse, today=date(2026, 3, today), lookback_days=lookback
        )
        assert found == (date(2026, 3, first), date(2026, 3, today))
