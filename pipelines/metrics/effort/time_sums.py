"""Checks that hours are the same in every table that has them.

Here: sums of Clockify's time among our own tables. Not here: Clockify's own sums (``clockify_sums``).
"""

from __future__ import annotations

from pipelines.metrics.effort.sum_checks import HALF_A_SECOND, SumCheck

_FACTS = "time_tracking.time_entry_facts"

_HOURS_OF_ENTRIES = """
    SELECT {key} AS key, hours AS left_value, 0 AS right_value
    FROM time_tracking.time_entry_facts
    WHERE is_work
"""

TIME_SUMS = (
    SumCheck(
        name="hours_of_entries_and_days",
        left="work hours of entries",
        right="work hours of their days",
        key="user",
        tolerance=HALF_A_SECOND,
        sides=f"""
            {_HOURS_OF_ENTRIES.format(key="user_id")}
            UNION ALL
            SELECT user_id, 0, hours
            FROM time_tracking.time_entry_days
            WHERE is_work
        """,
        tables=(_FACTS, "time_tracking.time_entry_days"),
    ),
    SumCheck(
        name="hours_of_entries_and_links",
        left="work hours of entries",
        right="hours of links + `unlinked_hours` of `link_coverage`",
        key="user",
        tolerance=HALF_A_SECOND,
        sides=f"""
            {_HOURS_OF_ENTRIES.format(key="user_id")}
            UNION ALL
            SELECT user_id, 0, hours
            FROM effort.time_story_links
            UNION ALL
            SELECT user_id, 0, unlinked_hours
            FROM effort.link_coverage
        """,
        tables=(_FACTS, "effort.time_story_links", "effort.link_coverage"),
    ),
    SumCheck(
        name="hours_of_entries_and_finance",
        left="work hours of entries",
        right="hours of `project_finance`",
        key="Clockify project",
        tolerance=HALF_A_SECOND,
        sides=f"""
            {_HOURS_OF_ENTRIES.format(key="project_id")}
            UNION ALL
            SELECT project_id, 0, hours
            FROM time_tracking.project_finance
        """,
        tables=(_FACTS, "time_tracking.project_finance"),
    ),
)
