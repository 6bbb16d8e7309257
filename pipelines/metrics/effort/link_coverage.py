"""Link coverage: how much of the time is linked to stories at all.

Here: hours by whether an entry is linked. Not here: which story it is linked to (``time_story_links``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.link_suggestions import LINK_SUGGESTIONS, WORTH_A_LOOK
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.optional import if_readable
from pipelines.metrics.time_tracking import workspace
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = f"""
Work hours (REGULAR, stopped) of a person, week and Clockify project, by link. An entry is linked as a whole or
not at all, so `linked_hours + unlinked_hours = tracked_hours`. `unmatched_reference_hours` are the part of
`unlinked_hours` whose entries name ids of stories that Tracker does not have: a typing error, another Tracker
account, or stories not synced. `suggested_hours` are the part of `unlinked_hours` whose entries have a suggestion worth a look
(`effort.link_suggestions`, rank 1, score {WORTH_A_LOOK} and more): what could be gained by accepting them; NULL where suggestions
could not be computed. `coverage_pct` = linked / tracked, NULL when nothing was tracked.

Weeks start on the settings' `[time_tracking] week_start`, without it on the workspace's; the day is the entry's local date. Entries without a
project are kept, with `project_id` NULL.
"""

# To be completed with what to read suggestions from.
_SQL = f"""
WITH
work AS (
    SELECT
        user_id,
        local_date - ((isodow(local_date) + 6 - getvariable('week_start')) % 7)::INTEGER AS week_start,
        project_id,
        hours,
        entry_id IN (SELECT entry_id FROM effort.story_references WHERE is_known) AS is_linked,
        entry_id IN (SELECT entry_id FROM effort.story_references WHERE NOT is_known) AS names_unknown_ids,
        entry_id IN (
            SELECT entry_id FROM {{suggestions}} WHERE rank = 1 AND score >= {WORTH_A_LOOK}
        ) AS is_suggested
    FROM time_tracking.time_entry_facts
    WHERE is_work
)
SELECT
    user_id,
    week_start,
    project_id,
    sum(hours) AS tracked_hours,
    coalesce(sum(hours) FILTER (is_linked), 0) AS linked_hours,
    coalesce(sum(hours) FILTER (names_unknown_ids AND NOT is_linked), 0) AS unmatched_reference_hours,
    coalesce(sum(hours) FILTER (NOT is_linked), 0) AS unlinked_hours,
    CASE WHEN getvariable('has_suggestions')
    THEN coalesce(sum(hours) FILTER (is_suggested AND NOT is_linked), 0) END AS suggested_hours,
    100 * linked_hours / nullif(tracked_hours, 0) AS coverage_pct
FROM work
GROUP BY ALL
"""


def link_coverage(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Linked and unlinked work hours: one row per (user_id, week_start, project_id)."""
    told = workspace.workspace_of(con, run.settings.time_tracking)
    return query(
        con,
        _SQL.format(suggestions=if_readable(LINK_SUGGESTIONS, run)),
        has_suggestions=LINK_SUGGESTIONS.address not in run.left_out,
        **told.values,
    )


LINK_COVERAGE = MetricTable(
    schema="effort",
    name="link_coverage",
    grain=("user_id", "week_start", "project_id"),
    definition=_DEFINITION,
    columns=(
        Column(
            "user_id",
            "VARCHAR",
            "Clockify user; NULL for entries without one.",
            null_is_a_group=True,
        ),
        Column("week_start", "DATE", "First day of the week."),
        Column(
            "project_id",
            "VARCHAR",
            "Clockify project; NULL for entries without one.",
            null_is_a_group=True,
        ),
        Column("tracked_hours", "DOUBLE", "Hours of all work entries."),
        Column("linked_hours", "DOUBLE", "Hours of entries that are linked to at least one story."),
        Column(
            "unmatched_reference_hours",
            "DOUBLE",
            "Part of unlinked_hours: hours of entries that name only ids of unknown stories.",
        ),
        Column("unlinked_hours", "DOUBLE", "Hours of entries that are linked to no story."),
        Column(
            "suggested_hours",
            "DOUBLE",
            "Part of unlinked_hours: hours of entries with a suggestion that is worth a look; NULL where those are not known.",
        ),
        Column("coverage_pct", "DOUBLE", "Percent: linked_hours / tracked_hours."),
    ),
    inputs=(
        "effort.story_references",
        "effort.link_suggestions",
        "time_tracking.time_entry_facts",
        "clockify.workspaces",
    ),
    optional=(LINK_SUGGESTIONS.address,),
    compute=link_coverage,
    headlines={
        "coverage_pct": "100 * sum(linked_hours) / nullif(sum(tracked_hours), 0)",
        "unlinked_hours": "sum(unlinked_hours)",
    },
    settings=workspace.SETTINGS,
)
