"""A small request budget: syncs succeed, come further each hour, and end with what a read without a budget has.

The server enforces the same limit and counts by itself; "an hour passes" for both without anybody waiting for it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.pyairbyte.deferral import DEFERRED
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import World
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines_tests.support import worlds
from pipelines_tests.support.processes import Installation, materialize, process
from pipelines_tests.support.project import FIRST_DAY, LAST_DAY, Project, running_project

PER_HOUR = 30
PEOPLE = 20
STREAMS = [f"{CLOCKIFY}/{props.name}" for props in CONNECTORS[CLOCKIFY].streams]
ENTRIES = "clockify/time_entries"


def company() -> World:
    """Twenty people; the first three have three entries, which are two pages, the others one."""
    people = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(PEOPLE)]
    entries = [
        worlds.time_entry(
            10 * n + number, f"2026-03-{1 + number:02}T08:00:00Z", userId=person["id"]
        )
        for n, person in enumerate(people)
        for number in range(3 if n < 3 else 1)
    ]
    return worlds.world(
        clockify=worlds.clockify_data(
            users=people,
            time_entries=entries,
            tags=[worlds.tag(n) for n in range(3)],
            clients=[worlds.client(n) for n in range(3)],
            projects=[worlds.clockify_project(n) for n in range(3)],
        )
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with running_project(
        tmp_path,
        company(),
        Behaviour(requests_per_hour=PER_HOUR),
        CLOCKIFY_REQUESTS_PER_HOUR=str(PER_HOUR),
        CLOCKIFY_PAGE_SIZE="20",
    ) as running:
        yield running


def time_passes(project: Project, seconds: float = 3600.0) -> None:
    """For the server and for the ledger."""
    project.server.let_pass(seconds)
    with sqlite3.connect(project.folder / "requests.sqlite") as ledger:
        ledger.execute("UPDATE requests SET at = at - ?", [seconds])


def until_nothing_more_comes(project: Project) -> None:
    """What a killed process had sent may be waiting still, and must count for the hour in which it was sent."""
    seen = -1
    while seen != (seen := len(project.server.requests.seen)):
        time.sleep(1)


def sync(project: Project, days: tuple[str, str] = (FIRST_DAY, LAST_DAY)) -> set[str]:
    """One sync, which must succeed and stay within the budget; the streams it materialized."""
    result = project.materialize(*STREAMS, days=days)
    assert result.success
    assert 429 not in {seen.status for seen in project.server.requests.seen}
    return {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def told(project: Project, asset: str) -> str:
    """The last that was told of a stream being put off."""
    record = project.instance.fetch_observations(dg.AssetKey(asset.split("/")), limit=1).records[0]
    assert record.event_log_entry.asset_observation is not None
    return str(record.event_log_entry.asset_observation.metadata[DEFERRED].value)


def contents(project: Project, stream: str) -> list[tuple[object, ...]]:
    return project.query(
        "SELECT * EXCLUDE (_extra, _extracted_at, _first_seen_at) "
        f"FROM {stream.replace('/', '.')} ORDER BY ALL"
    )


def assert_equal_to_a_fresh_read(project: Project) -> None:
    project.server.change_behaviour(requests_per_hour=None)
    fresh = Project(project.folder / "fresh", project.server, project.instance)
    assert fresh.materialize(*STREAMS, checks=False).success
    for stream in STREAMS:
        assert contents(project, stream) == contents(fresh, stream), stream


def people_with_entries(project: Project) -> int:
    return int(project.query("SELECT count(DISTINCT user_id) FROM clockify.time_entries")[0][0])


@pytest.mark.slow
def test_syncs_come_further_each_hour_until_they_equal_a_fresh_read(project: Project) -> None:
    """One of them is killed; an entry is deleted and one is edited while they are under way."""
    project.world.clockify.time_entries += [
        worlds.time_entry(5000 + n, "2026-03-05T08:00:00Z", userId=worlds.hex_id(100 + n % PEOPLE))
        for n in range(20 * PEOPLE)
    ]
    first = sync(project)
    assert ENTRIES not in first
    assert len(project.server.requests.seen) == PER_HOUR
    done = people_with_entries(project)
    assert 0 < done < PEOPLE
    sentence = told(project, ENTRIES)
    assert sentence.startswith(f"Clockify: {PER_HOUR} of {PER_HOUR} requests of this hour are used")
    assert (
        f"time_entries, with {done} of {PEOPLE} users read for {FIRST_DAY} to {LAST_DAY}"
        in sentence
    )
    assert "CLOCKIFY_REQUESTS_PER_HOUR" in sentence
    assert project.query("SELECT count(*) FROM _pipelines.days_read") == [(0,)]

    assert sync(project) == set(), "nothing is left of the hour"
    assert len(project.server.requests.seen) == PER_HOUR

    time_passes(project)
    project.server.add_fault("/user/", "slow", delay_ms=200, times=None)
    with process(materialize, Installation.of(project), STREAMS) as run:
        while project.server.requests.count("/time-entries") < PER_HOUR:
            assert run.is_alive()
            time.sleep(0.01)
        run.kill()
    until_nothing_more_comes(project)
    project.server.clear_faults()
    assert people_with_entries(project) == done

    materialized = set(first)
    for _ in range(8):
        time_passes(project)
        materialized |= sync(project)
        if materialized == set(STREAMS):
            break
    assert materialized == set(STREAMS)
    assert_equal_to_a_fresh_read(project)
