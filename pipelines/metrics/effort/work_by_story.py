"""All work by story: the SQL that tables share which need unlinked time beside linked time.

Here: every hour of work, once. Not here: any sum.
"""

from __future__ import annotations

from pipelines.metrics.effort.exact_amounts import EXACT_COST

WORK_BY_STORY = f"""
    SELECT story_id, phase, user_id, finance_month, hours, cost, cost_currency
    FROM effort.time_story_links
    UNION ALL
    SELECT
        NULL AS story_id,
        NULL AS phase,
        user_id,
        finance_month,
        hours,
        CAST({EXACT_COST} AS DECIMAL(28, 10)) AS cost,
        cost_currency
    FROM time_tracking.time_entry_facts
    ANTI JOIN effort.time_story_links USING (entry_id)
    WHERE is_work
"""
"""Linked time as its links share it, and the entries without a link with ``story_id`` NULL."""
