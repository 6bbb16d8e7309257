"""Windows of iterations: a project's true ones, those of them that a source names, and what the table makes of these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.iterations import iterations
from pipelines.metrics.settings import MetricSettings
from pipelines_tests.metrics.project_management.support import add_project
from pipelines_tests.support.tables import insert


@dataclass(frozen=True)
class Course:
    """The windows that a project really had: one after the other from ``start``, of these lengths in weeks."""

    start: date
    lengths: Sequence[int]
    zone: str = "UTC"

    def starts(self) -> list[date]:
        """The local days on which its iterations start, and the one on which the last ends."""
        days = [self.start]
        for weeks in self.lengths:
            days.append(days[-1] + timedelta(weeks=weeks))
        return days

    def midnight(self, day: date) -> datetime:
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        return local.astimezone(timezone.utc)

    def windows(self) -> list[tuple[int, datetime, datetime]]:
        """Number, start and end of all."""
        days = [self.midnight(day) for day in self.starts()]
        return [(number, first, last) for number, (first, last) in enumerate(pairwise(days), 1)]


def add_course(
    con: duckdb.DuckDBPyConnection,
    course: Course,
    named: Collection[int],
    *,
    project_id: int = 1,
    **project: Any,
) -> None:
    """A project whose source names these numbers of its course."""
    settings = {
        "zone": course.zone,
        "start_date": course.start,
        "week_start_day": course.start.strftime("%A"),
        "iteration_length": course.lengths[-1],
        **project,
    }
    add_project(con, project_id, **settings)
    rows = [
        {
            "project_id": project_id,
            "number": number,
            "length": course.lengths[number - 1],
            "start": start,
            "finish": finish,
        }
        for number, start, finish in course.windows()
        if number in named
    ]
    insert(con, "pivotal_tracker.iterations", rows)


def emptied(con: duckdb.DuckDBPyConnection) -> None:
    """Remove what the helpers here add, and overrides."""
    for name in ("projects", "iterations", "iteration_overrides"):
        con.execute(f"DELETE FROM pivotal_tracker.{name}")


def windows_of(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    columns: str = "number, start_at, finish_at",
    *,
    project_id: int = 1,
) -> list[Any]:
    """These columns of a project's iterations, in their order."""
    found = iterations(con, MetricRun(as_of=as_of, settings=MetricSettings()))
    return found.filter(f"project_id = {project_id}").order("number").project(columns).fetchall()
