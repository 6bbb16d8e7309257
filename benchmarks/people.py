"""How long capacity, overtime and load take, and how much memory, for many people over years.

    python -m benchmarks.people
    python -m benchmarks.people --people 500 --years 2

One process makes the tables that they read: people with a profile each, a day's work on every working day, holidays,
approved requests, and a plan of half a year. Another computes and writes the three tables, so the peak memory is theirs
alone. Prints Markdown.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.metrics import AS_OF, Limits, in_own_process, opened
from benchmarks.report import show_machine
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.capacity_daily import CAPACITY_DAILY
from pipelines.metrics.time_tracking.overtime_account import OVERTIME_ACCOUNT
from pipelines.metrics.time_tracking.schedule_weekly import LOAD_WEEKLY
from pipelines.metrics.time_tracking.tables import TABLES as TIME_TRACKING
from pipelines.metrics.write import write_metric
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.raw_tables import ensure_raw_tables

TABLES = (CAPACITY_DAILY, OVERTIME_ACCOUNT, LOAD_WEEKLY)

_GENERATED = {
    "clockify.users": """
        SELECT
            'user-' || n AS id,
            'Person ' || n AS name,
            'person' || n || '@example.com' AS email,
            'ACTIVE' AS status,
            json_object('timeZone', ['Europe/Oslo', 'America/New_York', 'Asia/Kolkata'][1 + n % 3]) AS settings,
            '[]'::JSON AS memberships,
            $first_day::TIMESTAMPTZ AS _first_seen_at
        FROM range($people) AS numbers (n)
    """,
    "clockify.user_groups": """
        SELECT 'group-' || team AS id, to_json(list('user-' || n)) AS user_ids
        FROM (SELECT n, n % 50 AS team FROM range($people) AS numbers (n))
        GROUP BY team
    """,
    "clockify.member_profiles": """
        SELECT
            'user-' || n AS user_id,
            'PT' || (5 + n % 4) || 'H' AS work_capacity,
            '["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]'::JSON AS working_days
        FROM range($people) AS numbers (n)
    """,
    "clockify.holidays": """
        SELECT
            'holiday-' || n AS id,
            n % 2 = 0 AS everyone_including_new,
            json_array('group-' || n) AS user_group_ids,
            true AS occurs_annually,
            json_object('startDate', $first_day::DATE + (n * 25)::INTEGER, 'endDate', $first_day::DATE + (n * 25)::INTEGER) AS date_period
        FROM range(14) AS numbers (n)
    """,
    "clockify.time_off_requests": """
        SELECT
            'request-' || n || '-' || turn AS id,
            'user-' || n AS user_id,
            '{"statusType": "APPROVED"}'::JSON AS status,
            CASE WHEN turn % 4 = 0 THEN 'HOURS' ELSE 'DAYS' END AS time_unit,
            json_object(
                'period', json_object(
                    'start', strftime($first_day::TIMESTAMP + to_days((turn * 60 + n % 50)::INTEGER), '%Y-%m-%dT08:00:00Z'),
                    'end', strftime($first_day::TIMESTAMP + to_days((turn * 60 + n % 50 + turn % 4 * 3)::INTEGER), '%Y-%m-%dT12:00:00Z')
                )
            ) AS time_off_period
        FROM range($people) AS numbers (n)
        CROSS JOIN range($years * 6) AS turns (turn)
    """,
    "clockify.scheduling_assignments": """
        SELECT
            'assignment-' || n || '-' || turn AS id,
            'user-' || n AS user_id,
            'project-' || n % 40 AS project_id,
            2.0 + turn % 4 AS hours_per_day,
            json_object(
                'start', $today::DATE + (turn * 14)::INTEGER, 'end', $today::DATE + (turn * 14 + 11)::INTEGER
            ) AS period
        FROM range($people) AS numbers (n)
        CROSS JOIN range(13) AS turns (turn)
    """,
    "clockify.scheduling_totals": """
        SELECT
            'user-' || n AS user_id,
            to_json(list({'date': $today::DATE + day::INTEGER, 'totalHours': 2.0 + day // 14 % 4})) AS total_hours_per_day
        FROM range($people) AS numbers (n)
        CROSS JOIN range(182) AS days (day)
        WHERE isodow($today::DATE + day::INTEGER) < 6
        GROUP BY n
    """,
    "time_tracking.time_daily": """
        SELECT
            'user-' || n AS user_id,
            $first_day::DATE + day::INTEGER AS local_date,
            'project-' || n % 40 AS project_id,
            6.0 + (n + day) % 4 AS tracked_hours,
            5.0 AS billable_hours,
            CASE WHEN day % 40 = 0 THEN 8.0 ELSE 0.0 END AS leave_hours
        FROM range($people) AS numbers (n)
        CROSS JOIN range($days) AS days (day)
        WHERE isodow($first_day::DATE + day::INTEGER) < 6
    """,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="1500MB", help="DuckDB's own limit")
    arguments = parser.parse_args()
    limits = Limits(arguments.threads, arguments.memory_limit)
    show_machine()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "people.duckdb")
        in_own_process(generate, file, arguments.people, arguments.years, limits)
        measured, peak = in_own_process(measure, file, limits)
    print(f"\n{arguments.people:,} people, {arguments.years} years, {limits.threads} threads\n")
    print("| table | rows | s | CPU s |\n| --- | ---: | ---: | ---: |")
    for name, (rows, seconds, cpu) in measured.items():
        print(f"| {name} | {rows:,} | {seconds:.1f} | {cpu:.1f} |")
    seconds, cpu = (sum(values[place] for values in measured.values()) for place in (1, 2))
    print(f"| all | | {seconds:.1f} | {cpu:.1f} |\n\nPeak memory of the process: {peak:.2f} GB.")


def generate(file: str, people: int, years: int, limits: Limits) -> None:
    """Fill the tables that are read."""
    with opened(file, limits) as connection:
        ensure_raw_tables(connection, "clockify", CONNECTORS["clockify"].streams)
        connection.execute("CREATE SCHEMA time_tracking")
        for table in TIME_TRACKING:
            columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            connection.execute(f"CREATE TABLE {table.address} ({columns})")
        known = {
            "people": people,
            "years": years,
            "days": years * 365,
            "today": AS_OF.date(),
            "first_day": AS_OF.date().replace(year=AS_OF.year - years),
        }
        for address, sql in _GENERATED.items():
            wanted = {name: value for name, value in known.items() if f"${name}" in sql}
            connection.execute(f"INSERT INTO {address} BY NAME {sql}", wanted)


def measure(file: str, limits: Limits) -> tuple[dict[str, tuple[int, float, float]], float]:
    """Compute and write the tables: rows, seconds and CPU seconds by address; and the peak memory in GB."""
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    measured = {}
    for table in TABLES:
        began, used = time.perf_counter(), time.process_time()
        with opened(file, limits) as connection:
            rows = write_metric(connection, table, run)
        measured[table.address] = rows, time.perf_counter() - began, time.process_time() - used
    return measured, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
