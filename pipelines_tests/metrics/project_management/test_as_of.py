"""Computing as of a moment gives what a computation at that moment gave, for what existed then."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import duckdb
import pytest

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import TINY, generate
from pipelines_tests.metrics.project_management.support import (
    add_change,
    add_story,
    instant,
    warehouse,
)
from pipelines_tests.metrics.project_management.test_generated_company import load
from pipelines_tests.support.tables import insert, raw_warehouse

#: Between them no story is deleted, which a single read cannot know of, and much else happens.
THEN = datetime(2026, 5, 20, 12, tzinfo=timezone.utc)
LATER = datetime(2026, 7, 20, 12, tzinfo=timezone.utc)


def computed(con: duckdb.DuckDBPyConnection, as_of: datetime, *names: str) -> None:
    for table in TABLES:
        if not names or table.name in names:
            write_metric(con, table, MetricRun(as_of, MetricSettings()))


def test_values_are_those_of_then() -> None:
    """On January 6th the story was an unestimated bug of nobody; it became a feature of 3 points of 7 on the 8th, 5 on the 9th."""
    con = warehouse(bugs_and_chores_are_estimatable=True)
    labels = [{"id": 31, "name": "new"}]
    add_story(con, 1, ("unstarted", "2026-01-05 09:00"), estimate=5, labels=labels, owner_ids=[7])
    add_change(
        con,
        1,
        "2026-01-08 09:00",
        {
            "story_type": "bug",
            "estimate": None,
            "owner_ids": [],
            "label_ids": [30],
            "labels": ["old"],
        },
        {
            "story_type": "feature",
            "estimate": 3,
            "owner_ids": [7],
            "label_ids": [31],
            "labels": ["new"],
        },
    )
    add_change(con, 1, "2026-01-09 09:00", {"estimate": 3}, {"estimate": 5})

    def facts(as_of: str) -> list[tuple[Any, ...]]:
        computed(con, instant(as_of), "iterations", "story_states", "story_facts")
        columns = "story_type, estimate, points, owner_ids, label_ids, label_names"
        return con.execute(f"SELECT {columns} FROM project_management.story_facts").fetchall()

    assert facts("2026-01-06 12:00") == [("bug", None, 0.0, [], [30], ["old"])]
    assert facts("2026-01-08 12:00") == [("feature", 3.0, 3.0, [7], [31], ["new"])]
    assert facts("2026-01-10 12:00") == [("feature", 5.0, 5.0, [7], [31], ["new"])]


def test_releases_and_epics_of_later_are_not_there_and_later_acceptances_have_not_happened() -> (
    None
):
    """As of January 12th release 1, due on the 20th and accepted on the 15th, is open; release 2 and epic 6 are of the 14th."""
    con = warehouse()
    release = {"project_id": 1, "deadline": instant("2026-01-20 12:00"), "story_ids": []}
    insert(
        con,
        "pivotal_tracker.releases",
        [
            {
                **release,
                "id": 1,
                "created_at": instant("2026-01-06 09:00"),
                "accepted_at": instant("2026-01-15 09:00"),
            },
            {**release, "id": 2, "created_at": instant("2026-01-14 09:00")},
        ],
    )
    for epic_id, day in ((5, 6), (6, 14)):
        made = {"created_at": instant(f"2026-01-{day:02d} 09:00"), "label": {"id": 30 + epic_id}}
        insert(con, "pivotal_tracker.epics", [{"id": epic_id, "project_id": 1, **made}])

    def rows(as_of: str) -> tuple[list[Any], list[Any]]:
        computed(con, instant(as_of))
        releases = "SELECT release_id, is_on_time FROM project_management.release_status ORDER BY 1"
        epics = "SELECT epic_id FROM project_management.epic_progress ORDER BY 1"
        return con.execute(releases).fetchall(), con.execute(epics).fetchall()

    assert rows("2026-01-12 12:00") == ([(1, None)], [(5,)])
    assert rows("2026-01-16 12:00") == ([(1, True), (2, None)], [(5,), (6,)])


@pytest.mark.slow
def test_as_of_then_is_now_in_a_company_of_then() -> None:
    """Every table, row by row: two months of edits of what existed, and all that came later, change none of them."""
    worlds = []
    for now in (THEN, LATER):
        con = raw_warehouse()
        load(con, generate(now=now, size=TINY).tracker)
        computed(con, THEN)
        worlds.append(con)
    for table in TABLES:
        then, now = (
            con.execute(f"SELECT * FROM {table.address} ORDER BY ALL").fetchall() for con in worlds
        )
        assert then == now, table.address
