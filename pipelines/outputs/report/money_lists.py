"""Lists of money: clients and projects of the last full month."""

from __future__ import annotations

from pipelines.outputs.report.listing import Column, Listing

_COLUMNS = (
    Column("hours", "Hours", "hours"),
    Column("billable", "Billable", "hours"),
    Column("revenue", "Revenue", "money"),
    Column("cost", "Cost", "money"),
    Column("profit", "Profit", "money"),
    Column("margin", "Margin", "percent"),
)


def _of_last_month(table: str, key: str, name: str, missing: str) -> str:
    return f"""
SELECT
    {key},
    coalesce({name}, {key}, '{missing}') AS name,
    currency,
    hours,
    billable_hours AS billable,
    revenue,
    cost,
    profit,
    margin_pct AS margin
FROM {table}
WHERE month = date_trunc('month', $as_of) - INTERVAL 1 MONTH
ORDER BY currency NULLS LAST, revenue DESC NULLS LAST, name
"""


CLIENTS = Listing(
    name="clients",
    title="Clients",
    meaning="Last full month; a row for each client and currency.",
    tables=("time_tracking.client_finance",),
    sql=_of_last_month("time_tracking.client_finance", "client_id", "client_name", "no client"),
    columns=(Column("name", "Client", page=("client", "client_id")), *_COLUMNS),
    nothing="No client has tracked time in the last full month.",
    most=30,
)

PROJECTS = Listing(
    name="project_money",
    title="Clockify projects",
    meaning="Last full month; a row for each project and currency.",
    tables=("time_tracking.project_finance",),
    sql=_of_last_month("time_tracking.project_finance", "project_id", "project_name", "no project"),
    columns=(Column("name", "Project"), *_COLUMNS),
    nothing="No project has tracked time in the last full month.",
    most=30,
)
