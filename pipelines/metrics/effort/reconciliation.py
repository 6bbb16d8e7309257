"""Reconciliation: sums that must be the same from both ends.

Here: one check per law that ties tables together. Not here: checks of a single table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.project_management import tracker_sums
from pipelines.metrics.project_management.iterations import expected_iterations

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
One row per check. A check compares two sums key by key, so that errors cannot cancel out: `left_value` and
`right_value` are the totals, `difference` is left - right, `mismatches` counts the keys whose sides differ by more
than the tolerance, and `ok` says that there are none.

| check | left | right | key |
|---|---|---|---|
| `hours_of_entries_and_days` | work hours of entries | work hours of their days | user |
| `hours_of_entries_and_links` | work hours of entries | hours of links + `unlinked_hours` of `link_coverage` | user |
| `hours_of_entries_and_finance` | work hours of entries | hours of `project_finance` | Clockify project |
| `points_of_stories_and_iterations` | points of stories with an iteration | points of `iteration_metrics` | iteration |
| `iterations_of_api_and_settings` | iterations that the source names, where the zone is known | those with the window that settings, overrides and the iteration before give | iteration |
{tracker_sums.ROWS}
{tracker_sums.DEFINITION}
Tolerance: half a second for hours. Entries have whole seconds, so a lost or doubled second of any one entry
shows, while the rounding of binary fractions, below a millisecond in each sum, does not. Half a unit for points and
iterations, which are counts. For Tracker's own sums what its rounding can make: 0.005 points, 0.05 effective points, half
a point of velocity, half a percent of volatility.
"""

_SQL = f"""
WITH{tracker_sums.CURRENT_PROJECTS},
compared AS ({tracker_sums.COMPARED}),
sides AS (
    SELECT 'hours_of_entries_and_days' AS check_name, user_id AS key, hours AS left_value, 0 AS right_value
    FROM time_tracking.time_entry_facts
    WHERE is_work
    UNION ALL
    SELECT 'hours_of_entries_and_days', user_id, 0, hours
    FROM time_tracking.time_entry_days
    WHERE is_work
    UNION ALL
    SELECT 'hours_of_entries_and_links', user_id, hours, 0
    FROM time_tracking.time_entry_facts
    WHERE is_work
    UNION ALL
    SELECT 'hours_of_entries_and_links', user_id, 0, hours
    FROM effort.time_story_links
    UNION ALL
    SELECT 'hours_of_entries_and_links', user_id, 0, unlinked_hours
    FROM effort.link_coverage
    UNION ALL
    SELECT 'hours_of_entries_and_finance', project_id, hours, 0
    FROM time_tracking.time_entry_facts
    WHERE is_work
    UNION ALL
    SELECT 'hours_of_entries_and_finance', project_id, 0, hours
    FROM time_tracking.project_finance
    UNION ALL
    SELECT 'points_of_stories_and_iterations', concat_ws('#', project_id, iteration_number), points, 0
    FROM project_management.story_facts
    WHERE iteration_number IS NOT NULL
        AND NOT is_deleted
    UNION ALL
    SELECT 'points_of_stories_and_iterations', concat_ws('#', project_id, number), 0, points
    FROM project_management.iteration_metrics
    UNION ALL
    SELECT
        'iterations_of_api_and_settings',
        concat_ws('#', project_id, number),
        1,
        (api.start = expected.start_at AND api.finish = expected.finish_at)::INTEGER
    FROM pivotal_tracker.iterations AS api
    JOIN expected_iterations AS expected USING (project_id, number)
    UNION ALL
    SELECT check_name, key, ours, trackers
    FROM compared
),
tolerances AS (
    SELECT
        unnest([
            'hours_of_entries_and_days',
            'hours_of_entries_and_links',
            'hours_of_entries_and_finance',
            'points_of_stories_and_iterations',
            'iterations_of_api_and_settings'
        ]) AS check_name,
        unnest([0.5 / 3600, 0.5 / 3600, 0.5 / 3600, 0.5, 0.5])::DOUBLE AS tolerance
    UNION ALL
    SELECT unnest({list(tracker_sums.TOLERANCES)}), unnest({list(tracker_sums.TOLERANCES.values())})
),
keys AS (
    SELECT
        check_name,
        key,
        coalesce(sum(left_value), 0) AS left_value,
        coalesce(sum(right_value), 0) AS right_value
    FROM sides
    GROUP BY ALL
)
SELECT
    check_name,
    coalesce(sum(left_value), 0) AS left_value,
    coalesce(sum(right_value), 0) AS right_value,
    coalesce(sum(left_value), 0) - coalesce(sum(right_value), 0) AS difference,
    count(*) FILTER (abs(left_value - right_value) > tolerance) AS mismatches,
    mismatches = 0 AS ok
FROM tolerances
LEFT JOIN keys USING (check_name)
GROUP BY ALL
ORDER BY check_name
"""


def reconciliation(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Whether sums agree that must agree: one row per check_name, all checks always."""
    # A relation's own create_view and query would leave a view in the warehouse.
    expected = expected_iterations(con, run).sql_query()
    con.execute(f"CREATE OR REPLACE TEMP VIEW expected_iterations AS {expected}")
    return con.sql(_SQL)


RECONCILIATION = MetricTable(
    schema="effort",
    name="reconciliation",
    grain=("check_name",),
    definition=_DEFINITION,
    columns=(
        Column("check_name", "VARCHAR", "The check."),
        Column("left_value", "DOUBLE", "Total of the left side: hours, points or iterations."),
        Column("right_value", "DOUBLE", "Total of the right side."),
        Column("difference", "DOUBLE", "left_value - right_value."),
        Column("mismatches", "BIGINT", "Keys whose sides differ by more than the tolerance."),
        Column("ok", "BOOLEAN", "No key differs by more than the tolerance."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "time_tracking.time_entry_days",
        "time_tracking.project_finance",
        "effort.time_story_links",
        "effort.link_coverage",
        "project_management.story_facts",
        "project_management.iteration_metrics",
        *tracker_sums.INPUTS,
        "pivotal_tracker.iterations",
        "pivotal_tracker.projects",
        "pivotal_tracker.stories",
        "pivotal_tracker.iteration_overrides",
        "pivotal_tracker.activity",
    ),
    compute=reconciliation,
    headlines={
        "failed_checks": "count(*) FILTER (NOT ok)",
    },
)
