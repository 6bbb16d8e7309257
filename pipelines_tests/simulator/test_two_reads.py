"""What two reads of the company at different moments show, and what the first of them cannot know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.defs.settings import load_settings
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.time_entry_facts import TIME_ENTRY_FACTS
from pipelines.metrics.write import write_metric
from pipelines.pyairbyte.destination import Window
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import Record, World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.instants import parse_instant
from pipelines.sources.registry import CLOCKIFY
from pipelines_tests.support.bench import ReadingBench

SUMMER = datetime(2026, 8, 13, 9, tzinfo=timezone.utc)
AUTUMN = datetime(2026, 11, 26, 9, tzinfo=timezone.utc)
#: Large enough for the person who moves and the project whose rate rises.
SIZE = replace(TINY, users=9, projects=8)


def nomad(world: World) -> Record:
    return world.clockify.users[6]


def test_somebody_moves_and_a_rate_rises_from_one_quarter_to_the_next() -> None:
    """Zone and rate are those of the day on which they are asked for; entries keep the rate of theirs."""
    summer, autumn = (generate(now=now, size=SIZE) for now in (SUMMER, AUTUMN))
    assert nomad(summer)["settings"]["timeZone"] == "Asia/Kolkata"
    assert nomad(autumn)["settings"]["timeZone"] == "Europe/Oslo"
    before, after = (
        world.clockify.projects[5]["hourlyRate"]["amount"] for world in (summer, autumn)
    )
    assert round(100 * after / before, 1) == round(100 * 106 / 104, 1)
    project = summer.clockify.projects[5]["id"]
    of_summer = {
        entry["id"]
        for entry in summer.clockify.time_entries
        if entry["projectId"] == project and (entry["hourlyRate"] or {}).get("amount") == before
    }
    kept = [
        entry["hourlyRate"]["amount"]
        for entry in autumn.clockify.time_entries
        if entry["id"] in of_summer and entry["projectId"] == project
    ]
    assert kept
    assert set(kept) == {before}


def test_the_look_back_of_the_demo_finds_all_late_edits() -> None:
    """No daemon looks for older ones there."""
    lookback = timedelta(days=load_settings({}).lookback_days)
    world = generate(now=AUTUMN, size=TINY)
    late = [
        change
        for change in world.clockify.changes
        if change["documentType"] == "TIME_ENTRY"
        and parse_instant(change["at"]) - parse_instant(change["document"]["timeInterval"]["start"])
        > lookback
    ]
    assert late == []


@pytest.mark.slow
def test_two_reads_keep_the_zone_and_the_rate_of_the_past(tmp_path: Path) -> None:
    """A read in August and one in November: whose zone and rate changed keeps those of August for the entries of then.

    Somebody with a new rate of today for an old hour would have worked for 2 % more than was agreed.
    """
    worlds = [generate(now=now, size=SIZE) for now in (SUMMER, AUTUMN)]
    shown = worlds
    with SimulatorServer(lambda: shown[0]) as server:
        config = {
            "api_key": CLOCKIFY_KEY,
            "workspace_id": worlds[0].clockify.workspace["id"],
            "api_url": server.url,
            "reports_url": f"{server.url}/report",
        }
        bench = ReadingBench(tmp_path, CLOCKIFY, config, SUMMER)
        for now in (SUMMER, AUTUMN):
            last = now.replace(hour=0)
            window = Window(last - timedelta(days=60), last, open_ended=False)
            streams = ("users", "workspaces", "clients", "projects", "tasks", "time_entries")
            assert not bench.read(*streams, window=window).errors
            shown = worlds[1:]
    somebody = nomad(worlds[0])["id"]
    project = worlds[0].clockify.projects[5]["id"]
    with bench.warehouse.connect() as connection:
        write_metric(connection, TIME_ENTRY_FACTS, MetricRun(AUTUMN, MetricSettings()))
        zones = connection.execute(
            "SELECT DISTINCT started_at > $summer, time_zone FROM time_tracking.time_entry_facts "
            "WHERE user_id = $somebody ORDER BY ALL",
            {"summer": SUMMER, "somebody": somebody},
        ).fetchall()
        rates = connection.execute(
            "SELECT DISTINCT rate FROM time_tracking.time_entry_facts "
            "WHERE project_id = $project AND rate_source = 'project' AND started_at < $summer",
            {"summer": SUMMER, "project": project},
        ).fetchall()
    assert zones == [(False, "Asia/Kolkata"), (True, "Europe/Oslo")]
    before, after = (world.clockify.projects[5]["hourlyRate"]["amount"] / 100 for world in worlds)
    assert [float(rate) for (rate,) in rates] == [before]
    assert before != after
