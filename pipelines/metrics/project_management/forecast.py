"""Forecast: when the open stories will be done, and how many will be done by then.

Here: what is asked and how the answers are read off the simulated futures. Not here: the simulation
(``monte_carlo``), the weekly counts it draws from (``throughput``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import monte_carlo
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.throughput import weekly_histories

if TYPE_CHECKING:
    import duckdb

_DISTRIBUTION_DEFINITION = """
One row per project, question, horizon and simulated outcome: the Monte Carlo simulation itself.

**Drawn from** the project's weekly accepted counts of all types but releases: complete weeks only, weeks without any
included, the last `history_weeks` of them (settings `[forecast]`). Every future week is one of them, each equally
likely. Throughput is assumed to go on as it was; estimates play no part.

**Questions.** `when`: horizon = the project's open stories (unstarted, planned, started, finished, delivered,
rejected; the icebox, releases and deleted stories do not count); outcome = the number of weeks until all are
accepted. `how_many`: horizon = a number of weeks (settings); outcome = the stories accepted in them.

The seed makes it repeatable: the outcomes of a question depend on the seed, the project, the horizon and the weeks
drawn from, and on nothing else. A project in which nothing was accepted in those weeks has no rows; nor has `when`
without open stories.
"""

_DEFINITION = """
One row per project, question, horizon and percentile (50, 70, 85, 95), read off the simulated futures.

These are in `forecast_distribution`.

* `when`: `weeks` = the smallest number of weeks within which p % of the simulated futures finish the project's open
  stories (`horizon` and `items`); `date` = the end of that week.
* `how_many`: `items` = the number of stories reached *or exceeded* in p % of the simulated futures within `horizon`
  = `weeks`; `date` = the end of the last week.

So `when` rises and `how_many` falls with confidence. Future weeks are counted from now in steps of seven days: `date`
= today in the project's zone + 7 x `weeks`, NULL beyond the year 8900. A project without any throughput has no rows.
"""

_OPEN_STORIES = """
SELECT
    project_id,
    count(*) FILTER (
        current_state IN ('unstarted', 'planned', 'started', 'finished', 'delivered', 'rejected')
    ) AS open_stories
FROM project_management.story_facts
WHERE story_type <> 'release'
    AND NOT is_deleted
GROUP BY ALL
ORDER BY project_id
"""

_SQL = """
WITH
    percentiles AS (
        SELECT unnest([50, 70, 85, 95]) AS percentile
    ),
    outcomes AS (
        SELECT
            *,
            sum(trials) OVER question AS all_trials,
            sum(trials) OVER (question ORDER BY outcome) AS trials_up_to,
            sum(trials) OVER (question ORDER BY outcome DESC) AS trials_from
        FROM project_management.forecast_distribution
        WINDOW question AS (PARTITION BY project_id, question, horizon)
    ),
    answers AS (
        SELECT
            project_id,
            question,
            horizon,
            percentile,
            coalesce(
                min(outcome) FILTER (question = 'when' AND 100 * trials_up_to >= percentile * all_trials),
                max(outcome) FILTER (question = 'how_many' AND 100 * trials_from >= percentile * all_trials)
            ) AS answer,
            history_weeks,
            any_value(all_trials)::BIGINT AS trials,
            seed
        FROM outcomes
        CROSS JOIN percentiles
        GROUP BY ALL
    )
SELECT
    project_id,
    question,
    horizon,
    percentile,
    if(question = 'when', answer, horizon) AS weeks,
    date_in_weeks(weeks, zone) AS date,
    if(question = 'when', horizon, answer) AS items,
    history_weeks,
    trials,
    seed
FROM answers
JOIN project_calendars USING (project_id)
"""


def forecast_distribution(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """Simulated outcomes and how often they came; grain (project_id, question, horizon, outcome)."""
    import numpy
    import pandas

    settings = run.settings.forecast
    rows = []
    histories = weekly_histories(con, settings.history_weeks)
    for project_id, open_stories in con.execute(_OPEN_STORIES).fetchall():
        weekly = histories.get(project_id, [])
        if not any(weekly):
            continue
        questions = [("when", open_stories)] if open_stories else []
        questions += [("how_many", weeks) for weeks in settings.weeks]
        for question, horizon in questions:
            random = monte_carlo.generator(settings.seed, project_id, horizon)
            simulate = monte_carlo.weeks_until if question == "when" else monte_carlo.stories_within
            futures = simulate(weekly, horizon, settings.trials, random)
            for outcome, trials in zip(*numpy.unique(futures, return_counts=True), strict=True):
                share = 100 * trials / settings.trials
                rows.append(
                    (
                        project_id,
                        question,
                        horizon,
                        outcome,
                        trials,
                        share,
                        len(weekly),
                        settings.seed,
                    )
                )
    frame = pandas.DataFrame(
        rows, columns=[column.name for column in FORECAST_DISTRIBUTION.columns]
    )
    types = ", ".join(
        f"{column.name}::{column.type} AS {column.name}" for column in FORECAST_DISTRIBUTION.columns
    )
    return con.from_df(frame).project(types)


def forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Answers at four confidences; grain (project_id, question, horizon, percentile)."""
    define_calendar(con, run)
    return con.sql(_SQL)


def projects_without_forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[int, str]:
    """Why a project with stories has no forecast, in words, by project id; reads what the forecast reads."""
    histories = weekly_histories(con, run.settings.forecast.history_weeks)
    reasons = {}
    for project_id, _ in con.execute(_OPEN_STORIES).fetchall():
        weekly = histories.get(project_id, [])
        if not weekly:
            reasons[project_id] = "no week is complete yet"
        elif not any(weekly):
            reasons[project_id] = f"nothing was accepted in the last {len(weekly)} complete weeks"
    return reasons


def _without_forecast(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, str]:
    reasons = projects_without_forecast(con, run)
    return {f"project_{project_id}": reason for project_id, reason in reasons.items()}


FORECAST_DISTRIBUTION = MetricTable(
    schema="project_management",
    name="forecast_distribution",
    grain=("project_id", "question", "horizon", "outcome"),
    definition=_DISTRIBUTION_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("horizon", "BIGINT", "when: open stories; how_many: weeks."),
        Column(
            "outcome", "BIGINT", "when: weeks until all are accepted; how_many: stories accepted."
        ),
        Column("trials", "BIGINT", "Simulated futures with this outcome."),
        Column("share_pct", "DOUBLE", "Those in percent of all simulated futures."),
        Column("history_weeks", "BIGINT", "Past weeks that were drawn from."),
        Column("seed", "BIGINT", "Seed of the random numbers, from the settings."),
    ),
    inputs=("project_management.throughput_weekly", "project_management.story_facts"),
    compute=forecast_distribution,
    headlines={
        "projects": "count(DISTINCT project_id)",
    },
    settings=("forecast",),
)

FORECAST = MetricTable(
    schema="project_management",
    name="forecast",
    grain=("project_id", "question", "horizon", "percentile"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("horizon", "BIGINT", "when: open stories; how_many: weeks."),
        Column("percentile", "INTEGER", "Confidence in percent: 50, 70, 85 or 95."),
        Column("weeks", "BIGINT", "Weeks from now."),
        Column("date", "DATE", "Local day on which those weeks end."),
        Column("items", "BIGINT", "Stories accepted by then."),
        Column("history_weeks", "BIGINT", "Past weeks that were drawn from."),
        Column("trials", "BIGINT", "Simulated futures."),
        Column("seed", "BIGINT", "Seed of the random numbers, from the settings."),
    ),
    inputs=(
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "project_management.forecast_distribution",
    ),
    compute=forecast,
    headlines={
        "longest_p85_weeks": "max(weeks) FILTER (question = 'when' AND percentile = 85)",
    },
    notes=_without_forecast,
)
