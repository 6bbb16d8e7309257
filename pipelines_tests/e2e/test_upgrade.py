"""A warehouse of an older version: what it lacks of columns is added and filled by the next sync, by nobody's hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.defs.days_to_read import days_to_read
from pipelines.simulator.model import World
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.project import FIRST_DAY, LAST_DAY, Project, running_project

STREAMS = (
    "clockify/tags",
    "clockify/time_entries",
    "pivotal_tracker/stories",
    "pivotal_tracker/activity",
)
#: A column of each, in snapshots, days and increments; and a metric that is made of them.
NEW = {
    "clockify.tags": "name",
    "clockify.time_entries": "description",
    "pivotal_tracker.stories": "name",
}
METRIC = "time_tracking/time_entry_facts"


def world() -> World:
    return worlds.world(
        clockify=worlds.clockify_data(
            tags=[worlds.tag(1)],
            time_entries=[
                worlds.time_entry(1, "2026-03-01T08:00:00Z", description="First"),
                worlds.time_entry(2, "2026-03-19T08:00:00Z", description="Second"),
            ],
        ),
        tracker=worlds.tracker_data(stories=[worlds.story(1), worlds.story(2)]),
    )


def new_values(project: Project) -> dict[str, list[object]]:
    return {
        table: [value for (value,) in project.query(f"SELECT {column} FROM {table} ORDER BY id")]
        for table, column in NEW.items()
    }


@pytest.mark.slow
def test_a_new_column_is_filled_for_old_rows_too(tmp_path: Path) -> None:
    with running_project(tmp_path, world()) as project:
        assert project.materialize(*STREAMS, METRIC).success
        expected = new_values(project)
        assert all(value for values in expected.values() for value in values), expected
        facts = project.query("SELECT * FROM time_tracking.time_entry_facts ORDER BY ALL")

        with Warehouse(project.settings.warehouse).connect() as connection:
            for table, column in NEW.items():
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
                connection.execute(f"ALTER TABLE {table}_deleted DROP COLUMN {column}")
            connection.execute("ALTER TABLE time_tracking.time_entry_facts DROP COLUMN description")

        warehouse = Warehouse(project.settings.warehouse)
        first, last = days_to_read(
            project.settings, warehouse, today=date.fromisoformat(LAST_DAY), lookback_days=1
        )
        assert first.isoformat() == FIRST_DAY
        days = (first.isoformat(), last.isoformat())
        assert project.materialize(*STREAMS, METRIC, days=days).success
        assert new_values(project) == expected
        assert project.query("SELECT * FROM time_tracking.time_entry_facts ORDER BY ALL") == facts
        first, _ = days_to_read(
            project.settings, warehouse, today=date.fromisoformat(LAST_DAY), lookback_days=1
        )
        assert first.isoformat() == "2026-03-19"
