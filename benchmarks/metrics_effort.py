"""Benchmark of the effort tables: seconds and rows of each, and the peak memory of the process.

    python benchmarks/metrics_effort.py --entries 10000000

Writes synthetic time entries and stories into a new warehouse file, then computes every table from them. One entry in
ten has no text, half name a story in one notation or another, one in twenty names two, one in ten has a custom field.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.metrics.project_management.iterations import ITERATIONS
from pipelines.metrics.project_management.story_facts import STORY_FACTS
from pipelines.metrics.settings import CapitalizationSettings, MetricSettings
from pipelines.metrics.time_tracking.finance import PROJECT_FINANCE
from pipelines.metrics.time_tracking.time_entry_days import TIME_ENTRY_DAYS
from pipelines.metrics.time_tracking.time_entry_facts import TIME_ENTRY_FACTS
from pipelines.metrics.write import write_metric
from pipelines.sources import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables

FIRST_STORY = 187_000_000

_STORIES = f"""
INSERT INTO project_management.story_facts BY NAME
SELECT
    {FIRST_STORY} + n AS story_id,
    n % 20 AS project_id,
    ['feature', 'feature', 'bug', 'chore'][1 + n % 4] AS story_type,
    if(n % 10 < 8, 'accepted', 'started') AS current_state,
    n % 6 AS estimate,
    n % 6 AS points,
    [n % 300, n % 7] AS label_ids,
    ['l' || n % 300, 'l' || n % 7] AS label_names,
    if(n % 3 = 0, [n % 200], []) AS epic_ids,
    TIMESTAMPTZ '2024-01-01 00:00:00Z' + to_hours((n % 20000)::INTEGER) AS first_started_at,
    CASE WHEN n % 10 < 8 THEN first_started_at + INTERVAL 4 DAY END AS last_accepted_at,
    last_accepted_at AS accepted_at,
    n % 120 AS iteration_number,
    false AS is_deleted
FROM range($stories) AS stories(n)
"""

_ENTRIES = f"""
INSERT INTO time_tracking.time_entry_facts BY NAME
SELECT
    substr(md5(n::VARCHAR), 1, 24) AS entry_id,
    substr(md5('u' || n % $users), 1, 24) AS user_id,
    substr(md5('p' || n % 500), 1, 24) AS project_id,
    substr(md5('t' || n % 3000), 1, 24) AS task_id,
    CASE WHEN n % 3000 < 100 THEN 'Story #' || ({FIRST_STORY} + n % 3000) ELSE 'Development' END AS task_name,
    'REGULAR' AS type,
    false AS is_running,
    true AS is_work,
    true AS billable,
    TIMESTAMPTZ '2024-01-01 00:00:00Z' + to_minutes((n % 1000000)::INTEGER) AS started_at,
    'UTC' AS time_zone,
    600 + n % 7200 AS seconds,
    started_at + to_seconds(seconds) AS ended_at,
    started_at::DATE AS local_date,
    ended_at::DATE AS local_end_date,
    seconds AS seconds_rounded,
    seconds / 3600 AS hours,
    72 AS rate,
    if(n % 50 = 0, NULL, 36) AS cost_rate,
    if(n % 4 = 0, 'USD', 'EUR') AS currency,
    currency AS cost_currency,
    CASE n % 20
        WHEN 0 THEN ''
        WHEN 1 THEN NULL
        WHEN 2 THEN '[Finishes #' || ({FIRST_STORY} + n % $stories) || ' #' || ({FIRST_STORY} + n * 7 % $stories) || ']'
        WHEN 3 THEN 'https://www.pivotaltracker.com/story/show/' || ({FIRST_STORY} + n % $stories)
        WHEN 4 THEN 'see ' || ({FIRST_STORY} + n % (2 * $stories)) || ' for details'
        WHEN 5 THEN 'fix step 5 and colour #123456, call +49 30 123456789'
        WHEN 6 THEN 'support case ' || n
        WHEN 7 THEN 'wrong id #' || (287000000 + n % $stories)
        ELSE if(n % 20 < 15, 'Working on #' || ({FIRST_STORY} + n % $stories) || ' login', 'Planning with the team')
    END AS description
FROM range($entries) AS entries(n)
"""

_CUSTOM_FIELDS = f"""
INSERT INTO clockify.time_entries BY NAME
SELECT
    substr(md5(n::VARCHAR), 1, 24) AS id,
    'REGULAR' AS type,
    CASE
        WHEN n % 10 = 0
        THEN '[{{"customFieldId": "65dd00112233445566778804", "name": "Ticket", "type": "TXT", "value": "#'
            || ({FIRST_STORY} + n % $stories) || '"}}]'
        ELSE '[]'
    END AS custom_field_values
FROM range($entries) AS entries(n)
"""


def create(connection: duckdb.DuckDBPyConnection, table: MetricTable) -> None:
    """An empty metric table with its declared columns."""
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
    connection.execute(f"CREATE TABLE {table.address} ({columns})")


def generate(connection: duckdb.DuckDBPyConnection, sizes: dict[str, int]) -> None:
    """Fill the tables that effort reads."""
    for schema, connector in CONNECTORS.items():
        ensure_raw_tables(connection, schema, connector.streams)
    for table in (STORY_FACTS, TIME_ENTRY_FACTS, ITERATIONS, ITERATION_METRICS):
        create(connection, table)
    for statement in (_STORIES, _ENTRIES, _CUSTOM_FIELDS):
        named = {name: value for name, value in sizes.items() if f"${name}" in statement}
        connection.execute(statement, named)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--memory-limit", default="3GB", help="DuckDB's memory limit")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    sizes = {name: getattr(arguments, name) for name in ("entries", "stories", "users")}
    run = MetricRun(
        as_of=datetime(2026, 6, 30, tzinfo=timezone.utc),
        settings=MetricSettings(capitalization=CapitalizationSettings(labels=("l1", "l2"))),
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Warehouse(str(Path(folder) / "benchmark.duckdb")).connect() as connection,
    ):
        connection.execute(f"SET threads = {arguments.threads}")
        connection.execute("SET memory_limit = $limit", {"limit": arguments.memory_limit})
        connection.execute("SET temp_directory = $folder", {"folder": folder})
        generate(connection, sizes)
        for table in (TIME_ENTRY_DAYS, PROJECT_FINANCE):
            write_metric(connection, table, run)
        total = 0.0
        for table in TABLES:
            start = time.perf_counter()
            rows = write_metric(connection, table, run)
            seconds = time.perf_counter() - start
            total += seconds
            print(f"{table.address:32} {seconds:8.1f} s {rows:12,} rows")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"{'all':32} {total:8.1f} s, peak memory of the process {peak:.1f} GB")


if __name__ == "__main__":
    main()
