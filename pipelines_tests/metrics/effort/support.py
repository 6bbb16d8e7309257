"""What the tests of effort share: a warehouse with entries and stories as the two other rooms would give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any

import duckdb

from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.project_management.story_facts import STORY_FACTS
from pipelines.metrics.project_management.story_states import STORY_STATES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.history_coverage import HISTORY_COVERAGE
from pipelines.metrics.time_tracking.time_entry_facts import TIME_ENTRY_FACTS
from pipelines.metrics.write import write_metric
from pipelines.sources.pivotal_tracker.crosswalk import Successor
from pipelines.sources.pivotal_tracker.importers import Titled
from pipelines_tests.support.tables import insert, raw_warehouse

AS_OF = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)


def warehouse() -> duckdb.DuckDBPyConnection:
    """Raw tables, and empty ones of what the tables of effort read of the two other families."""
    con = raw_warehouse()
    for table in (TIME_ENTRY_FACTS, HISTORY_COVERAGE, STORY_FACTS, STORY_STATES):
        create(con, table)
    return con


def create(con: duckdb.DuckDBPyConnection, table: MetricTable) -> None:
    """An empty metric table with its declared columns."""
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    con.execute(f"CREATE TABLE {table.address} ({columns})")


def add_entry(
    con: duckdb.DuckDBPyConnection,
    entry_id: str,
    *,
    hours: float = 1.0,
    cost: float | None = None,
    revenue: float | None = None,
    **values: Any,
) -> None:
    """A row of time_entry_facts: unrated work of u1 on 2026-06-01, unless ``values`` say otherwise."""
    row = {
        "user_id": "u1",
        "type": "REGULAR",
        "is_running": False,
        "is_work": True,
        "billable": True,
        "started_at": "2026-06-01T08:00:00Z",
        "local_date": date(2026, 6, 1),
        "hours": hours,
        "seconds": round(3600 * hours),
        "seconds_rounded": round(3600 * hours),
        "cost": cost,
        "cost_rate": cost if cost is None else cost / hours,
        "revenue": revenue,
        "rate": revenue if revenue is None else revenue / hours,
        **values,
    }
    row = {"entry_id": entry_id, "finance_month": row["local_date"].replace(day=1), **row}
    insert(con, "time_tracking.time_entry_facts", [row])


def add_story(con: duckdb.DuckDBPyConnection, story_id: int, **values: Any) -> None:
    """A row of story_facts: an unstarted feature of project 7 without labels, unless ``values`` say otherwise."""
    row = {
        "project_id": 7,
        "story_type": "feature",
        "current_state": "unstarted",
        "points": 0,
        "label_ids": [],
        "label_names": [],
        "epic_ids": [],
        "is_deleted": False,
        **values,
    }
    insert(con, "project_management.story_facts", [{"story_id": story_id, **row}])


def write_until(
    con: duckdb.DuckDBPyConnection,
    last: MetricTable,
    settings: MetricSettings | None = None,
    crosswalk: Sequence[Successor] = (),
    titles: Sequence[Titled] = (),
) -> list[dict[str, Any]]:
    """Write the effort tables up to ``last`` that it reads; its rows in the order of its grain."""
    needed = {last.address}
    for table in reversed(TABLES):
        if table.address in needed:
            needed.update(table.inputs)
    run = MetricRun(
        as_of=AS_OF, settings=settings or MetricSettings(), crosswalk=crosswalk, titles=titles
    )
    for table in TABLES:
        if table.address in needed:
            write_metric(con, table, run)
    return rows(con, f"SELECT * FROM {last.address} ORDER BY {', '.join(last.grain)}")


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The result of a query, each row as a dict."""
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
