"""Figures in money, one for each currency. No currency is ever added to another, and nothing is converted."""

from __future__ import annotations

from pipelines.outputs.report.figure import Figure, Kind

_PERIOD, _BEFORE = "last full month", "the month before"


def _of_months(name: str, label: str, meaning: str, value: str, kind: Kind) -> Figure:
    return Figure(
        name=name,
        label=label,
        meaning=f"{meaning}.",
        tables=("time_tracking.client_finance",),
        sql=f"""
WITH
months AS (
    SELECT currency, month, {value} AS value
    FROM time_tracking.client_finance
    WHERE currency IS NOT NULL
    GROUP BY ALL
)
SELECT
    currency,
    max(value) FILTER (month = date_trunc('month', $as_of) - INTERVAL 1 MONTH) AS value,
    max(value) FILTER (month = date_trunc('month', $as_of) - INTERVAL 2 MONTH) AS previous
FROM months
GROUP BY currency
HAVING bool_or(month >= date_trunc('month', $as_of) - INTERVAL 2 MONTH)
ORDER BY currency
""",
        kind=kind,
        period=_PERIOD,
        before=_BEFORE,
        better=None if name == "cost" else "more",
    )


MONEY_FIGURES = (
    _of_months(
        "revenue",
        "Revenue",
        "Billable hours x rate, and billable expenses",
        "sum(revenue)",
        "money",
    ),
    _of_months("cost", "Cost", "All hours x cost rate, and all expenses", "sum(cost)", "money"),
    _of_months(
        "margin",
        "Margin",
        "Profit as a percentage of revenue; not known where a part of the hours has no cost in the currency",
        # Revenue, cost and margin beside each other are of the same hours, so the margin is of all of them or of none.
        "CASE WHEN count(*) = count(profit) THEN 100 * sum(profit) / nullif(sum(revenue), 0) END",
        "percent",
    ),
)
