"""What these tests share: raw rows of stories and their histories, and computing tables from them.

Instants are written ``2026-01-05 09:00`` and are UTC. 2026-01-05 is a Monday.
"""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import count
from typing import Any

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.support.tables import insert, raw_warehouse

_versions = count(1)


def instant(text: str) -> datetime:
    """``2026-01-05 09:00`` as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def warehouse(**settings: Any) -> duckdb.DuckDBPyConnection:
    """Empty raw tables but for project 1: UTC, weeks from Monday 2026-01-05, unless ``settings`` say otherwise."""
    con = raw_warehouse()
    add_project(con, 1, **settings)
    return con


def add_project(con: duckdb.DuckDBPyConnection, project_id: int, **settings: Any) -> None:
    """A project; ``zone`` is short for its ``time_zone``."""
    zone = settings.pop("zone", "UTC")
    row = {
        "id": project_id,
        "start_date": "2026-01-05",
        "week_start_day": "Monday",
        "iteration_length": 1,
        "velocity_averaged_over": 3,
        "initial_velocity": 10,
        "bugs_and_chores_are_estimatable": False,
        "time_zone": {"kind": "time_zone", "olson_name": zone},
        "created_at": instant("2026-01-05 00:00"),
        **settings,
    }
    insert(con, "pivotal_tracker.projects", [row])


def add_story(
    con: duckdb.DuckDBPyConnection,
    story_id: int,
    *moves: tuple[str, str],
    project_id: int = 1,
    transitions: bool = True,
    activity: bool = True,
    **values: Any,
) -> None:
    """A feature that entered these states at these instants; the first move is its creation.

    ``transitions`` and ``activity`` say which logs know of the moves. The story's own fields follow from the last
    move, unless ``values`` say otherwise.
    """
    (_, created), (state, moved) = moves[0], moves[-1]
    row = {
        "id": story_id,
        "project_id": project_id,
        "story_type": "feature",
        "current_state": state,
        "created_at": instant(created),
        "updated_at": instant(moved),
        "accepted_at": instant(moved) if state == "accepted" else None,
        "owner_ids": [],
        "labels": [],
        **values,
    }
    insert(con, "pivotal_tracker.stories", [row])
    before = None
    for state, moved in moves:
        version = next(_versions)
        if transitions:
            add_transition(con, story_id, state, moved, project_id=project_id, version=version)
        if activity and before is None:
            add_change(
                con,
                story_id,
                moved,
                None,
                {"current_state": state},
                project_id=project_id,
                version=version,
            )
        elif activity:
            add_change(
                con,
                story_id,
                moved,
                {"current_state": before},
                {"current_state": state},
                project_id=project_id,
                version=version,
            )
        before = state


def add_open(con: duckdb.DuckDBPyConnection, *states: str, **values: Any) -> None:
    """Stories 1, 2 ... that are in these states since January 5."""
    for story_id, state in enumerate(states, start=1):
        add_story(con, story_id, (state, "2026-01-05 00:00"), activity=False, **values)


def delete_story(con: duckdb.DuckDBPyConnection, story_id: int, deleted: str) -> None:
    """The story is deleted at this instant, which the log tells, and was last seen a day later."""
    con.execute(
        "INSERT INTO pivotal_tracker.stories_deleted BY NAME"
        " SELECT *, ?::TIMESTAMPTZ + INTERVAL 1 DAY AS _last_seen_at"
        " FROM pivotal_tracker.stories WHERE id = ?",
        [instant(deleted), story_id],
    )
    con.execute("DELETE FROM pivotal_tracker.stories WHERE id = ?", [story_id])
    change = {"kind": "story", "id": story_id, "change_type": "delete"}
    add_activity(con, "story_delete_activity", deleted, [change])


def add_transition(
    con: duckdb.DuckDBPyConnection,
    story_id: int,
    state: str,
    moved: str,
    *,
    project_id: int = 1,
    version: int | None = None,
) -> None:
    """A row of story_transitions."""
    row = {
        "story_id": story_id,
        "project_id": project_id,
        "project_version": next(_versions) if version is None else version,
        "state": state,
        "occurred_at": instant(moved),
        "performed_by_id": 7,
    }
    insert(con, "pivotal_tracker.story_transitions", [row])


def add_change(
    con: duckdb.DuckDBPyConnection,
    story_id: int,
    occurred: str,
    original: dict[str, Any] | None,
    new: dict[str, Any],
    *,
    project_id: int = 1,
    version: int | None = None,
) -> None:
    """An activity with one change of one story: its creation where there are no original values."""
    change = {"kind": "story", "id": story_id, "new_values": new}
    if original is None:
        change["change_type"] = "create"
    else:
        change |= {"change_type": "update", "original_values": original}
    add_activity(
        con,
        f"story_{change['change_type']}_activity",
        occurred,
        [change],
        project_id=project_id,
        version=version,
    )


def add_activity(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    occurred: str,
    changes: list[dict[str, Any]],
    *,
    project_id: int = 1,
    version: int | None = None,
) -> None:
    """A row of activity."""
    version = next(_versions) if version is None else version
    row = {
        "guid": f"{project_id}_{version}",
        "kind": kind,
        "project_id": project_id,
        "project_version": version,
        "occurred_at": instant(occurred),
        "performed_by": {"kind": "person", "id": 8},
        "highlight": "edited",
        "changes": changes,
    }
    insert(con, "pivotal_tracker.activity", [row])


def compute(
    con: duckdb.DuckDBPyConnection, name: str, as_of: str, **settings: dict[str, Any]
) -> None:
    """Write table ``name`` and, before it, the metric tables that it reads."""
    now = instant(as_of)
    run = MetricRun(as_of=now, settings=MetricSettings.model_validate(settings), reads_until=now)
    needed = {f"project_management.{name}"}
    for table in reversed(TABLES):
        if table.address in needed:
            needed |= set(table.inputs)
    for table in TABLES:
        if table.address in needed:
            write_metric(con, table, run)


def computed(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: str,
    *,
    as_of: str,
    where: str = "true",
    **settings: dict[str, Any],
) -> list[Any]:
    """These columns of a table as of a moment, in order of its grain; a single column comes as plain values."""
    compute(con, name, as_of, **settings)
    grain = next(", ".join(table.grain) for table in TABLES if table.name == name)
    rows = con.execute(
        f"SELECT {columns} FROM project_management.{name} WHERE {where} ORDER BY {grain}"
    ).fetchall()
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows
