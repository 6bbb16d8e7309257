"""How long the time-tracking tables take and how much memory, on generated time entries.

    python benchmarks/metrics_time_tracking.py --entries 10000000

Prints seconds, rows and the peak memory of the process after each table. Not a test: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.tables import TABLES
from pipelines.metrics.write import write_metric
from pipelines.sources import CONNECTORS
from pipelines.warehouse.raw_tables import ensure_raw_tables

USERS = 5_000
PROJECTS = 500
TASKS = 5_000
AS_OF = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)

# Every person works through their days, entry after entry, 2 to 90 minutes each with pauses; one in fifty
# overlaps the one before, one in a hundred crosses midnight.
RAW_TABLES = f"""
INSERT INTO clockify.workspaces BY NAME
SELECT 'workspace' AS id, '{{"amount": 5000, "currency": "EUR"}}' AS hourly_rate,
    '{{"lockTimeZone": "Europe/Oslo"}}' AS workspace_settings;

INSERT INTO clockify.users BY NAME
SELECT printf('64b0c0ffee0011223%07d', i) AS id,
    'person' || i || '@example.com' AS email,
    'Person ' || i AS name,
    'ACTIVE' AS status,
    json_object('timeZone', ['Europe/Oslo', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney',
        'America/Los_Angeles', 'UTC', 'Atlantic/Azores', 'Asia/Tokyo'][1 + i % 8]) AS settings,
    '[]' AS memberships
FROM range({USERS}) AS t(i);

INSERT INTO clockify.clients BY NAME
SELECT 'client' || i AS id, 'Client ' || i AS name, ['EUR', 'USD', 'JPY'][1 + i % 3] AS currency_code
FROM range(50) AS t(i);

INSERT INTO clockify.projects BY NAME
SELECT printf('65cc00112233445566%06d', i) AS id,
    'Project ' || i AS name,
    'client' || i % 50 AS client_id,
    json_object('amount', 6000 + i, 'currency', ['EUR', 'USD', 'JPY'][1 + i % 3]) AS hourly_rate,
    json_object('amount', 3000 + i, 'currency', ['EUR', 'USD', 'JPY'][1 + i % 3]) AS cost_rate,
    '[]' AS memberships,
    json_object('estimate', 'PT2000H', 'type', 'MANUAL', 'resetOption', 'MONTHLY', 'active', true,
        'includeNonBillable', true) AS time_estimate
FROM range({PROJECTS}) AS t(i);

INSERT INTO clockify.tasks BY NAME
SELECT printf('65bb00112233445566%06d', i) AS id,
    'Task ' || i AS name,
    printf('65cc00112233445566%06d', i % {PROJECTS}) AS project_id,
    'PT400H' AS estimate,
    'ACTIVE' AS status
FROM range({TASKS}) AS t(i);

INSERT INTO clockify.tags BY NAME
SELECT 'tag' || i AS id, 'Tag ' || i AS name FROM range(40) AS t(i);
"""

ENTRIES = f"""
INSERT INTO clockify.time_entries BY NAME
WITH
numbered AS (
    SELECT
        i,
        i % {USERS} AS person,
        i // {USERS} AS nth,
        hash(i) AS chance
    FROM range($entries) AS t(i)
),
placed AS (
    SELECT
        *,
        person * 7919 % 5000 AS habit,
        -- Eight entries a day, backwards from now, from about 8:00 UTC.
        TIMESTAMP '2026-11-20 08:00:00'
            - to_days((nth // 8)::INTEGER)
            + to_seconds((nth % 8) * 4200 + habit + chance % 300)
            + to_hours(CASE WHEN chance % 100 = 7 THEN 12 ELSE 0 END) AS start_at,
        CASE WHEN chance % 50 = 3 THEN 6000 ELSE 120 + chance % 3700 END AS seconds
    FROM numbered
)
SELECT
    printf('66f1a0c2d4e5%012d', i) AS id,
    'workspace' AS workspace_id,
    printf('64b0c0ffee0011223%07d', person) AS user_id,
    'Work on [#' || 180000000 + chance % 50000 || '] and its tests' AS description,
    chance % 3 > 0 AS billable,
    printf('65cc00112233445566%06d', chance // 8 % {PROJECTS}) AS project_id,
    printf('65bb00112233445566%06d', chance // 8 % {TASKS}) AS task_id,
    CASE WHEN chance % 4 = 0 THEN json_array('tag' || chance // 16 % 40) ELSE '[]' END AS tag_ids,
    json_object(
        'start', strftime(start_at, '%Y-%m-%dT%H:%M:%SZ'),
        'end', strftime(start_at + to_seconds(seconds), '%Y-%m-%dT%H:%M:%SZ'),
        'duration', 'PT' || seconds || 'S'
    ) AS time_interval,
    CASE WHEN chance % 40 = 1 THEN 'BREAK' WHEN chance % 90 = 2 THEN 'TIME_OFF' ELSE 'REGULAR' END AS type,
    json_object('amount', 6000 + person, 'currency', 'EUR') AS hourly_rate,
    false AS is_locked
FROM placed
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--memory-limit", default="4GB", help="DuckDB's own limit; it spills above it"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "benchmark.duckdb"))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET threads = {arguments.threads}")
        connection.execute("SET memory_limit = $limit", {"limit": arguments.memory_limit})
        generate(connection, arguments.entries)
        measure(connection)
        connection.close()


def generate(connection: duckdb.DuckDBPyConnection, entries: int) -> None:
    """Fill the raw tables."""
    began = time.perf_counter()
    for schema, connector in CONNECTORS.items():
        ensure_raw_tables(connection, schema, connector.streams)
    connection.execute("CREATE SCHEMA time_tracking")
    connection.execute(RAW_TABLES)
    connection.execute(ENTRIES, {"entries": entries})
    connection.execute("CHECKPOINT")
    print(f"{entries:,} entries generated in {time.perf_counter() - began:.1f} s")


def measure(connection: duckdb.DuckDBPyConnection) -> None:
    """Compute and write every table."""
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    total = 0.0
    for table in TABLES:
        began = time.perf_counter()
        rows = write_metric(connection, table, run)
        seconds = time.perf_counter() - began
        total += seconds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(
            f"{table.name:24} {seconds:7.1f} s {rows:>12,} rows   peak {peak:5.2f} GB", flush=True
        )
    print(f"{'all':24} {total:7.1f} s")


if __name__ == "__main__":
    main()
