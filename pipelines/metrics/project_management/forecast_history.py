"""What forecasts draw from: each project's past, as it was known at any moment.

Here: stories accepted in each week, how the open scope grew in the same week, how many stories were open at a moment,
and when those were done. All of it as of past Mondays and of now, so that a forecast of the past is made of what was
known then. Not here: the simulation (``monte_carlo``), the questions (``forecast``), the published weekly counts
(``throughput``), with which these agree.

Instants are microseconds since 1970 as int64, ``NEVER`` where something has not happened. A *moment* is one of the
Mondays, or the last of all: now.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipelines.metrics import model
from pipelines.metrics.project_management.calendar import NEXT_MIDNIGHT
from pipelines.metrics.project_management.story_states import STATES_WITHOUT_HOURS

if TYPE_CHECKING:
    from datetime import date, datetime

    import duckdb
    import numpy
    import numpy.typing

    from pipelines.metrics.model import MetricRun
    from pipelines.metrics.project_management.monte_carlo import Integers

NEVER = 2**62
OPEN_STATES = "('unstarted', 'planned', 'started', 'finished', 'delivered', 'rejected')"

# A spell is the time from when a story becomes open until it is accepted, deleted or back in the icebox.
_SPELLS = f"""
WITH
    boundaries AS (
        SELECT
            story_id,
            facts.project_id,
            seq,
            entered_at,
            deleted_at,
            state IN {OPEN_STATES} AS is_open
        FROM {STATES_WITHOUT_HOURS} AS states
        JOIN project_management.story_facts AS facts USING (story_id)
        WHERE story_type <> 'release'
        WINDOW life AS (PARTITION BY story_id ORDER BY seq)
        QUALIFY is_open IS DISTINCT FROM lag(is_open) OVER life
    ),
    spells AS (
        SELECT
            project_id,
            is_open,
            entered_at AS opened_at,
            coalesce(
                lead(entered_at) OVER (PARTITION BY story_id ORDER BY seq), deleted_at
            ) AS closed_at
        FROM boundaries
    )
SELECT project_id, epoch_us(opened_at) AS begins, coalesce(epoch_us(closed_at), {NEVER}) AS ends
FROM spells
WHERE is_open
ORDER BY project_id, begins
"""

# The last acceptance has Tracker's own date. One that was taken back counts up to then.
_ACCEPTANCES = f"""
SELECT
    facts.project_id,
    epoch_us(
        if(left_at IS NULL OR left_at IS NOT DISTINCT FROM deleted_at, accepted_at, entered_at)
    ) AS begins,
    coalesce(epoch_us(left_at), {NEVER}) AS ends,
    left_at IS NOT DISTINCT FROM deleted_at AND left_at IS NOT NULL AS is_deleted
FROM {STATES_WITHOUT_HOURS} AS states
JOIN project_management.story_facts AS facts USING (story_id)
WHERE state = 'accepted'
    AND story_type <> 'release'
    AND begins IS NOT NULL
ORDER BY facts.project_id, begins
"""

# From the week of the project's first story to the current one, whose start ends the last complete week.
_WEEKS = """
SELECT DISTINCT
    project_id,
    epoch_us(local_midnight(week_start, zone)) AS begins
FROM project_management.throughput_weekly
JOIN project_calendars USING (project_id)
ORDER BY ALL
"""

_MONDAYS = """
WITH
    spans AS (
        SELECT
            project_id,
            any_value(zone) AS zone,
            any_value(today) AS today,
            week_start(min(week_start), 1) AS first_monday
        FROM project_management.throughput_weekly
        JOIN project_calendars USING (project_id)
        GROUP BY ALL
    ),
    mondays AS (
        SELECT
            project_id,
            zone,
            unnest(generate_series(first_monday, today, INTERVAL 7 DAY))::DATE AS monday
        FROM spans
    )
SELECT
    project_id,
    monday::DATE AS monday,
    epoch_us(local_midnight(monday, zone)) AS begins,
    epoch_us(local_midnight(monday + 1, zone)) AS ends
FROM mondays
ORDER BY ALL
"""

# Before the first event that a log dates, nobody can tell what was open.
_LOGS = f"""
SELECT facts.project_id, epoch_us(min(entered_at)) AS begins
FROM {STATES_WITHOUT_HOURS} AS states
JOIN project_management.story_facts AS facts USING (story_id)
WHERE source <> 'story'
GROUP BY ALL
"""

# Weeks and Mondays begin at a local midnight; in between, only what is dated ahead happens without being read.
_NEXT_CHANGE = f"""
SELECT coalesce(
    least(
        {NEXT_MIDNIGHT},
        (SELECT min(left_at) FROM {STATES_WITHOUT_HOURS} WHERE left_at > as_of()),
        (SELECT min(deleted_at) FROM project_management.story_facts WHERE deleted_at > as_of())
    ),
    {model.NEVER}
)
"""


@dataclass(frozen=True)
class ProjectHistory:
    """One project. ``moments`` are the instants of its Mondays (local midnight) and, last, of now."""

    project_id: int
    monday_dates: list[date]
    moments: Integers
    monday_ends: Integers
    week_bounds: Integers
    log_begins: int
    opened: Integers
    closed: Integers
    accepted: Integers
    accepted_until: Integers
    is_deleted: numpy.typing.NDArray[numpy.bool_]

    @property
    def now(self) -> int:
        """The moment that is now, as an index of ``moments``."""
        return len(self.moments) - 1

    def complete_weeks(self, moment: int) -> int:
        """How many of the project's weeks were over."""
        return int(self.week_bounds.searchsorted(self.moments[moment], "right")) - 1

    def logged_weeks(self, moment: int) -> int:
        """How many of those weeks began after the project's log did, counting the week in which it began."""
        before = int(self.week_bounds.searchsorted(self.log_begins, "right")) - 1
        return self.complete_weeks(moment) - max(before, 0)

    @cached_property
    def weekly_accepted(self) -> Integers:
        """Stories accepted, by moment at which that is asked, and week; weeks that were not over say nothing."""
        return accepted_as_of(self, self.week_bounds, self.moments)

    @cached_property
    def weekly_growth(self) -> Integers:
        """Growth of the open scope: the change of the open stories, and what was accepted.

        What a project begins with is no growth: its first week has none.
        """
        import numpy

        opened = self.opened.searchsorted(self.week_bounds, "left")
        closed = numpy.sort(self.closed).searchsorted(self.week_bounds, "left")
        growth: Integers = numpy.diff(opened - closed)[None, :] + self.weekly_accepted
        growth[:, :1] = 0
        return growth

    @cached_property
    def open_stories(self) -> Integers:
        """How many stories were open at each moment."""
        import numpy

        opened = self.opened.searchsorted(self.moments, "right")
        closed: Integers = numpy.sort(self.closed).searchsorted(self.moments, "right")
        return opened - closed

    @cached_property
    def done_at(self) -> Integers:
        """When all stories open at each moment had been accepted, deleted or put back into the icebox."""
        import numpy

        # A spell that ended before the moment ended before those that go on.
        last_end = numpy.maximum.accumulate(numpy.append(0, self.closed))
        done: Integers = last_end[self.opened.searchsorted(self.moments, "right")]
        return done

    @cached_property
    def weeks_to_done(self) -> Integers:
        """Weeks from each Monday to the day on which the stories open then were done, at least 1; 0: not done yet."""
        import numpy

        days_begun = self.monday_ends.searchsorted(self.done_at[:-1], "right")
        weeks = numpy.maximum(days_begun - numpy.arange(len(self.monday_ends)), 1)
        return numpy.where(self.done_at[:-1] <= self.moments[-1], weeks, 0)

    @cached_property
    def accepted_from_monday_to_monday(self) -> Integers:
        """Stories accepted from the first Monday up to the one of the column, as known at the Monday of the row."""
        import numpy

        mondays = self.moments[:-1]
        counts = accepted_as_of(self, mondays, mondays)
        totals: Integers = numpy.pad(counts.cumsum(axis=1), ((0, 0), (1, 0)))
        return totals


def accepted_as_of(history: ProjectHistory, bounds: Integers, moments: Integers) -> Integers:
    """Stories accepted between each two ``bounds``, as known at each of ``moments``; grain (moment, period).

    An acceptance that was taken back counts until then. That of a deleted story stays in a period that was over when
    it was deleted.
    """
    import numpy

    periods = max(len(bounds) - 1, 0)
    period = bounds.searchsorted(history.accepted, "right") - 1
    is_inside = (period >= 0) & (period < periods)
    period = period[is_inside]
    until = history.accepted_until[is_inside]
    kept = history.is_deleted[is_inside] & (until >= bounds[numpy.minimum(period + 1, periods)])
    gone_by = moments.searchsorted(numpy.where(kept, NEVER, until), "left")
    gone = numpy.zeros((len(moments) + 1, periods), dtype=numpy.int64)
    numpy.add.at(gone, (gone_by, period), 1)
    counts: Integers = numpy.bincount(period, minlength=periods)[None, :] - gone.cumsum(axis=0)[:-1]
    return counts


def project_histories(con: duckdb.DuckDBPyConnection) -> list[ProjectHistory]:
    """The histories of all projects with stories, by project id; reads throughput_weekly, story_states, story_facts.

    The connection has the words of ``calendar``.
    """
    import numpy

    spells, acceptances, weeks, mondays = (
        _by_project(con, query) for query in (_SPELLS, _ACCEPTANCES, _WEEKS, _MONDAYS)
    )
    # A log whose rows name no moment is none.
    logs = {
        project_id: begins
        for project_id, begins in con.execute(_LOGS).fetchall()
        if begins is not None
    }
    [(now,)] = con.execute("SELECT epoch_us(as_of())").fetchall()
    none = numpy.zeros(0, dtype=numpy.int64)
    nothing = {"begins": none, "ends": none, "is_deleted": none.astype(bool)}
    return [
        ProjectHistory(
            project_id=project_id,
            monday_dates=mondays[project_id]["monday"].astype("datetime64[D]").tolist(),
            moments=numpy.append(mondays[project_id]["begins"], now),
            monday_ends=mondays[project_id]["ends"],
            week_bounds=week["begins"],
            log_begins=logs.get(project_id, NEVER),
            opened=spells.get(project_id, nothing)["begins"],
            closed=spells.get(project_id, nothing)["ends"],
            accepted=acceptances.get(project_id, nothing)["begins"],
            accepted_until=acceptances.get(project_id, nothing)["ends"],
            is_deleted=acceptances.get(project_id, nothing)["is_deleted"],
        )
        for project_id, week in weeks.items()
    ]


def holds_until(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> datetime:
    """When the histories become others next, of tables as they are. The connection has the words of ``calendar``."""
    found = con.execute(_NEXT_CHANGE).fetchone()
    assert found is not None
    moment: datetime = found[0]
    return moment


def _by_project(con: duckdb.DuckDBPyConnection, query: str) -> dict[int, dict[str, Any]]:
    """The columns of a query that is ordered by project_id, for each project."""
    import numpy

    columns = con.execute(query).fetchnumpy()
    ids = numpy.asarray(columns["project_id"])
    found, starts = numpy.unique(ids, return_index=True)
    ends = numpy.append(starts, len(ids))[1:]
    return {
        int(project_id): {
            name: numpy.asarray(values[start:end]) for name, values in columns.items()
        }
        for project_id, start, end in zip(found, starts, ends, strict=True)
    }
