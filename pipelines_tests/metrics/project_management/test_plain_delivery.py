"""Every row of the delivery report against plain Python, on a generated company."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from pipelines.metrics.effort.portfolio_monthly import PORTFOLIO_MONTHLY
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.finance import PROJECT_FINANCE
from pipelines.metrics.write import write_metric
from pipelines.simulator.model import TrackerData
from pipelines.simulator.world import TINY, generate
from pipelines_tests.metrics.project_management import plain_delivery as plain
from pipelines_tests.metrics.project_management.test_generated_company import load
from pipelines_tests.support.tables import insert, raw_warehouse

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
DAYS = 60
NEEDED = (
    *(
        "iterations",
        "story_states",
        "story_blocks",
        "story_facts",
        "throughput_weekly",
        "aging_wip",
    ),
    *("time_in_state", "predictability_weekly", "work_in_progress", "iteration_scope"),
)
#: What the daily reads of 60 days showed, by project and instant: the stories of each iteration.
Reads = dict[int, dict[datetime, dict[int, list[int]]]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tracker() -> TrackerData:
    return generate(now=NOW, size=TINY).tracker


@pytest.fixture(scope="module")
def company(tracker: TrackerData) -> plain.Company:
    return plain.Company(tracker, NOW)


@pytest.fixture(scope="module")
def reads(tracker: TrackerData) -> Reads:
    """Each day some stories of the project, most of them those of the day before; some days without a read."""
    chance = random.Random(7)
    found: Reads = {}
    for project in tracker.projects:
        ids = [story["id"] for story in tracker.stories if story["project_id"] == project["id"]]
        shown = set(chance.sample(ids, min(len(ids), 8)))
        found[project["id"]] = {}
        for day in range(DAYS, 0, -1):
            shown ^= set(chance.sample(ids, min(len(ids), chance.choice([0, 0, 1, 2]))))
            if chance.random() < 0.85:
                at = NOW - timedelta(days=day, hours=9)
                found[project["id"]][at] = {number: sorted(shown) for number in range(1, 200)}
    return found


@pytest.fixture(scope="module")
def tables(tracker: TrackerData, reads: Reads) -> duckdb.DuckDBPyConnection:
    con = raw_warehouse()
    load(con, tracker)
    run = MetricRun(NOW, MetricSettings(), reads_until=NOW)
    for table in TABLES:
        if table.name == "iterations":
            write_metric(con, table, run)
    _show(con, reads)
    for table in TABLES:
        if table.name in NEEDED[1:]:
            write_metric(con, table, run)
    return con


def _show(con: duckdb.DuckDBPyConnection, reads: Reads) -> None:
    """The versions that the reads leave, of iterations that were near, and of the projects."""
    for project, shown in reads.items():
        instants = sorted(shown)
        for at, following in pairwise(instants):
            validity = {"_valid_from": at, "_valid_to": following}
            insert(con, "pivotal_tracker.projects_history", [{"id": project, **validity}])
        numbers = con.execute(
            "SELECT number FROM project_management.iterations WHERE project_id = ? AND finish_at > ?",
            [project, instants[0]],
        ).fetchall()
        for (number,) in numbers:
            versions: list[tuple[datetime, list[int]]] = []
            for at in instants:
                if not versions or versions[-1][1] != shown[at][number]:
                    versions.append((at, shown[at][number]))
            ends = [at for at, _ in versions[1:]]
            for (at, ids), until in zip(versions, [*ends, None], strict=True):
                row = {
                    "project_id": project,
                    "number": number,
                    "story_ids": ids,
                    "_extracted_at": at,
                }
                if until is None:
                    insert(con, "pivotal_tracker.iterations", [row])
                else:
                    validity = {"_valid_from": at, "_valid_to": until}
                    insert(con, "pivotal_tracker.iterations_history", [{**row, **validity}])


def rows(con: duckdb.DuckDBPyConnection, table: str, key: str, values: str) -> dict[Any, Any]:
    """The values of a table by key."""
    keys = len(key.split(", "))
    found = con.execute(f"SELECT {key}, {values} FROM project_management.{table}").fetchall()
    return {row[0] if keys == 1 else row[:keys]: row[keys:] for row in found}


def same(found: dict[Any, Any], expected: dict[Any, Any]) -> None:
    assert found.keys() == expected.keys()
    wrong = {
        key: (found[key], expected[key])
        for key in found
        if not all(
            one == pytest.approx(other, abs=1e-6) if isinstance(other, float) else one == other
            for one, other in zip(found[key], expected[key], strict=True)
        )
    }
    assert not wrong, f"{len(wrong)} of {len(found)} rows, such as {next(iter(wrong.items()))}"


def test_blockers(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    expected = {
        blocker: (
            story.record["id"],
            begins,
            None if ends == company.never else ends,
            plain.hours((begins, min(ends, NOW))),
        )
        for story in company.stories.values()
        for blocker, (begins, ends) in story.blocks.items()
        if begins <= NOW
    }
    assert expected
    same(
        rows(tables, "story_blocks", "blocker_id", "story_id, blocked_from, blocked_to, hours"),
        expected,
    )


def test_waits_of_cycles(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    expected = {
        story_id: (found.get("blocked"), found.get("review"))
        for story_id, story in company.stories.items()
        for found in [story.measures()]
    }
    assert any(blocked for blocked, _ in expected.values())
    assert any(review for _, review in expected.values())
    same(rows(tables, "story_facts", "story_id", "blocked_hours, review_hours"), expected)


def test_time_in_state(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    key = "project_id, window_days, story_type, measure"
    values = "n, total_hours, p50_hours, p85_hours, p95_hours, median_hours, share_of_cycle_pct"
    same(rows(tables, "time_in_state", key, values), plain.time_in_state(company))


def test_predictability(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    values = "accepted, mean, lower_limit, upper_limit, signal, sle_hours, sle_attained_pct"
    found = rows(tables, "predictability_weekly", "project_id, week_start", values)
    same(found, plain.predictability(company))


def test_work_in_progress(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    found = rows(
        tables,
        "work_in_progress",
        "project_id, person_id",
        "stories, points, blocked, reviews_waiting",
    )
    same(found, plain.work_in_progress(company))


def test_iteration_scope(
    tables: duckdb.DuckDBPyConnection, company: plain.Company, reads: Reads
) -> None:
    """Counts of stories, from the reads themselves."""
    expected: dict[tuple[int, int], tuple[Any, ...]] = {}
    windows = rows(tables, "iterations", "project_id, number", "start_at, finish_at")
    for (project, number), (start, finish) in windows.items():
        stories = {story.record["id"]: story for story in company.of(project)}
        accepted = {
            story_id
            for story_id, story in stories.items()
            if story.record["accepted_at"]
            and start <= plain.moment(story.record["accepted_at"]) < finish
        }
        instants = sorted(at for at in reads[project] if start <= at < finish)
        if not instants or instants[0] > start + timedelta(hours=24):
            expected[project, number] = (None, None, None, None, len(accepted), None)
            continue
        steps = [set(reads[project][at][number]) & stories.keys() for at in instants]
        steps.append(steps[-1] | accepted)
        carried = sum(
            stories[story_id].state_at(finish) not in (None, "unscheduled", "accepted")
            for story_id in steps[-1] - accepted
        )
        expected[project, number] = (
            len(steps[0]),
            sum(len(after - before) for before, after in pairwise(steps)),
            sum(len(before - after) for before, after in pairwise(steps)),
            len(steps[-1]),
            len(accepted),
            carried if finish <= NOW else None,
        )
    assert sum(row[0] is not None for row in expected.values()) > 5
    values = "planned_stories, added_stories, removed_stories, scope_stories, completed_stories, carried_over"
    same(rows(tables, "iteration_scope", "project_id, number", values), expected)


def test_portfolio(tables: duckdb.DuckDBPyConnection, company: plain.Company) -> None:
    """With money of three months in one currency, and of one in two."""
    for table in (PROJECT_FINANCE, TIME_STORY_LINKS):
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        tables.execute(f"CREATE TABLE {table.address} ({columns})")
    finance = [
        (date(2026, month, 1), currency, 10.0 * month, 1000.0 * month)
        for month, currency in (
            (6, "EUR"),
            (7, "EUR"),
            (7, "EUR"),
            (8, "CHF"),
            (9, "CHF"),
            (9, "EUR"),
        )
    ]
    for number, (month, currency, hours, cost) in enumerate(finance):
        row = {
            "project_id": str(number),
            "month": month,
            "currency": currency,
            "hours": hours,
            "labour_cost": cost,
        }
        insert(tables, "time_tracking.project_finance", [{**row, "uncosted_hours": 0.0}])
    write_metric(tables, PORTFOLIO_MONTHLY, MetricRun(NOW, MetricSettings()))
    values = "accepted, projects, hours, cost::DOUBLE"
    found = rows(tables, "portfolio_monthly", "month", values)
    same({(month,): row for month, row in found.items()}, plain.portfolio(company, finance))
