"""Forecast: when the open stories will be done, and how many will be done by then.

Here: what is asked and how the answers are read off the simulated futures. Not here: the simulation
(``monte_carlo``), the past it draws from (``forecast_history``, ``overtaking``), whether such answers were right
(``forecast_backtest``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import monte_carlo
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.forecast_history import (
    ProjectHistory,
    holds_until,
    project_histories,
)
from pipelines.metrics.project_management.overtaking import KEPT_PCT, PARTS, Past, past_of

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.project_management.monte_carlo import Draws
    from pipelines.metrics.settings import ForecastSettings

PERCENTILES = (50, 70, 85, 95)
SCOPES = ("fixed", "growing")
#: What lies further ahead, beyond the year 8900, has no date.
_MOST_DATED_WEEKS = 360_000

_DISTRIBUTION_DEFINITION = f"""
One row per project, question, horizon, scope and simulated outcome: the Monte Carlo simulation itself.

**Drawn from** the project's complete weeks, weeks without any acceptance included, the last `history_weeks` of them
(settings `[forecast]`). Every future week is one of them, each equally likely. A draw takes the accepted stories of all
types but releases, and the growth of the open scope (`throughput_weekly.scope_growth`) of the *same* past week; what a
project holds at the end of its first week is where it begins, and no growth. Estimates play no part.

**Questions.** `when`: horizon = the project's open stories (unstarted, planned, started, finished, delivered,
rejected; the icebox, releases and deleted stories do not count); outcome = the number of weeks until all of them are
done, which is accepted, deleted or back in the icebox. `how_many`: horizon = a number of weeks (settings); outcome = the
stories accepted in them.

**Scope.** `fixed`: everything that is accepted is one of today's open stories, the first week in which accepted >= open.
`growing`: meanwhile stories are added, and part of them goes ahead: the first week in which accepted >= open +
`overtaking_pct` of the growth. That part is learned from the project: the smallest, in steps of 10 %, with which at
least {KEPT_PCT} % of the dates at 85 % would have been kept that these same weeks give for the Mondays among them, as far as the
stories open then are done by now. Where that tells nothing, all growth goes ahead. `how_many` asks for whatever is
accepted, so that both scopes have the same answer.

Example: 3 accepted and 1 added in each week, 7 open, and no open stories of an earlier Monday are done yet: `fixed`
takes 3 weeks (3 x 3 >= 7), `growing` 4 (4 x 3 >= 7 + 4 x 1).

The seed makes it repeatable: all questions, projects and moments look at the same draws. Futures of `growing` that are
not done within 260 weeks have no row, so that `share_pct` adds up to less than 100. A project in which nothing was
accepted in those weeks has no rows; nor has `when` without open stories.
"""

_DEFINITION = """
One row per project, question, horizon, scope and percentile (50, 70, 85, 95), read off the simulated futures.

These are in `forecast_distribution`, which defines questions and scopes.

* `when`: `weeks` = the smallest number of weeks within which p % of the simulated futures finish the project's open
  stories (`horizon` and `items`); `date` = the end of that week. NULL with `weeks_reason = 'no_end_in_sight'` where fewer
  do so within 260 weeks, because the scope grows as fast as it is done.
* `how_many`: `items` = the number of stories reached *or exceeded* in p % of the simulated futures within `horizon`
  = `weeks`; `date` = the end of the last week.

So `when` rises and `how_many` falls with confidence, and `growing` is never earlier than `fixed` where the scope grew.
Future weeks are counted from now in steps of seven days: `date` = today in the project's zone + 7 x `weeks`, NULL beyond
the year 8900. A project without any throughput has no rows. How often such forecasts were right says
`forecast_calibration`.
"""


@dataclass(frozen=True)
class Question:
    """One question to the future."""

    question: str
    horizon: int
    scope: str
    outcomes: monte_carlo.Outcomes

    def answer(self, percent: int) -> int | None:
        """Weeks (when) or stories (how_many) at a confidence; None: no end in sight."""
        if self.question == "when":
            return self.outcomes.reached_by(percent)
        return self.outcomes.reached_or_exceeded(percent)


def questions(
    past: Past, open_stories: int, settings: ForecastSettings, draws: Draws
) -> Iterator[Question]:
    """All questions to the futures that are drawn from ``past``, answered."""
    stories = monte_carlo.stories_by_week(past.accepted, max(settings.weeks, default=1), draws)
    for weeks in settings.weeks:
        outcomes = monte_carlo.Outcomes.of_stories(stories[weeks - 1])
        for scope in SCOPES:
            yield Question("how_many", weeks, scope, outcomes)
    if open_stories:
        for scope in SCOPES:
            trials = monte_carlo.weeks_until(past.steps(scope), PARTS * open_stories, draws)
            yield Question("when", open_stories, scope, monte_carlo.Outcomes.of_weeks(trials))


def _today(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> Iterator[tuple[ProjectHistory, Past, Question]]:
    """Every question of every project that has a past to draw from, as of now."""
    settings = run.settings.forecast
    define_calendar(con, run)
    draws = monte_carlo.Draws(settings.trials, settings.seed)
    for history in project_histories(con):
        past = past_of(history, history.now, settings.history_weeks, draws)
        if past:
            open_stories = int(history.open_stories[history.now])
            for question in questions(past, open_stories, settings, draws):
                yield history, past, question


def forecast_distribution(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """Simulated outcomes and how often they came; grain (project_id, question, horizon, scope, outcome)."""
    settings = run.settings.forecast
    rows = []
    for history, past, one in _today(con, run):
        for outcome, trials in zip(one.outcomes.values, one.outcomes.counts, strict=True):
            rows.append(
                (
                    history.project_id,
                    one.question,
                    one.horizon,
                    one.scope,
                    int(outcome),
                    int(trials),
                    100 * int(trials) / settings.trials,
                    past.accepted.size,
                    settings.seed,
                )
            )
    return as_relation(con, FORECAST_DISTRIBUTION, rows)


def forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Answers at four confidences; grain (project_id, question, horizon, scope, percentile)."""
    settings = run.settings.forecast
    define_calendar(con, run)
    today = dict(con.execute("SELECT project_id, today FROM project_calendars").fetchall())
    rows = []
    for history, past, one in _today(con, run):
        for percentile in PERCENTILES:
            answer = one.answer(percentile)
            weeks = answer if one.question == "when" else one.horizon
            rows.append(
                (
                    history.project_id,
                    one.question,
                    one.horizon,
                    one.scope,
                    percentile,
                    weeks,
                    None if weeks else "no_end_in_sight",
                    _date(today[history.project_id], weeks),
                    one.horizon if one.question == "when" else answer,
                    None if one.scope == "fixed" else 100 * past.overtaking // PARTS,
                    past.accepted.size,
                    settings.trials,
                    settings.seed,
                )
            )
    return as_relation(con, FORECAST, rows)


def _date(today: date, weeks: int | None) -> date | None:
    """The day so many weeks from now; dates of Python end with the year 9999."""
    return today + timedelta(weeks=weeks) if weeks and weeks < _MOST_DATED_WEEKS else None


def as_relation(
    con: duckdb.DuckDBPyConnection, table: MetricTable, rows: list[tuple[Any, ...]]
) -> duckdb.DuckDBPyRelation:
    """Rows of Python values, in the order of the table's columns, as a relation of its types."""
    import pandas

    names = [column.name for column in table.columns]
    # Object columns, because a column of numbers with a gap would become one of floats.
    frame = pandas.DataFrame(rows, columns=names, dtype=object)
    types = ", ".join(f"{column.name}::{column.type} AS {column.name}" for column in table.columns)
    return con.from_df(frame).project(types)


def projects_without_forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[int, str]:
    """Why a project with stories has no forecast, in words, by project id; reads what the forecast reads."""
    define_calendar(con, run)
    reasons = {}
    for history in project_histories(con):
        complete = history.complete_weeks(history.now)
        weeks = min(run.settings.forecast.history_weeks, complete)
        if not weeks:
            reasons[history.project_id] = "no week is complete yet"
        elif not history.weekly_accepted[history.now, complete - weeks :].any():
            reasons[history.project_id] = f"nothing was accepted in the last {weeks} complete weeks"
    return reasons


def _without_forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, str]:
    reasons = projects_without_forecast(con, run)
    return {f"project_{project_id}": reason for project_id, reason in reasons.items()}


INPUTS = (
    "pivotal_tracker.projects",
    "pivotal_tracker.stories",
    "project_management.story_states",
    "project_management.story_facts",
    "project_management.throughput_weekly",
)

FORECAST_DISTRIBUTION = MetricTable(
    schema="project_management",
    name="forecast_distribution",
    grain=("project_id", "question", "horizon", "scope", "outcome"),
    definition=_DISTRIBUTION_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("horizon", "BIGINT", "when: open stories; how_many: weeks."),
        Column(
            "scope", "VARCHAR", "fixed: nothing is added meanwhile; growing: as much as before."
        ),
        Column("outcome", "BIGINT", "when: weeks until all are done; how_many: stories accepted."),
        Column("trials", "BIGINT", "Simulated futures with this outcome."),
        Column("share_pct", "DOUBLE", "Those in percent of all simulated futures."),
        Column("history_weeks", "BIGINT", "Past weeks that were drawn from."),
        Column("seed", "BIGINT", "Seed of the random numbers, from the settings."),
    ),
    inputs=INPUTS,
    compute=forecast_distribution,
    holds_until=holds_until,
    overlaps="Each question is a distribution of its own over the same futures.",
    headlines={
        "projects": "count(DISTINCT project_id)",
    },
    settings=("forecast",),
)

FORECAST = MetricTable(
    schema="project_management",
    name="forecast",
    grain=("project_id", "question", "horizon", "scope", "percentile"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("horizon", "BIGINT", "when: open stories; how_many: weeks."),
        Column(
            "scope", "VARCHAR", "fixed: nothing is added meanwhile; growing: as much as before."
        ),
        Column("percentile", "INTEGER", "Confidence in percent: 50, 70, 85 or 95."),
        Column("weeks", "BIGINT", "Weeks from now."),
        Column("weeks_reason", "VARCHAR", "Why there are no weeks: no_end_in_sight."),
        Column("date", "DATE", "Local day on which those weeks end."),
        Column("items", "BIGINT", "Stories accepted by then."),
        Column(
            "overtaking_pct",
            "BIGINT",
            "Part of the growth that goes ahead of today's stories; NULL for fixed.",
        ),
        Column("history_weeks", "BIGINT", "Past weeks that were drawn from."),
        Column("trials", "BIGINT", "Simulated futures."),
        Column("seed", "BIGINT", "Seed of the random numbers, from the settings."),
    ),
    inputs=INPUTS,
    compute=forecast,
    holds_until=holds_until,
    overlaps="Each row is another percentile or horizon of the same futures.",
    headlines={
        "longest_p85_weeks": "max(weeks) FILTER (question = 'when' AND scope = 'growing' AND percentile = 85)",
    },
    settings=("forecast",),
    notes=_without_forecast,
)
