"""Capitalization: which part of each person's time is capital expenditure.

Here: time by category. Not here: the rules (settings ``[capitalization]``) and how stories are tested against
them (``story_rules``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.story_rules import RULES_BY_STORY, capitalization_rules
from pipelines.metrics.effort.work_by_story import WORK_BY_STORY
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
All work of a person and month by category: capital expenditure, operating expenditure or neither.

`category` is `capex`, `opex` or `unclassified`. The rules of the settings
`[capitalization]` are asked in order, and the first that fits the story and the phase of the time decides (`phase` of
`time_story_links`). By default time before a feature's first start and after its last acceptance is opex, all other time
of features under a capitalizable label (or under an epic with such a label) is capex, bugs and chores are opex. Time linked to a
story that no rule fits (by default other features, and releases) and time without a link are unclassified, so
the categories add up to all work. An entry shared by several stories is divided as its links are.

`rule` names the rules that put hours here, `unlinked` for time without a link, `no rule` for stories none fits.
The month is that in which the entry starts, in one zone for everybody (`[time_tracking] finance_zone`, without it the
workspace's); `currency` is that of the cost rate. `cost` is NULL where no hour is rated. This table follows every later
edit and relabelling; `effort.capitalization_closed` keeps months as they were booked.

Example: 10 h on a capitalizable feature, 1 h of it before its first start and 2 h after its acceptance: 7 h capex,
3 h opex.
"""

_SQL = f"""
WITH
work_by_story AS (
    {WORK_BY_STORY}
),
rules_by_story AS (
    {RULES_BY_STORY}
)
SELECT
    work.user_id,
    work.finance_month AS month,
    coalesce(decision.category, 'unclassified') AS category,
    work.cost_currency AS currency,
    sum(work.hours) AS hours,
    sum(work.cost) AS cost,
    list_aggregate(list_sort(list(DISTINCT CASE
        WHEN work.story_id IS NULL THEN 'unlinked'
        ELSE coalesce(decision.rule, 'no rule')
    END)), 'string_agg', ', ') AS rule
FROM work_by_story AS work
LEFT JOIN rules_by_story AS decision USING (story_id, phase)
GROUP BY ALL
"""


def capitalization_monthly(
    con: duckdb.DuckDBPyConnection, run: MetricRun
) -> duckdb.DuckDBPyRelation:
    """Hours and cost by capital category: one row per (user_id, month, category, currency)."""
    return query(con, _SQL, **capitalization_rules(run.settings.capitalization))


CAPITALIZATION_MONTHLY = MetricTable(
    schema="effort",
    name="capitalization_monthly",
    grain=("user_id", "month", "category", "currency"),
    definition=_DEFINITION,
    columns=(
        Column(
            "user_id",
            "VARCHAR",
            "Clockify user; NULL for entries without one.",
            null_is_a_group=True,
        ),
        Column("month", "DATE", "First day of the month, in the finance zone."),
        Column("category", "VARCHAR", "capex, opex or unclassified."),
        Column(
            "currency",
            "VARCHAR",
            "Currency of cost; NULL where it is not known.",
            null_is_a_group=True,
        ),
        Column("hours", "DOUBLE", "Hours of work."),
        Column(
            "cost",
            "DECIMAL(18,4)",
            "Cost of the rated hours, in major units; NULL where none is rated.",
        ),
        Column(
            "rule", "VARCHAR", "The rules that decided, in alphabetical order, separated by commas."
        ),
    ),
    inputs=(
        "effort.time_story_links",
        "time_tracking.time_entry_facts",
        "project_management.story_facts",
    ),
    compute=capitalization_monthly,
    headlines={
        "capex_hours": "sum(hours) FILTER (category = 'capex')",
        "unclassified_hours": "sum(hours) FILTER (category = 'unclassified')",
    },
    settings=("capitalization",),
)
