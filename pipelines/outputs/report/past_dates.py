"""How often forecast dates of the past were kept, in words that stand beside a date of today.

Not here: counting it (``forecast_calibration``).
"""

from __future__ import annotations

from pipelines.metrics.project_management.forecast_backtest import LEAST_FORECASTS


def dates_kept(n: str, hits: str) -> str:
    """SQL of the words for ``hits`` of ``n`` dates at 85 % that were kept, both SQL; ``n`` is NULL where nobody knows."""
    return f"""
        CASE
            WHEN {n} IS NULL THEN 'how often such dates were kept is not known'
            WHEN {n} = 0 THEN 'no date of the past to compare yet'
            WHEN {n} < {LEAST_FORECASTS}
            THEN 'too short a history to tell: ' || {hits} || ' of ' || {n} || ' dates were kept'
            ELSE '85 % dates were kept in ' || {hits} || ' of ' || {n} || ' weeks'
        END"""
