"""Backtests: what forecasts of the past said, and whether it came true.

Here: the forecast of every past Monday against what then happened, and how often each confidence was kept. Not here:
the forecast itself (``forecast``), which is the same for a Monday of the past and for now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import monte_carlo
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.forecast import (
    INPUTS,
    PERCENTILES,
    Question,
    as_relation,
    questions,
)
from pipelines.metrics.project_management.forecast_history import (
    ProjectHistory,
    holds_until,
    project_histories,
)
from pipelines.metrics.project_management.overtaking import past_of

if TYPE_CHECKING:
    import duckdb

#: Weeks of history that a forecast of the past must have had.
_LEAST_WEEKS = 26
#: With fewer forecasts that are over, the share that came true would be chance.
LEAST_FORECASTS = 10

_DEFINITION = """
One row per project, past Monday, question, horizon, scope and percentile: the same simulation as in `forecast`, as of the
beginning of that Monday in the project's zone, against what then happened.

It draws from what was known then: weeks complete by then, stories accepted and not yet re-opened by then, the part of the
growth that could be learned by then. Every Monday counts that has at least 26 complete weeks behind it since the
project's first logged change of state; before, nobody can tell what was open.

* `when`: `horizon` = the stories open then; `forecast` and `actual` are weeks. They were done on the day on which the last
  of those very stories was accepted, deleted or put back into the icebox, whatever was added; `actual` counts that day's
  week up. It is a hit when that day is not after `forecast_date`.
* `how_many`: `horizon` = weeks; `forecast` and `actual` are stories accepted within them, from the Monday up to, without,
  `forecast_date`. It is a hit when there were at least as many as forecast.

`is_hit` is NULL until `forecast_date` is over, also where the answer is known before: early hits alone would flatter.

Example: on Monday, March 2nd, 7 stories are open; the forecast at 85 % is 3 weeks, March 23rd. The last of the seven is
accepted on Wednesday, March 18th: `actual` 3, a hit from March 24th on. Had it been accepted on March 24th, `actual`
would be 4, and no hit.
"""

_CALIBRATION_DEFINITION = f"""
One row per project, question, scope and percentile: how often such forecasts of the past were right. It sums up
`forecast_backtest` over its Mondays and, for `how_many`, horizons.

`n` = forecasts that are over, `hits` = those that came true, `hit_pct` = their share. A well calibrated forecast at 85 %
is right in about 85 % of the cases; neighbouring Mondays have most of their stories in common, so that `n` Mondays tell
less than `n` independent cases would.

`verdict`: `too_short` with fewer than {LEAST_FORECASTS} forecasts that are over, because their share would be chance; else `calibrated`
where `hit_pct` is at most 10 points away from the percentile, `optimistic` below that and `cautious` above.

Example: 29 forecasts at 85 % are over, 24 came true: 82.8 %, calibrated. With 8 of 29 it is 27.6 %, optimistic.
"""

_CALIBRATION = f"""
WITH
    cells AS (
        SELECT *
        FROM (SELECT DISTINCT project_id FROM project_management.throughput_weekly)
        CROSS JOIN (SELECT unnest(['when', 'how_many']) AS question)
        CROSS JOIN (SELECT unnest(['fixed', 'growing']) AS scope)
        CROSS JOIN (SELECT unnest([50, 70, 85, 95]) AS percentile)
    ),
    counted AS (
        SELECT
            project_id,
            question,
            scope,
            percentile,
            count(is_hit) AS n,
            count(*) FILTER (is_hit) AS hits,
            min(made_on) FILTER (is_hit IS NOT NULL) AS first_made_on,
            max(made_on) FILTER (is_hit IS NOT NULL) AS last_made_on
        FROM project_management.forecast_backtest
        GROUP BY ALL
    )
SELECT
    project_id,
    question,
    scope,
    percentile,
    coalesce(n, 0) AS n,
    coalesce(hits, 0) AS hits,
    100.0 * hits / nullif(n, 0) AS hit_pct,
    if(coalesce(n, 0) = 0, 'no_forecast_is_over', NULL) AS hit_pct_reason,
    CASE
        WHEN coalesce(n, 0) < {LEAST_FORECASTS} THEN 'too_short'
        WHEN hit_pct < percentile - 10 THEN 'optimistic'
        WHEN hit_pct > percentile + 10 THEN 'cautious'
        ELSE 'calibrated'
    END AS verdict,
    first_made_on,
    last_made_on
FROM cells
LEFT JOIN counted USING (project_id, question, scope, percentile)
"""


def forecast_backtest(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Forecasts of the past; grain (project_id, made_on, question, horizon, scope, percentile)."""
    settings = run.settings.forecast
    define_calendar(con, run)
    draws = monte_carlo.Draws(settings.trials, settings.seed)
    rows = []
    for history in project_histories(con):
        for monday in range(history.now):
            if history.logged_weeks(monday) < _LEAST_WEEKS:
                continue
            past = past_of(history, monday, settings.history_weeks, draws)
            if past:
                open_stories = int(history.open_stories[monday])
                for one in questions(past, open_stories, settings, draws):
                    rows += _judged(history, monday, one)
    return as_relation(con, FORECAST_BACKTEST, rows)


def _judged(history: ProjectHistory, monday: int, one: Question) -> list[tuple[Any, ...]]:
    """The answers to one question of a Monday, each beside what happened."""
    made_on = history.monday_dates[monday]
    rows = []
    for percentile in PERCENTILES:
        answer = one.answer(percentile)
        weeks = answer if one.question == "when" else one.horizon
        actual = (
            int(history.weeks_to_done[monday]) or None
            if one.question == "when"
            else _accepted_within(history, monday, one.horizon)
        )
        is_hit = None
        if weeks and _is_over(history, monday, weeks):
            is_hit = (
                actual is not None and actual <= weeks
                if one.question == "when"
                else actual is not None and answer is not None and actual >= answer
            )
        rows.append(
            (
                history.project_id,
                made_on,
                one.question,
                one.horizon,
                one.scope,
                percentile,
                answer,
                made_on + timedelta(weeks=weeks) if weeks else None,
                actual,
                is_hit,
            )
        )
    return rows


def _is_over(history: ProjectHistory, monday: int, weeks: int) -> bool:
    """Whether the Monday so many weeks later is over."""
    due = monday + weeks
    return due < len(history.monday_ends) and history.monday_ends[due] <= history.moments[-1]


def _accepted_within(history: ProjectHistory, monday: int, weeks: int) -> int | None:
    """Stories accepted in so many weeks, as known at their end; None while they go on."""
    due = monday + weeks
    if due >= history.now:
        return None
    totals = history.accepted_from_monday_to_monday
    return int(totals[due, due] - totals[due, monday])


FORECAST_BACKTEST = MetricTable(
    schema="project_management",
    name="forecast_backtest",
    grain=("project_id", "made_on", "question", "horizon", "scope", "percentile"),
    definition=_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("made_on", "DATE", "Monday as of whose beginning the forecast is made."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("horizon", "BIGINT", "when: stories open then; how_many: weeks."),
        Column(
            "scope", "VARCHAR", "fixed: nothing is added meanwhile; growing: as much as before."
        ),
        Column("percentile", "INTEGER", "Confidence in percent: 50, 70, 85 or 95."),
        Column(
            "forecast", "BIGINT", "when: weeks, NULL where no end was in sight; how_many: stories."
        ),
        Column("forecast_date", "DATE", "Local day on which the weeks end."),
        Column(
            "actual", "BIGINT", "when: weeks it took; how_many: stories accepted. NULL until known."
        ),
        Column("is_hit", "BOOLEAN", "Whether it came true; NULL until forecast_date is over."),
    ),
    inputs=INPUTS,
    compute=forecast_backtest,
    holds_until=holds_until,
    overlaps="Each row is another percentile or horizon of the same futures.",
    headlines={
        "p85_dates_over": "count(is_hit) FILTER (question = 'when' AND scope = 'growing' AND percentile = 85)",
    },
    settings=("forecast",),
)

FORECAST_CALIBRATION = MetricTable(
    schema="project_management",
    name="forecast_calibration",
    grain=("project_id", "question", "scope", "percentile"),
    definition=_CALIBRATION_DEFINITION,
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("question", "VARCHAR", "when or how_many."),
        Column("scope", "VARCHAR", "fixed or growing."),
        Column("percentile", "INTEGER", "Confidence in percent: 50, 70, 85 or 95."),
        Column("n", "BIGINT", "Forecasts of the past that are over."),
        Column("hits", "BIGINT", "Those of them that came true."),
        Column("hit_pct", "DOUBLE", "Those in percent."),
        Column("hit_pct_reason", "VARCHAR", "Why there is no share: no_forecast_is_over."),
        Column("verdict", "VARCHAR", "too_short, calibrated, optimistic or cautious."),
        Column("first_made_on", "DATE", "Monday of the first of them."),
        Column("last_made_on", "DATE", "Monday of the last of them."),
    ),
    inputs=(
        "project_management.throughput_weekly",
        "project_management.forecast_backtest",
    ),
    compute=lambda con, _run: con.sql(_CALIBRATION),
    overlaps="Each row counts the same past Mondays.",
    headlines={
        "p85_dates_kept_pct": "100 * sum(hits) FILTER (question = 'when' AND scope = 'growing' AND percentile = 85)"
        " / nullif(sum(n) FILTER (question = 'when' AND scope = 'growing' AND percentile = 85), 0)",
    },
)
