"""Amounts of single entries before they are rounded, as SQL over columns of ``time_tracking.time_entry_facts``.

Here: revenue and cost as the definition of that table has them, with all their digits, because sums are rounded
once at the end. Not here: rates, and any sum.
"""

from __future__ import annotations

EXACT_REVENUE = "(if(billable, rate, 0) * seconds_rounded / 3600)"
EXACT_COST = "(cost_rate * seconds_rounded / 3600)"
