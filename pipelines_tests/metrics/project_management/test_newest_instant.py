"""Where Tracker's data end, and what is computed as of then."""

from __future__ import annotations

from datetime import datetime

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.newest_instant import newest_instant
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_story,
    instant,
    warehouse,
)

TODAY = "2026-06-30 12:00"
END = "2026-01-28 09:30"


def ended() -> duckdb.DuckDBPyConnection:
    """Stories until January 27 and an activity on the 28th; a deadline in March has not happened, and a moment after today
    is a wrong clock's.
    """
    con = warehouse()
    add_story(con, 1, ("started", "2026-01-06 09:00"), ("accepted", "2026-01-08 09:00"))
    add_story(con, 2, ("started", "2026-01-13 09:00"), ("accepted", "2026-01-27 09:00"))
    add_story(con, 3, ("started", "2026-01-13 09:00"), deadline=instant("2026-03-01 00:00"))
    add_activity(con, "story_update_activity", END, [])
    add_activity(con, "story_update_activity", "2031-01-01 00:00", [])
    return con


def tables(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, list[tuple[object, ...]]]:
    for table in TABLES:
        write_metric(con, table, run)
    return {
        table.name: con.execute(f"FROM {table.address} ORDER BY ALL").fetchall() for table in TABLES
    }


def test_the_newest_instant_is_of_what_has_happened() -> None:
    assert newest_instant(ended(), instant(TODAY)) == instant(END)
    assert newest_instant(ended(), instant("2026-01-20 00:00")) == instant("2026-01-13 09:00")
    assert newest_instant(warehouse(), instant(TODAY)) is None


def test_trackers_tables_are_as_of_the_end_of_its_data() -> None:
    """Months later they are as they were on the last day: no empty weeks since, and the story in progress is 15 days old."""
    con = ended()

    def run(as_of: datetime, tracker_as_of: datetime | None = None) -> MetricRun:
        return MetricRun(as_of=as_of, settings=MetricSettings(), tracker_as_of=tracker_as_of)

    later = tables(con, run(instant(TODAY), instant(END)))
    assert later == tables(con, run(instant(END)))
    assert con.execute("SELECT age_days FROM project_management.aging_wip").fetchall() == [(16,)]


def test_clockifys_now_goes_on() -> None:
    run = MetricRun(
        as_of=instant(TODAY), settings=MetricSettings(), tracker_as_of=instant("2026-01-28 09:30")
    )
    assert run.as_of_in("project_management") == instant(END)
    assert run.as_of_in("time_tracking") == run.as_of_in("effort") == instant(TODAY)
