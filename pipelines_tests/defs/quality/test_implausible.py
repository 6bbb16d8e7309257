"""Dates that no project can have are counted, by table and column; nothing else is."""

from __future__ import annotations

from datetime import datetime, timezone

import duckdb

from pipelines.defs.quality.implausible import implausible_dates
from pipelines_tests.support.tables import insert, raw_warehouse

NOW = datetime(2026, 11, 20, tzinfo=timezone.utc)


def test_each_column_is_counted() -> None:
    connection = raw_warehouse()
    dates = ["0001-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "1990-01-01T00:00:00Z", None]
    for number, date in enumerate(dates):
        insert(
            connection,
            "pivotal_tracker.stories",
            [
                {
                    "id": number,
                    "created_at": date,
                    "updated_at": "9999-12-31T00:00:00Z" if number == 0 else "2026-01-01T00:00:00Z",
                }
            ],
        )
    [sentence] = implausible_dates(connection, NOW)
    assert sentence.startswith("pivotal_tracker.stories: dates before 1990 or after 2126")
    assert "created_at (2), updated_at (1)." in sentence


def test_nothing_is_said_of_good_dates_and_of_missing_tables() -> None:
    connection = raw_warehouse()
    insert(connection, "pivotal_tracker.projects", [{"id": 1, "start_date": "2012-06-04"}])
    assert implausible_dates(connection, NOW) == []
    assert implausible_dates(duckdb.connect(), NOW) == []
