"""What iterations were to hold: what daily syncs saw of them, published as a read publishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines_tests.metrics.project_management.support import (
    add_change,
    add_project,
    add_story,
    compute,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.staging import prepare, publish, stage
from pipelines_tests.support.tables import METRIC_SCHEMAS, insert

TRACKER = CONNECTORS["pivotal_tracker"]
COUNTS = "planned_stories, added_stories, removed_stories, scope_stories, completed_stories"
POINTS = "planned_points, added_points, removed_points, scope_points, completed_points"
#: Iteration 1 is the week of Monday 2026-01-05, iteration 2 the next one.
A, B, C, D = 1, 2, 3, 4


class Syncs:
    """A warehouse into which each sync publishes what Tracker's iterations hold at that moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = Warehouse(str(folder / "warehouse.duckdb"))
        self.destination = WarehouseDestination(self.warehouse, TRACKER, "live", True)
        prepare(self.destination)

    def sync(self, moment: str, iterations: Mapping[int, Sequence[int]]) -> None:
        """A read at ``moment`` that shows these stories of these iterations of project 1."""
        rows = [
            {
                "project_id": 1,
                "number": number,
                "kind": "iteration",
                "length": 1,
                "team_strength": 1,
                "start": f"{instant('2026-01-05 00:00') + timedelta(weeks=number - 1):%Y-%m-%dT%H:%M:%SZ}",
                "finish": f"{instant('2026-01-05 00:00') + timedelta(weeks=number):%Y-%m-%dT%H:%M:%SZ}",
                "story_ids": list(story_ids),
            }
            for number, story_ids in iterations.items()
        ]
        staged = stage(
            self.folder / "staging.duckdb",
            TRACKER.stream("iterations"),
            rows,
            read_at=instant(moment),
            listed=["1"],
        )
        publish(self.destination, staged)


@pytest.fixture
def syncs(tmp_path: Path) -> Syncs:
    return Syncs(tmp_path)


def opened(syncs: Syncs) -> duckdb.DuckDBPyConnection:
    """The warehouse for writing the other raw rows of project 1, and for computing."""
    con = duckdb.connect(str(syncs.folder / "warehouse.duckdb"))
    con.execute("SET TimeZone = 'UTC'")
    for schema in METRIC_SCHEMAS:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    add_project(con, 1)
    return con


def test_an_iteration_through_daily_syncs(syncs: Syncs) -> None:
    """The example of the definition: A and B are planned, C comes in on Tuesday, B goes out on Wednesday, A is estimated 5
    on Thursday and accepted on Friday.
    """
    for day, story_ids in ((5, [A, B]), (6, [A, B, C]), (7, [A, C]), (8, [A, C]), (9, [A, C])):
        syncs.sync(f"2026-01-{day:02} 02:30", {1: story_ids, 2: []})
    syncs.sync("2026-01-12 02:30", {1: [A], 2: [C]})
    with opened(syncs) as con:
        add_story(
            con, A, ("started", "2026-01-05 00:00"), ("accepted", "2026-01-09 12:00"), estimate=5
        )
        add_change(con, A, "2026-01-08 12:00", {"estimate": 3}, {"estimate": 5})
        add_story(con, B, ("unstarted", "2026-01-05 00:00"), estimate=2)
        add_story(con, C, ("started", "2026-01-05 00:00"), estimate=1)
        columns = f"{COUNTS}, {POINTS}, completed_of_planned_pct, carried_over, carried_over_twice"
        assert computed(con, "iteration_scope", columns, as_of="2026-01-12 12:00") == [
            (2, 1, 1, 2, 1, 5.0, 3.0, 2.0, 6.0, 5.0, 50.0, 1, None),
            (1, 0, 0, 1, 0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, None, None),
        ]
        # On Wednesday at noon nothing of what came later is known.
        columns = f"{COUNTS}, {POINTS}, carried_over"
        assert computed(con, "iteration_scope", columns, as_of="2026-01-07 12:00") == [
            (2, 1, 1, 2, 0, 5.0, 1.0, 2.0, 4.0, 0.0, None)
        ]


def test_the_days_of_an_iteration(syncs: Syncs) -> None:
    """The same week as above, day by day; what a read showed on Monday night holds until that of Tuesday night."""
    for day, story_ids in ((5, [A, B]), (6, [A, B, C]), (7, [A, C]), (8, [A, C])):
        syncs.sync(f"2026-01-{day:02} 22:30", {1: story_ids})
    with opened(syncs) as con:
        moves = (("started", "2026-01-05 00:00"), ("accepted", "2026-01-09 12:00"))
        add_story(con, A, *moves, estimate=5)
        add_change(con, A, "2026-01-08 12:00", {"estimate": 3}, {"estimate": 5})
        add_story(con, B, ("unstarted", "2026-01-05 00:00"), estimate=2)
        add_story(con, C, ("started", "2026-01-05 00:00"))
        columns = (
            "date, scope_stories, accepted_stories, scope_points, accepted_points, unestimated"
        )
        where = "scope_kind = 'iteration'"
        rows = computed(con, "burnup_daily", columns, as_of="2026-01-20 00:00", where=where)
        assert [(date.day, *counts) for date, *counts in rows] == [
            (5, 2, 0, 5.0, 0.0, 0),
            (6, 3, 0, 5.0, 0.0, 1),
            (7, 2, 0, 3.0, 0.0, 1),
            (8, 2, 0, 5.0, 0.0, 1),
            (9, 2, 1, 5.0, 5.0, 1),
            (10, 2, 1, 5.0, 5.0, 1),
            (11, 2, 1, 5.0, 5.0, 1),
        ]
        computed(con, "iteration_scope", "number", as_of="2026-01-20 00:00")
        found = con.execute(
            "SELECT number, scope.scope_points FROM project_management.iteration_scope AS scope "
            "JOIN project_management.burnup_daily USING (scope_id) WHERE date = DATE '2026-01-11' AND scope_kind = 'iteration'"
        ).fetchall()
        assert found == [(1, 5.0)]


def test_taken_out_and_put_back(syncs: Syncs) -> None:
    """B is removed and added once; D, which no read showed, was accepted in the iteration and so was added."""
    for moment, story_ids in (
        ("2026-01-05 02:30", [A, B]),
        ("2026-01-06 02:30", [A]),
        ("2026-01-07 02:30", [A, B]),
    ):
        syncs.sync(moment, {1: story_ids})
    with opened(syncs) as con:
        for story_id in (A, B):
            add_story(con, story_id, ("started", "2026-01-05 00:00"), estimate=1)
        add_story(
            con, D, ("started", "2026-01-08 00:00"), ("accepted", "2026-01-08 12:00"), estimate=1
        )
        rows = computed(con, "iteration_scope", COUNTS, as_of="2026-01-09 12:00")
        assert rows == [(2, 2, 1, 3, 1)]


def test_a_plan_that_was_known_before_it_began(syncs: Syncs) -> None:
    """On Sunday Tracker predicts A and B for the next iteration, and on Monday it still holds them: no new version of it.
    That there was a read shows from the other iteration, which changed. Another project's reads tell nothing.
    """
    syncs.sync("2026-01-11 02:30", {1: [C], 2: [A, B]})
    syncs.sync("2026-01-12 02:30", {1: [], 2: [A, B]})
    with opened(syncs) as con:
        for story_id in (A, B, C):
            add_story(con, story_id, ("unstarted", "2026-01-05 00:00"))
        columns = f"{COUNTS}, observed_from, scope_reason"
        first, second = computed(con, "iteration_scope", columns, as_of="2026-01-12 12:00")
        assert first == (None, None, None, None, 0, None, "not_observed")
        assert second == (2, 0, 0, 2, 0, instant("2026-01-12 02:30"), None)


def test_a_first_read_after_a_day_tells_no_plan(syncs: Syncs) -> None:
    """At midnight of the second day it is not too late, a second later it is."""
    syncs.sync("2026-01-06 00:00:01", {1: [A]})
    syncs.sync("2026-01-13 00:00:00", {1: [], 2: [A]})
    with opened(syncs) as con:
        add_story(con, A, ("unstarted", "2026-01-05 00:00"))
        rows = computed(
            con, "iteration_scope", "planned_stories, scope_reason", as_of="2026-01-14 00:00"
        )
        assert rows == [(None, "not_observed"), (1, None)]


def test_carried_over_twice(syncs: Syncs) -> None:
    """A is carried from 1 to 2 to 3, B from 2 to 3; C goes back to the icebox, D is deleted: neither is carried."""
    syncs.sync("2026-01-05 02:30", {1: [A]})
    syncs.sync("2026-01-12 02:30", {1: [], 2: [A, B, C, D]})
    syncs.sync("2026-01-19 02:30", {1: [], 2: [], 3: [A, B]})
    with opened(syncs) as con:
        for story_id in (A, B):
            add_story(con, story_id, ("started", "2026-01-05 00:00"))
        add_story(con, C, ("started", "2026-01-05 00:00"), ("unscheduled", "2026-01-18 12:00"))
        gone = {"id": D, "project_id": 1, "story_type": "bug", "current_state": "started"}
        seen = {
            "created_at": instant("2026-01-05 00:00"),
            "_last_seen_at": instant("2026-01-17 00:00"),
        }
        insert(con, "pivotal_tracker.stories_deleted", [{**gone, **seen}])
        columns = "carried_over, carried_over_twice"
        rows = computed(con, "iteration_scope", columns, as_of="2026-01-20 00:00")
        assert rows == [(1, None), (2, 1), (None, None)]


def test_ids_of_projects_may_be_as_large_as_those_of_an_archive() -> None:
    con = warehouse()
    for project_id in (2**48, 2**48 + 1):
        add_project(con, project_id)
    columns = "count(DISTINCT scope_id), count(*)"
    compute(con, "iteration_scope", "2026-01-13 00:00")
    found = con.execute(f"SELECT {columns} FROM project_management.iteration_scope").fetchall()
    assert found == [(6, 6)]


def test_an_empty_iteration_was_observed_and_one_without_reads_was_not(syncs: Syncs) -> None:
    syncs.sync("2026-01-05 02:30", {1: []})
    with opened(syncs) as con:
        columns = f"{COUNTS}, completed_of_planned_pct, scope_reason"
        rows = computed(con, "iteration_scope", columns, as_of="2026-01-06 00:00")
        assert rows == [(0, 0, 0, 0, 0, None, None)]
    assert [*not_observed()] == ["not_observed", "not_observed"]


def not_observed() -> Iterator[str]:
    con = warehouse()
    yield from computed(con, "iteration_scope", "scope_reason", as_of="2026-01-13 00:00")
