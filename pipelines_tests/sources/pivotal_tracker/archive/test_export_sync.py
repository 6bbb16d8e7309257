"""An export through a whole sync: the metrics compute, and say what an export cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines.cli.closing import print_notes
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.registry import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story
from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, metadata_of, running_project
from pipelines_tests.support.tables import insert

AS_OF = datetime(2024, 3, 27, 12, tzinfo=timezone.utc)
DAYS = ("2024-03-26", "2024-03-27")
FIRST = {"Iteration": "1", "Iteration_Start": "Mar 4, 2024", "Iteration_End": "Mar 10, 2024"}
SECOND = {"Iteration": "2", "Iteration_Start": "Mar 11, 2024", "Iteration_End": "Mar 17, 2024"}
OPEN = {"Current_State": "started", "Accepted_at": ""}
SAME_DAY = {"Created_at": "Mar 8, 2024", "Accepted_at": "Mar 8, 2024"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse after a sync of two files of one project, with an hour of Clockify on story 1."""
    folder = tmp_path_factory.mktemp("export")
    rows = [
        story(Id="1", Accepted_at="Mar 10, 2024", Estimate="3", Labels="ui", **FIRST),
        story(Id="2", Estimate="2", **SAME_DAY, **FIRST),
        story(Id="3", Type="release", Accepted_at="Mar 17, 2024", **SECOND),
    ]
    more = [
        story(Id="4", Accepted_at="Mar 11, 2024", Estimate="5", Labels="ui", **SECOND),
        story(Id="5", Estimate="-1", **OPEN),
        story(Id="6", Type="epic", Labels="ui", Current_State="", Accepted_at=""),
    ]
    archive = folder / "archive"
    archive.mkdir()
    (archive / "harbor_20240327_0900.csv").write_text(export(*rows))
    (archive / "harbor_20240327_0901.csv").write_text(export(*more))
    environment = {
        "PIVOTAL_TRACKER_ARCHIVE": str(archive),
        "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE": "America/Denver",
        "PIPELINES_START_DATE": DAYS[0],
    }
    with (
        SimulatorServer(worlds.world()) as server,
        dg.DagsterInstance.ephemeral(tempdir=str(folder)) as instance,
    ):
        project = Project(folder, server, instance, **environment)
        streams = [props.name for props in CONNECTORS[PIVOTAL_TRACKER].streams]
        result = project.materialize(*(f"{PIVOTAL_TRACKER}/{name}" for name in streams), days=DAYS)
        assert result.success
        assert metadata_of(result, "pivotal_tracker/stories")["mode"] == "archive"
        with Warehouse(project.settings.warehouse).connect() as connection:
            ensure_raw_tables(connection, CLOCKIFY, CONNECTORS[CLOCKIFY].streams)
            interval = {"start": "2024-03-05T08:00:00Z", "end": "2024-03-05T09:00:00Z"}
            entry = {"id": "e", "user_id": "u", "type": "REGULAR", "time_interval": interval}
            text = "https://www.pivotaltracker.com/story/show/1"
            insert(connection, "clockify.time_entries", [{**entry, "description": text}])
            run = MetricRun(as_of=AS_OF, settings=MetricSettings())
            for family in FAMILIES.values():
                for table in family:
                    write_metric(connection, table, run)
            yield connection


def rows_of(synced: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return synced.execute(query).fetchall()


def test_cycle_times_are_unknown_and_say_why(synced: duckdb.DuckDBPyConnection) -> None:
    """Story 2, created and accepted on one day, has no cycle either."""
    query = "SELECT story_id, cycle_hours, cycle_hours_reason, lead_hours FROM project_management.story_facts ORDER BY 1"
    day = 24 - 1 / 3600
    assert [(s, c, r, h and round(h, 6)) for s, c, r, h in rows_of(synced, query)] == [
        # The clocks went forward on March 10.
        (1, None, "history_truncated", round(6 * 24 + day - 1, 6)),
        (2, None, "history_truncated", round(day, 6)),
        (3, None, "history_truncated", round(13 * 24 + day - 1, 6)),
        (4, None, "history_truncated", round(7 * 24 + day - 1, 6)),
        (5, None, "not_accepted", None),
    ]


def test_iterations_are_those_of_the_export_and_go_on_after_it(
    synced: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT number, start_date::VARCHAR, source, has_known_zone FROM project_management.iterations ORDER BY 1"
    assert rows_of(synced, query) == [
        (1, "2024-03-04", "api", True),
        (2, "2024-03-11", "api", True),
        (3, "2024-03-18", "derived", True),
        (4, "2024-03-25", "derived", True),
    ]
    query = "SELECT points FROM project_management.iteration_metrics ORDER BY number"
    assert rows_of(synced, query) == [(5,), (5,), (0,), (0,)]


def test_epics_and_releases_are_there(synced: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT story_id FROM project_management.story_facts WHERE list_contains(epic_ids, 6) ORDER BY 1"
    assert rows_of(synced, query) == [(1,), (4,)]
    query = "SELECT release_id, stories FROM project_management.release_status"
    assert rows_of(synced, query) == [(3, None)]


def test_links_from_clockify_find_the_original_ids(synced: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT story_id, hours FROM effort.time_story_links"
    assert rows_of(synced, query) == [(1, 1.0)]


def test_what_is_not_known_is_empty(synced: duckdb.DuckDBPyConnection) -> None:
    for stream in ("story_transitions", "activity", "iteration_overrides"):
        assert rows_of(synced, f"FROM pivotal_tracker.{stream}") == []
    query = "SELECT count(*), count(velocity), count(team_strength) FROM pivotal_tracker.iterations"
    assert rows_of(synced, query) == [(2, 0, 0)]


def test_the_command_line_and_the_metadata_tell_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "harbor.csv").write_text(export(story(), story(Id="x")))
    environment = {
        "PIVOTAL_TRACKER_ARCHIVE": str(tmp_path / "harbor.csv"),
        "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE": "UTC",
    }
    with (
        SimulatorServer(worlds.world()) as server,
        dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance,
    ):
        project = Project(tmp_path, server, instance, **environment)
        result = project.materialize(f"{PIVOTAL_TRACKER}/stories")
        assert result.success
        note = "harbor.csv, line 3, column Id: 'x' is not a whole number, and the row was left out."
        assert note in metadata_of(result, "pivotal_tracker/stories")["notes"]
        print_notes(project.settings)
    assert note in " ".join(capsys.readouterr().err.split())


def test_tracker_ends_with_the_archive_while_clockify_goes_on(tmp_path: Path) -> None:
    """Tracker's last news is of March 11, 2024, Clockify's of March 2, 2026: one run computes each as of its own now."""
    rows = [story(Id="1", Accepted_at="Mar 11, 2024", **SECOND), story(Id="2", **OPEN)]
    (tmp_path / "harbor.csv").write_text(export(*rows))
    environment = {
        "PIVOTAL_TRACKER_ARCHIVE": str(tmp_path / "harbor.csv"),
        "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE": "UTC",
    }
    world = worlds.world(
        clockify=worlds.clockify_data(
            users=[worlds.user(worlds.USER_ID)],
            time_entries=[worlds.time_entry(1, "2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z")],
        )
    )
    streams = [
        f"{source}/{props.name}" for source, found in CONNECTORS.items() for props in found.streams
    ]
    tables = ("iterations", "story_states", "story_facts", "throughput_weekly", "aging_wip")
    with running_project(tmp_path, world, **environment) as project:
        result = project.materialize(
            *streams,
            *("delivery/items", "delivery/transitions", "project_management/story_blocks"),
            *(f"project_management/{table}" for table in tables),
            *("time_tracking/time_entry_facts", "time_tracking/time_entry_days"),
            checks=False,
        )
        assert result.success
        ends = datetime.fromisoformat(
            metadata_of(result, "project_management/throughput_weekly")["as_of"]
        )
        goes_on = datetime.fromisoformat(
            metadata_of(result, "time_tracking/time_entry_facts")["as_of"]
        )
        weeks = project.query("SELECT max(week_start) FROM project_management.throughput_weekly")
        ages = project.query("SELECT max(age_hours) FROM project_management.aging_wip")
        hours = project.query("SELECT started_at::DATE, hours FROM time_tracking.time_entry_facts")
    assert ends.date() == date(2024, 3, 11)
    assert goes_on.year >= 2026
    assert weeks == [(date(2024, 3, 11),)]
    assert ages[0][0] is None or ages[0][0] < 24 * 31
    assert hours == [(date(2026, 3, 2), 2.0)]
