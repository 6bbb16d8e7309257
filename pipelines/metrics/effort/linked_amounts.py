"""Linked time by currency: the SQL that story and group costs share.

Here: which currency a link's hours and amounts are counted in, and hours that only Clockify knows. Not here: any sum.
"""

from __future__ import annotations

# Tasks that name stories and have more time in Clockify than was read; what is missing is shared evenly among the stories.
_NEVER_READ = """
    SELECT
        named.story_id,
        coverage.missing_hours / count(*) OVER (PARTITION BY coverage.id) AS hours
    FROM time_tracking.history_coverage AS coverage
    JOIN (
        SELECT DISTINCT entry.task_id, reference.story_id
        FROM effort.story_references AS reference
        JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
        WHERE
            reference.source = 'task_name'
            AND reference.is_known
            AND entry.task_id IN (
                SELECT id FROM time_tracking.history_coverage WHERE kind = 'task' AND status = 'history_truncated'
            )
    ) AS named ON named.task_id = coverage.id
    WHERE
        coverage.kind = 'task'
        AND coverage.status = 'history_truncated'
"""

LINKED_AMOUNTS = f"""
    SELECT
        story_id,
        user_id,
        phase,
        currency,
        hours,
        history_truncated OR story_id IN (SELECT story_id FROM ({_NEVER_READ})) AS history_truncated,
        if(cost IS NULL, hours, 0) AS uncosted_hours,
        CASE WHEN cost_currency IS NOT DISTINCT FROM currency THEN cost END AS cost,
        revenue,
        false AS is_never_read
    FROM effort.time_story_links
    UNION ALL
    SELECT
        story_id,
        user_id,
        phase,
        cost_currency AS currency,
        0 AS hours,
        history_truncated OR story_id IN (SELECT story_id FROM ({_NEVER_READ})) AS history_truncated,
        0 AS uncosted_hours,
        cost,
        NULL AS revenue,
        false AS is_never_read
    FROM effort.time_story_links
    WHERE cost IS NOT NULL
        AND cost_currency IS DISTINCT FROM currency
    UNION ALL
    SELECT
        story_id,
        NULL AS user_id,
        'unknown' AS phase,
        NULL AS currency,
        hours,
        true AS history_truncated,
        0 AS uncosted_hours,
        NULL AS cost,
        NULL AS revenue,
        true AS is_never_read
    FROM ({_NEVER_READ})
"""
"""Links with one currency a row: hours and revenue in the currency of the rate, cost in its own.

Where the two differ, the cost has a row without hours, so that hours count once and no currency is mixed. Hours that only
Clockify knows have rows without a currency, a person or an amount.
"""

#: What statements with LINKED_AMOUNTS read.
INPUTS = (
    "effort.time_story_links",
    "effort.story_references",
    "time_tracking.time_entry_facts",
    "time_tracking.history_coverage",
)
