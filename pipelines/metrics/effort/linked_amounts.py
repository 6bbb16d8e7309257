"""Linked time by currency: the SQL that story and group costs share.

Here: which currency a link's hours and amounts are counted in. Not here: any sum.
"""

from __future__ import annotations

LINKED_AMOUNTS = """
    SELECT
        story_id,
        user_id,
        phase,
        currency,
        hours,
        history_truncated,
        if(cost IS NULL, hours, 0) AS uncosted_hours,
        CASE WHEN cost_currency IS NOT DISTINCT FROM currency THEN cost END AS cost,
        revenue
    FROM effort.time_story_links
    UNION ALL
    SELECT
        story_id,
        user_id,
        phase,
        cost_currency AS currency,
        0 AS hours,
        history_truncated,
        0 AS uncosted_hours,
        cost,
        NULL AS revenue
    FROM effort.time_story_links
    WHERE cost IS NOT NULL
        AND cost_currency IS DISTINCT FROM currency
"""
"""Links with one currency a row: hours and revenue in the currency of the rate, cost in its own.

Where the two differ, the cost has a row without hours, so that hours count once and no currency is mixed.
"""
