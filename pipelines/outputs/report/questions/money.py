"""Questions about budgets, rates and costs."""

from __future__ import annotations

from pipelines.outputs.charts.project_budget import PROJECT_BUDGET
from pipelines.outputs.report.questions.model import question

_FINANCE = "time_tracking.project_finance"


def _hours_of_projects(column: str) -> str:
    return f"""
SELECT coalesce(any_value(project_name), project_id, 'no project') AS name, sum({column}) AS amount
FROM time_tracking.project_finance
GROUP BY project_id
HAVING amount > 0
"""


MONEY_QUESTIONS = (
    question(
        "budgets_over",
        "Budgets overspent, or on course to be",
        "time_tracking.project_budget",
        found="""
WITH
current_cycles AS (
    SELECT *, coalesce(forecast_pct, used_pct) AS expected_pct
    FROM time_tracking.project_budget
    QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
)
SELECT
    coalesce(project_name, project_id) AS name,
    1 AS amount,
    CASE
        WHEN used_pct > 100 THEN format('overspent: {:.0f} % used', used_pct)
        ELSE format('{:.0f} % used, {:.0f} % at this rate', used_pct, expected_pct)
    END
        || coalesce(format(', since {}', strftime(cycle_start, '%-d %b %Y')), '') AS note,
    greatest(expected_pct, used_pct) AS worst_pct
FROM current_cycles
WHERE expected_pct > 100
""",
        worst="worst_pct DESC, name",
        action="Agree on scope or budget with the client.",
        period="current cycle of each budget",
        chart=PROJECT_BUDGET,
    ),
    question(
        "unrated_hours",
        "Billable hours without a rate",
        _FINANCE,
        found=_hours_of_projects("unrated_hours"),
        action="Set a rate for the project, member or workspace in Clockify; these hours are missing from revenue.",
        kind="hours",
        period="all time",
    ),
    question(
        "uncosted_hours",
        "Hours without a cost rate",
        _FINANCE,
        found=_hours_of_projects("uncosted_hours"),
        action="Set cost rates in Clockify; these hours are missing from cost, so the profit of their months is left "
        "open.",
        kind="hours",
        period="all time",
    ),
    question(
        "half_costed",
        "Months of projects whose profit is not known, because hours and costs do not belong together",
        _FINANCE,
        found="""
SELECT
    coalesce(project_name, project_id) AS name,
    1 AS amount,
    strftime(month, '%b %Y') || coalesce(': ' || replace(profit_reason, '_', ' '), '') AS note,
    month
FROM time_tracking.project_finance
WHERE revenue > 0 AND profit IS NULL
""",
        worst="month DESC, name",
        action="Part of the hours has no cost rate, or a cost in another currency than the revenue: set cost rates in "
        "Clockify.",
        period="all time",
    ),
    question(
        "imputed_hours",
        "Billable hours whose rate was looked up",
        _FINANCE,
        found=_hours_of_projects("imputed_hours"),
        action="Clockify sends these entries without a rate of their own. They have the rate of their project, member or "
        "workspace on their day, as far back as versions were kept, before that the oldest known one: compare it with what "
        "was agreed then.",
        kind="hours",
        period="all time",
        detail="""
SELECT string_agg(format('{:,.2f} {}', amount, coalesce(currency, 'of an unknown currency')), ', ' ORDER BY currency)
    || ' of revenue rest on them.'
FROM (
    SELECT currency, sum(imputed_revenue) AS amount
    FROM time_tracking.project_finance
    GROUP BY currency
    HAVING amount > 0
)
""",
    ),
    question(
        "rounding_difference",
        "Hours by which our sums differ from those of Clockify's reports, which round",
        _FINANCE,
        found="""
SELECT 'all projects' AS name, round(abs(coalesce(sum(hours_in_reports) - sum(hours_rounded), 0)), 2) AS amount
FROM time_tracking.project_finance
""",
        action='The workspace rounds the entries in its reports. Set mode = "workspace" under [time_tracking.rounding] of '
        "the metric settings to do the same.",
        kind="hours",
        period="all time",
    ),
)
