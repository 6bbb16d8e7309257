"""Rows of a metric table for people: the newest of today's, named, and written with names first."""

from __future__ import annotations

from datetime import datetime, timezone

import duckdb

from pipelines.metrics.project_management.tables import TABLES as DELIVERY
from pipelines.metrics.time_tracking.tables import TABLES as TIME
from pipelines.outputs.preview import preview
from pipelines.pyairbyte.metadata import markdown_table

TUESDAY = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
TABLES = {table.name: table for table in (*DELIVERY, *TIME)}


def test_the_newest_days_come_first_and_what_lies_ahead_last(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("""
        INSERT INTO time_tracking.capacity_daily BY NAME
        SELECT 'u1' AS user_id, 'Ada' AS user_name, DATE '2026-06-28' + CAST(n AS INTEGER) AS local_date
        FROM range(9) AS days (n)
    """)
    days = [row["local_date"].day for row in preview(con, TABLES["capacity_daily"], TUESDAY)]
    assert days == [30, 29, 28, 6, 5]


def test_ids_get_the_names_of_what_they_stand_for(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO pivotal_tracker.projects BY NAME SELECT 7 AS id, 'Billing' AS name")
    con.execute("INSERT INTO pivotal_tracker.stories BY NAME SELECT 70 AS id, 'A | B' AS name")
    con.execute("""
        INSERT INTO project_management.aging_wip BY NAME
        SELECT 70 AS story_id, 7 AS project_id, 'started' AS current_state, 30.123456 AS age_hours, DATE '2026-06-29' AS blocked_since
        UNION ALL BY NAME
        SELECT 71 AS story_id, 8 AS project_id
    """)
    rows = preview(con, TABLES["aging_wip"], TUESDAY)
    assert [(row["story_name"], row["project_name"]) for row in rows] == [
        ("A | B", "Billing"),
        (None, None),
    ]
    heading, _, first, *_ = markdown_table(rows).split("\n")
    assert heading.startswith("| story_name | project_name | current_state | age_hours | ")
    assert heading.endswith(" | story_id | project_id |")
    assert first.startswith("| A \\| B | Billing | started | 30\\.1235 | ")
    assert first.endswith(" | 70 | 7 |")


def test_every_table_has_a_preview(crowded: duckdb.DuckDBPyConnection) -> None:
    for table in TABLES.values():
        assert len(preview(crowded, table, TUESDAY)) <= 5
