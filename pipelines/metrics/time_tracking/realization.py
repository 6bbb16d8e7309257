"""Table ``realization``: what was billed for time against what that time was worth.

Here: sums by client and month of issue. Not here: single invoices (``invoice_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking import money
from pipelines.metrics.time_tracking.invoiced import SENT, ids_of
from pipelines.metrics.time_tracking.money import major_units
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

SQL = f"""
WITH
sent AS (
    SELECT
        invoice_id,
        client_id,
        client_name,
        date_trunc('month', issued_date)::DATE AS month,
        currency,
        balance,
        paid,
        days_overdue,
        CASE WHEN subtotal <> 0 THEN 1 - discount::DOUBLE / subtotal::DOUBLE ELSE 1 END AS share_left
    FROM time_tracking.invoice_facts
    WHERE is_sent
),
time_lines AS (
    SELECT
        sent.*,
        {major_units("item.amount", "sent.currency")} AS line_amount,
        {ids_of("item.time_entry_ids")} AS entry_ids
    FROM clockify.invoice_items AS item
    JOIN sent USING (invoice_id)
    WHERE
        item.import_type = 'TIME_ENTRY_IMPORT'
        OR len({ids_of("item.time_entry_ids")}) > 0
),
billed AS (
    SELECT client_id, month, currency, sum(line_amount * share_left) AS net_billed
    FROM time_lines
    GROUP BY ALL
),
entries AS (
    SELECT DISTINCT client_id, month, currency, unnest(entry_ids) AS entry_id
    FROM time_lines
),
valued AS (
    SELECT
        entries.client_id,
        entries.month,
        entries.currency,
        sum(fact.rate * fact.seconds) FILTER (fact.currency = entries.currency) / 3600 AS standard_value,
        sum(fact.seconds) / 3600 AS hours,
        coalesce(
            sum(fact.seconds) FILTER (fact.rate IS NULL OR fact.currency IS DISTINCT FROM entries.currency), 0
        ) / 3600 AS unvalued_hours,
        count(*) FILTER (fact.entry_id IS NULL) AS gone_entries
    FROM entries
    LEFT JOIN time_tracking.time_entry_facts AS fact USING (entry_id)
    GROUP BY ALL
),
totals AS (
    SELECT
        client_id,
        any_value(client_name) AS client_name,
        month,
        currency,
        count(*) AS invoices,
        sum(balance) AS outstanding,
        coalesce(sum(balance) FILTER (days_overdue > 0), 0) AS overdue,
        sum(paid) AS paid
    FROM sent
    GROUP BY client_id, month, currency
)
SELECT
    totals.client_id,
    totals.client_name,
    totals.month,
    totals.currency,
    coalesce(billed.net_billed, 0)::DECIMAL(18, 4) AS net_billed,
    coalesce(valued.standard_value, CASE WHEN coalesce(valued.hours, 0) = 0 THEN 0 END)::DECIMAL(18, 4) AS standard_value,
    100 * billed.net_billed / nullif(valued.standard_value::DOUBLE, 0) AS realization_pct,
    totals.outstanding::DECIMAL(18, 4) AS outstanding,
    totals.overdue::DECIMAL(18, 4) AS overdue,
    totals.paid::DECIMAL(18, 4) AS paid,
    totals.invoices,
    coalesce(valued.hours, 0) AS hours,
    coalesce(valued.unvalued_hours, 0) AS unvalued_hours,
    coalesce(valued.gone_entries, 0) AS gone_entries
FROM totals
LEFT JOIN billed
    ON billed.client_id IS NOT DISTINCT FROM totals.client_id
    AND billed.month IS NOT DISTINCT FROM totals.month
    AND billed.currency IS NOT DISTINCT FROM totals.currency
LEFT JOIN valued
    ON valued.client_id IS NOT DISTINCT FROM totals.client_id
    AND valued.month IS NOT DISTINCT FROM totals.month
    AND valued.currency IS NOT DISTINCT FROM totals.currency
"""


def realization(connection: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """One row per client, month and currency with a sent invoice: see ``REALIZATION.definition``."""
    return query(connection, SQL, **money.values(run.settings.time_tracking))


REALIZATION = MetricTable(
    schema="time_tracking",
    name="realization",
    grain=("client_id", "month", "currency"),
    definition=f"""
What clients were billed for time, against what the same time is worth at its rates; by client, month of issue and currency of
the invoices.

* Sent invoices count: {", ".join(SENT)}. Drafts, void ones and states that are not known here do not.
* `net_billed`: the lines that were imported from time, as they stand on the invoice (edited or not), before tax, less their
  share of the discount.
* `standard_value`: exact hours x rate of the entries that these lines name, each once. Entries without a rate or with a rate in
  another currency are in `unvalued_hours`, entries that Clockify no longer has in `gone_entries`; neither is in the value, so
  realization is then too high by them.
* realization = net billed / standard value; above 100 where imports round up or somebody raised a line.
* `outstanding`, `overdue` and `paid` are of the whole invoices, taxes and expenses included.

Example: 10 h at 100 on a line that somebody lowered to 900, beside 200 of expenses, 10 % discount: net billed 810, standard value
1,000, realization 81 %.
""",
    columns=(
        Column("client_id", "VARCHAR", "Client; NULL without one.", null_is_a_group=True),
        Column("client_name", "VARCHAR", "Client's name."),
        Column(
            "month",
            "DATE",
            "First day of the month of issue; NULL without a date of issue.",
            null_is_a_group=True,
        ),
        Column(
            "currency",
            "VARCHAR",
            "ISO 4217 code of all amounts of the row; NULL where it is not known.",
            null_is_a_group=True,
        ),
        Column("net_billed", "DECIMAL(18,4)", "Billed for time, less discount, before tax."),
        Column(
            "standard_value", "DECIMAL(18,4)", "Hours x rate of that time; NULL when none is known."
        ),
        Column("realization_pct", "DOUBLE", "Net billed / standard value, percent."),
        Column("outstanding", "DECIMAL(18,4)", "Still to be paid."),
        Column("overdue", "DECIMAL(18,4)", "The part of it that is overdue."),
        Column("paid", "DECIMAL(18,4)", "What was paid."),
        Column("invoices", "BIGINT", "Sent invoices."),
        Column("hours", "DOUBLE", "Hours of the entries on them."),
        Column("unvalued_hours", "DOUBLE", "Of these, hours without a rate in this currency."),
        Column("gone_entries", "BIGINT", "Entries on them that Clockify no longer has."),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "time_tracking.invoice_facts",
        "clockify.invoice_items",
    ),
    compute=realization,
    headlines={"gone_entries": "coalesce(sum(gone_entries), 0)"},
    settings=money.SETTINGS,
)
