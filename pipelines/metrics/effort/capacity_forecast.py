"""Table ``capacity_forecast``: how many stories will be done, given how much the people of a project are there.

Here: the answers of ``forecast`` to how many, scaled by planned net capacity. Not here: the simulation, which draws from the
past alone, and capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

SQL = """
WITH
asked AS (
    SELECT project_id, horizon, percentile, items, history_weeks
    FROM project_management.forecast
    WHERE question = 'how_many' AND scope = 'fixed'
),
people AS (
    SELECT
        user_id,
        any_value(local_date + days_ago::INTEGER) AS today,
        max(-days_ago) AS days_ahead
    FROM time_tracking.capacity_daily
    GROUP BY user_id
),
-- Work on the project's stories in the weeks that the forecast draws from.
worked AS (
    SELECT facts.project_id, any_value(asked.history_weeks) AS history_weeks, link.user_id, sum(link.hours) AS hours
    FROM effort.time_story_links AS link
    JOIN project_management.story_facts AS facts ON facts.story_id = link.story_id
    JOIN (SELECT project_id, max(history_weeks) AS history_weeks FROM asked GROUP BY project_id) AS asked
        ON asked.project_id = facts.project_id
    JOIN people AS person ON person.user_id = link.user_id
    WHERE link.local_date < today AND link.local_date >= today - (7 * asked.history_weeks)::INTEGER
    GROUP BY facts.project_id, link.user_id
    HAVING sum(link.hours) > 0
),
before AS (
    SELECT worked.*, sum(net_capacity_hours) / count(*) AS net_per_day
    FROM worked
    JOIN time_tracking.capacity_daily AS day
        ON day.user_id = worked.user_id
        AND days_ago BETWEEN 1 AND 7 * history_weeks
    GROUP BY worked.project_id, worked.history_weeks, worked.user_id, worked.hours
),
-- Nobody is there after the last day of somebody who left.
ahead AS (
    SELECT
        project_id,
        horizon,
        before.user_id,
        hours,
        net_per_day,
        coalesce(sum(net_capacity_hours), 0) / (7 * horizon) AS planned_per_day
    FROM before
    JOIN (SELECT DISTINCT project_id, horizon FROM asked) AS asked USING (project_id)
    LEFT JOIN time_tracking.capacity_daily AS day
        ON day.user_id = before.user_id
        AND -days_ago BETWEEN 1 AND 7 * horizon
    GROUP BY project_id, horizon, before.user_id, hours, net_per_day
),
ratios AS (
    SELECT
        project_id,
        horizon,
        count(*) AS people,
        sum(hours * planned_per_day / net_per_day) / sum(hours) AS ratio
    FROM ahead
    WHERE net_per_day > 0
    GROUP BY ALL
),
answers AS (
    SELECT
        asked.*,
        ratio,
        coalesce(people, 0) AS people,
        CASE
            WHEN 7 * asked.horizon > (SELECT max(days_ahead) FROM people) THEN 'beyond_capacity'
            WHEN ratio IS NULL THEN 'no_linked_work'
        END AS reason
    FROM asked
    LEFT JOIN ratios USING (project_id, horizon)
)
SELECT
    project_id,
    horizon,
    percentile,
    items,
    -- The last digit of the ratio is no reason to lose a story.
    CASE WHEN reason IS NULL THEN floor(items * ratio + 1e-9)::BIGINT END AS capacity_adjusted_items,
    CASE WHEN reason IS NULL THEN 100 * ratio END AS capacity_pct,
    people,
    reason
FROM answers
"""


def capacity_forecast(
    connection: duckdb.DuckDBPyConnection,
    run: MetricRun,  # noqa: ARG001
) -> duckdb.DuckDBPyRelation:
    """One row per project, number of weeks and percentile: see ``CAPACITY_FORECAST.definition``."""
    return connection.sql(SQL)


CAPACITY_FORECAST = MetricTable(
    schema="effort",
    name="capacity_forecast",
    grain=("project_id", "horizon", "percentile"),
    definition="""
One row per project, number of weeks and percentile of the forecast of how many items will be done. `horizon` is that number.

The forecast draws from past weeks as they were, whoever was there. `capacity_adjusted_items` scales its `items` by how much of
the project's people will be there: the people who worked on its stories (linked time) in the days of the `history_weeks`
before today, each weighted with these hours; of each, planned net capacity per day of the next `horizon` weeks over net
capacity per day of the time before. `capacity_pct` is that ratio, `people` how many it is made of; the product is rounded
down. Somebody who left plans nothing; somebody without net capacity before tells nothing. NULL with a `reason`:
no_linked_work, or beyond_capacity where the weeks reach beyond the 26 that capacity looks ahead. It is a rule of thumb: it takes
half the hours for half the stories.

Example: Ann and Bob worked 30 h each on it, Bob is on leave in both of the next two weeks: 50 %; of 9 items 4 are left.
""",
    columns=(
        Column("project_id", "BIGINT", "Tracker project."),
        Column("horizon", "BIGINT", "Weeks from now."),
        Column("percentile", "INTEGER", "Confidence in percent: 50, 70, 85 or 95."),
        Column("items", "BIGINT", "Stories that the forecast gives.", adds="never"),
        Column("capacity_adjusted_items", "BIGINT", "Those, by planned capacity.", adds="never"),
        Column("capacity_pct", "DOUBLE", "Planned capacity over that of before, percent."),
        Column("people", "BIGINT", "People whose capacity counts.", adds="never"),
        Column("reason", "VARCHAR", "Why there is no value: no_linked_work or beyond_capacity."),
    ),
    inputs=(
        "project_management.forecast",
        "project_management.story_facts",
        "effort.time_story_links",
        "time_tracking.capacity_daily",
    ),
    compute=capacity_forecast,
    overlaps="Each row is another percentile or horizon of the same futures.",
)
