"""Story effort: what each story cost in time and money.

Here: sums of links by story. Not here: sums by anything that groups stories (``group_cost``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.linked_amounts import INPUTS, LINKED_AMOUNTS
from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
Linked time of each story, by currency: the sums of `effort.time_story_links`. Stories without linked time have no row; deleted stories keep theirs.

Money is never added across currencies: a story worked on in two currencies has two rows, and its hours are the
sum of both. Hours and revenue are in the row of the rate's currency, cost in the row of the cost rate's. Time
whose currency is not known has a row of its own with `currency` NULL, so hours are conserved. `cost` and
`revenue` are sums over what is rated, rounded once at the end; NULL where nothing is. `uncosted_hours` are the
hours that have no cost rate.

Where earlier time of the story may be missing because history was not read from its beginning (`history_truncated` of
`time_story_links`), `cost` and `revenue` are NULL, and `amounts_reason` says `history_truncated`: the start date of the sync
lies in the middle of the work. `hours` are those that were read; where a Clockify task names the story, they are Clockify's own total
of the task (`hours_source` `clockify`), and what was never read of it is in the row without a currency.

Example: a task named "#187654321 search" has 20 h in Clockify, and 12 h of it at 40 EUR were read: 12 h in the row of EUR and 8 h in
that without a currency, 20 h together, both without amounts.

`hours_before_start` and `hours_after_accept` are the hours of the phases `before` and `after`.
"""

_SQL = f"""
WITH
linked_amounts AS (
    {LINKED_AMOUNTS}
)
SELECT
    story_id,
    currency,
    bool_or(history_truncated) AS is_truncated,
    sum(hours) AS hours,
    CASE WHEN NOT is_truncated THEN sum(cost) END AS cost,
    CASE WHEN NOT is_truncated THEN sum(revenue) END AS revenue,
    CASE WHEN is_truncated THEN 'history_truncated' END AS amounts_reason,
    count(DISTINCT user_id) AS contributors,
    coalesce(sum(hours) FILTER (phase = 'before'), 0) AS hours_before_start,
    coalesce(sum(hours) FILTER (phase = 'after'), 0) AS hours_after_accept,
    sum(uncosted_hours) AS uncosted_hours,
    if(bool_or(is_never_read), 'clockify', 'entries') AS hours_source
FROM linked_amounts
GROUP BY ALL
"""


def story_effort(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Hours and money of each story: one row per (story_id, currency)."""
    return con.sql(_SQL)


STORY_EFFORT = MetricTable(
    schema="effort",
    name="story_effort",
    grain=("story_id", "currency"),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Tracker story."),
        Column(
            "currency",
            "VARCHAR",
            "Currency of cost and revenue; NULL where it is not known.",
            null_is_a_group=True,
        ),
        Column("hours", "DOUBLE", "Linked hours."),
        Column("cost", "DECIMAL(18,4)", "In major units; NULL where no hour has a cost rate."),
        Column("revenue", "DECIMAL(18,4)", "In major units; NULL where no hour has a rate."),
        Column("amounts_reason", "VARCHAR", "history_truncated where amounts cannot be told."),
        Column("contributors", "BIGINT", "Clockify users with linked time."),
        Column(
            "hours_before_start",
            "DOUBLE",
            "Hours of entries that start before the story's first start.",
        ),
        Column(
            "hours_after_accept",
            "DOUBLE",
            "Hours of entries that start at or after its last acceptance.",
        ),
        Column("uncosted_hours", "DOUBLE", "Hours without a cost rate."),
        Column(
            "hours_source",
            "VARCHAR",
            "entries; clockify where hours that were never read are Clockify's own total.",
        ),
    ),
    inputs=INPUTS,
    compute=story_effort,
    headlines={
        "hours": "sum(hours)",
        "hours_after_accept": "sum(hours_after_accept)",
    },
)
