"""The tables of the generated company, against what its Tracker server computes by its own rules."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import duckdb
import pytest

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.iterations import iterations
from pipelines.metrics.project_management.story_states import story_states
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.model import TrackerData, World
from pipelines.simulator.tracker.planning import plan_of, volatility
from pipelines.simulator.world import TINY, generate
from pipelines_tests.metrics.project_management.laws import LAWS, violations
from pipelines_tests.support.tables import raw_warehouse

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
RUN = MetricRun(as_of=NOW, settings=MetricSettings())


def load(con: duckdb.DuckDBPyConnection, tracker: TrackerData) -> None:
    """The records in raw tables, as the connector would bring them: declared fields, and the project of an activity."""
    streams: dict[str, list[dict[str, Any]]] = {
        "projects": tracker.projects,
        "labels": tracker.labels,
        "epics": tracker.epics,
        "stories": tracker.stories,
        "activity": [{**row, "project_id": row["project"]["id"]} for row in tracker.activity],
        "story_transitions": tracker.story_transitions,
        "iteration_overrides": tracker.iteration_overrides,
        "blockers": tracker.blockers,
        "reviews": tracker.reviews,
    }
    for stream, rows in streams.items():
        columns = [
            name for name, *_ in con.execute(f"DESCRIBE pivotal_tracker.{stream}").fetchall()
        ]
        names = [name for name in columns if rows and name in rows[0]]
        values = [
            [
                json.dumps(v) if isinstance(v, list | dict) else v
                for v in (row[name] for name in names)
            ]
            for row in rows
        ]
        if values:
            marks = ", ".join("?" for _ in names)
            con.executemany(
                f"INSERT INTO pivotal_tracker.{stream} ({', '.join(names)}) VALUES ({marks})",
                values,
            )


@pytest.fixture(scope="module")
def company() -> World:
    return generate(now=NOW, size=TINY)


@pytest.fixture(scope="module")
def tables(company: World) -> duckdb.DuckDBPyConnection:
    con = raw_warehouse()
    load(con, company.tracker)
    for table in TABLES:
        write_metric(con, table, RUN)
    return con


@pytest.mark.parametrize("law", LAWS)
def test_laws_hold(tables: duckdb.DuckDBPyConnection, law: str) -> None:
    assert violations(tables, law, NOW) == []


def test_derived_iterations_equal_the_servers(
    tables: duckdb.DuckDBPyConnection, company: World
) -> None:
    """Without the iterations endpoint, settings and overrides give the server's windows."""
    expected = [
        (project["id"], w.number, w.start, w.finish, w.length, w.team_strength)
        for project in company.tracker.projects
        for plan in [plan_of(company.tracker, project, NOW)]
        for w in (iteration.window for iteration in plan.iterations[: plan.current + 1])
    ]
    assert _iterations_without(tables, "iterations") == sorted(expected)


def test_overrides_in_activity_give_the_same_iterations(tables: duckdb.DuckDBPyConnection) -> None:
    assert _iterations_without(tables, "iterations", "iteration_overrides") == _iterations_without(
        tables, "iterations"
    )


def _iterations_without(tables: duckdb.DuckDBPyConnection, *lists: str) -> list[Any]:
    """The iterations as they would be if these raw tables were empty."""
    con = tables.cursor()
    con.execute("BEGIN")
    for name in lists:
        con.execute(f"DELETE FROM pivotal_tracker.{name}")
    columns = "project_id, number, start_at, finish_at, length_weeks, team_strength"
    rows = iterations(con, RUN).project(columns).order("project_id, number").fetchall()
    con.execute("ROLLBACK")
    return rows


def test_points_and_velocity_equal_the_servers(
    tables: duckdb.DuckDBPyConnection, company: World
) -> None:
    """The server's velocity of an iteration is that in force during it; ours is that at its end."""
    for project in company.tracker.projects:
        plan = plan_of(company.tracker, project, NOW)
        rows = tables.execute(
            "SELECT points, velocity, volatility_pct FROM project_management.iteration_metrics"
            " WHERE project_id = ? ORDER BY number",
            [project["id"]],
        ).fetchall()
        accepted = [
            [s for s in i.stories if s["current_state"] == "accepted"] for i in plan.iterations
        ]
        estimable = (
            {"feature", "bug", "chore"}
            if project["bugs_and_chores_are_estimatable"]
            else {"feature"}
        )
        points = [
            sum(s["estimate"] or 0 for s in stories if s["story_type"] in estimable)
            for stories in accepted
        ]
        assert [row[0] for row in rows] == points[: plan.current + 1]
        in_force = [iteration.velocity for iteration in plan.iterations[1 : plan.current + 1]]
        assert [row[1] for row in rows] == [*in_force, plan.velocity]
        assert rows[-1][2] == pytest.approx(volatility(project, plan))


@pytest.mark.parametrize("log", ["story_transitions", "activity"])
def test_either_log_alone_gives_the_same_states(
    tables: duckdb.DuckDBPyConnection, log: str
) -> None:
    """The generated logs are complete, so that nothing is lost without one of them but the moments of deletion."""
    columns = "story_id, seq, state, entered_at, left_at, is_assumed"
    expected = tables.sql(
        f"SELECT {columns} FROM project_management.story_states ORDER BY ALL"
    ).fetchall()
    con = tables.cursor()
    con.execute(f"BEGIN; DELETE FROM pivotal_tracker.{log}")
    found = story_states(con, RUN).project(columns).order("ALL").fetchall()
    con.execute("ROLLBACK")
    assert found == expected
