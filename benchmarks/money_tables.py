"""How long the money tables take to compute from many entries, with expenses, and invoices whose lines name entries.

    python -m benchmarks.money_tables
    python -m benchmarks.money_tables --entries 1000000

One process makes the raw tables and another computes what the money tables are made of, and then, timed, these tables. Prints
Markdown. Aimed at: at most 20 s for all of them at 10,000,000 entries.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import metrics
from benchmarks.metrics import AS_OF, Limits, in_own_process, opened, peak_memory
from benchmarks.report import show_machine
from pipelines.metrics.catalog import FAMILIES, tables_behind
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric

MONEY = tuple(
    f"time_tracking.{name}"
    for name in (
        "expense_facts",
        "invoice_facts",
        "project_finance",
        "client_finance",
        "project_budget",
        "unbilled",
        "realization",
    )
)
STORIES, EXPENSES, INVOICES = 1_000, 20_000, 5_000
#: Entries that a line of an invoice names.
_NAMED = 100

_GENERATED = {
    "clockify.expenses": f"""
        SELECT
            'expense-' || n AS id,
            'workspace' AS workspace_id,
            printf('64b0c0ffee0011223%07d', n % 1000) AS user_id,
            printf('65cc00112233445566%06d', n % 500) AS project_id,
            '2026-11-20'::TIMESTAMPTZ - to_days((n % 700)::INTEGER) AS date,
            '{{"id": "category", "name": "Travel", "hasUnitPrice": false}}'::JSON AS category,
            'category' AS category_id,
            1000.0 + n % 5000 AS total,
            n % 3 > 0 AS billable
        FROM range({EXPENSES}) AS numbers (n)
    """,
    "clockify.invoices": f"""
        SELECT
            'invoice-' || n AS id,
            n::VARCHAR AS number,
            '2026-11-20'::TIMESTAMPTZ - to_days((n % 700)::INTEGER) AS issued_date,
            issued_date + INTERVAL 30 DAY AS due_date,
            ['UNSENT', 'SENT', 'PAID', 'PARTIALLY_PAID', 'VOID', 'OVERDUE'][1 + n % 6] AS status,
            'client' || n % 50 AS client_id,
            'Client ' || n % 50 AS client_name,
            ['EUR', 'USD', 'JPY'][1 + n % 50 % 3] AS currency,
            200000 AS amount,
            CASE WHEN n % 6 = 2 THEN 0 ELSE 100000 END AS balance,
            amount - balance AS paid
        FROM range({INVOICES}) AS numbers (n)
    """,
    "clockify.invoice_items": f"""
        SELECT
            'invoice-' || n AS invoice_id,
            place AS position,
            'TIME_ENTRY_IMPORT' AS import_type,
            100.0 AS quantity,
            100000.0 AS unit_price,
            100000.0 AS amount,
            to_json(list_transform(range({_NAMED}), lambda i: printf('66f1a0c2d4e5%012d', (n * 2 + place) * {_NAMED} + i))) AS time_entry_ids,
            '[]'::JSON AS expense_ids
        FROM range({INVOICES}) AS numbers (n)
        CROSS JOIN range(2) AS places (place)
    """,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="4GB", help="DuckDB's own limit")
    asked = parser.parse_args()
    limits = Limits(asked.threads, asked.memory_limit)
    show_machine()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "money.duckdb")
        in_own_process(metrics.generate, file, asked.entries, STORIES, limits)
        in_own_process(add_money, file, limits)
        measured, peak = in_own_process(measure, file, limits)
    print(f"\n{asked.entries:,} entries, {EXPENSES:,} expenses, {INVOICES:,} invoices\n")
    print("| table | rows | s |\n| --- | ---: | ---: |")
    for address, (rows, seconds) in measured.items():
        print(f"| {address} | {rows:,} | {seconds:.1f} |")
    print(f"| all | | {sum(seconds for _, seconds in measured.values()):.1f} |")
    print(f"\nPeak memory of the process, with what the tables are made of: {peak:.2f} GB.")


def add_money(file: str, limits: Limits) -> None:
    """Fill the raw tables of money."""
    with opened(file, limits) as connection:
        for address, sql in _GENERATED.items():
            connection.execute(f"INSERT INTO {address} BY NAME {sql}")


def measure(file: str, limits: Limits) -> tuple[dict[str, tuple[int, float]], float]:
    """Rows and seconds of each money table, and the peak memory of this process in GB."""
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    wanted = tables_behind(MONEY)
    measured: dict[str, tuple[int, float]] = {}
    with opened(file, limits) as connection:
        for table in (table for tables in FAMILIES.values() for table in tables):
            if table.address in wanted:
                began = time.perf_counter()
                rows = write_metric(connection, table, run)
                if table.address in MONEY:
                    measured[table.address] = (rows, time.perf_counter() - began)
    return measured, peak_memory()


if __name__ == "__main__":
    main()
