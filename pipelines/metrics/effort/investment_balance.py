"""Investment balance: what kinds of work time and money go into, beside what was accepted of each kind.

Here: time, money and accepted stories by category. Not here: the categories (settings ``[investment]``) and how
stories are tested against them (``story_rules``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.story_rules import RULES_BY_STORY, investment_rules
from pipelines.metrics.effort.work_by_story import WORK_BY_STORY
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
Every hour of work and every accepted story, each in exactly one category of a project and month. The categories
of the settings `[investment]` are asked in order, and the first that fits the story decides (default: features,
bugs, chores). `uncategorized` holds stories that none fits (by default releases) and all time without a link;
time without a link has no Tracker project, so its `project_id` is NULL.

* `hours`, `cost`: work of the month in which the entry starts, in the finance zone. `share_pct` is the category's share of the hours
  of the project and month, NULL when there are none.
* `stories`, `points`: stories accepted in the month, by the date of `accepted_at` in the project's zone;
  deleted stories and releases do not count. Points are those of `project_management.story_facts`.
* `cost` is in `currency`. Money is never added across currencies: where several occur in one row, `cost` is NULL
  and `cost_reason` says `several_currencies` (see `capitalization_monthly` and `story_effort` for sums by
  currency). Where no hour is rated, it says `unrated`; where there are no hours, `no_hours`.
"""

_SQL = f"""
WITH
work_by_story AS (
    {WORK_BY_STORY}
),
rules_by_story AS (
    {RULES_BY_STORY}
),
worked AS (
    SELECT
        story.project_id,
        work.finance_month AS month,
        work.story_id,
        sum(work.hours) AS hours,
        sum(work.cost) AS cost,
        work.cost_currency AS currency
    FROM work_by_story AS work
    LEFT JOIN project_management.story_facts AS story USING (story_id)
    GROUP BY ALL
),
accepted AS (
    SELECT
        story.project_id,
        date_trunc('month', local_date(story.accepted_at, project.zone))::DATE AS month,
        story.story_id,
        story.points
    FROM project_management.story_facts AS story
    JOIN project_calendars AS project USING (project_id)
    WHERE story.current_state = 'accepted'
        AND story.accepted_at IS NOT NULL
        AND story.story_type IS DISTINCT FROM 'release'
        AND NOT story.is_deleted
),
worked_and_accepted AS (
    SELECT *, 0 AS points, 0 AS stories
    FROM worked
    UNION ALL BY NAME
    SELECT *, 0 AS hours, 1 AS stories
    FROM accepted
),
sums AS (
    SELECT
        project_id,
        month,
        coalesce(decision.category, 'uncategorized') AS category,
        sum(hours) AS hours,
        sum(cost) AS cost,
        min(currency) FILTER (cost IS NOT NULL) AS currency,
        count(DISTINCT coalesce(currency, 'unknown')) FILTER (cost IS NOT NULL) AS currencies,
        sum(points) AS points,
        sum(stories) AS stories
    FROM worked_and_accepted
    LEFT JOIN rules_by_story AS decision USING (story_id)
    GROUP BY ALL
)
SELECT
    project_id,
    month,
    category,
    hours,
    CASE WHEN currencies <= 1 THEN cost END AS cost,
    CASE WHEN currencies <= 1 THEN currency END AS currency,
    CASE
        WHEN currencies > 1 THEN 'several_currencies'
        WHEN cost IS NOT NULL THEN NULL
        WHEN hours > 0 THEN 'unrated'
        ELSE 'no_hours'
    END AS cost_reason,
    points,
    stories,
    100 * hours / nullif(sum(hours) OVER (PARTITION BY project_id, month), 0) AS share_pct
FROM sums
"""


def investment_balance(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Work and acceptances by category: one row per (project_id, month, category)."""
    define_calendar(con, run)
    return query(con, _SQL, **investment_rules(run.settings.investment))


INVESTMENT_BALANCE = MetricTable(
    schema="effort",
    name="investment_balance",
    grain=("project_id", "month", "category"),
    definition=_DEFINITION,
    columns=(
        Column(
            "project_id",
            "BIGINT",
            "Tracker project; NULL for time without a link.",
            null_is_a_group=True,
        ),
        Column("month", "DATE", "First day of the month."),
        Column("category", "VARCHAR", "A configured category, or uncategorized."),
        Column("hours", "DOUBLE", "Hours of work in the month."),
        Column(
            "cost",
            "DECIMAL(18,4)",
            "Cost of the rated hours, in major units; NULL: see cost_reason.",
        ),
        Column("currency", "VARCHAR", "Currency of cost."),
        Column(
            "cost_reason", "VARCHAR", "Why cost is NULL: several_currencies, unrated or no_hours."
        ),
        Column("points", "DOUBLE", "Points of stories accepted in the month."),
        Column("stories", "BIGINT", "Stories accepted in the month."),
        Column("share_pct", "DOUBLE", "Percent: hours / all hours of the project and month."),
    ),
    inputs=(
        "effort.time_story_links",
        "time_tracking.time_entry_facts",
        "project_management.story_facts",
        "pivotal_tracker.projects",
    ),
    compute=investment_balance,
    headlines={
        "uncategorized_hours": "sum(hours) FILTER (category = 'uncategorized')",
    },
    settings=("investment",),
)
