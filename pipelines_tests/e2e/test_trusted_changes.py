"""With ``CLOCKIFY_TRUST_CHANGES`` a sync asks for the entries of people who changed; the table is right all the same.

Days are counted back from today, because only a sync of the days up to now trusts the feed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.defs import trusted_changes
from pipelines.defs.jobs import sync_config
from pipelines.simulator import mutations
from pipelines.simulator.model import World
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, everything_recorded, running_project

ENTRIES = "clockify/time_entries"
PEOPLE = [worlds.hex_id(100 + n) for n in range(4)]
ANN, BOB, CID, DOT = PEOPLE


def now() -> datetime:
    return datetime.now(timezone.utc)


def day(days_ago: int) -> str:
    return (now().date() - timedelta(days=days_ago)).isoformat()


def company() -> World:
    """Four people with an entry of ten days ago and one of two."""
    entries = [
        worlds.time_entry(
            10 * n + days_ago,
            f"{day(days_ago)}T08:00:00Z",
            f"{day(days_ago)}T09:00:00Z",
            userId=person,
        )
        for n, person in enumerate(PEOPLE)
        for days_ago in (2, 9)
    ]
    users = [worlds.user(person, email=f"{person[-3:]}@example.com") for person in PEOPLE]
    return worlds.world(now=now(), clockify=worlds.clockify_data(users=users, time_entries=entries))


def sync(
    project: Project,
    first: int = 14,
    last: int = 0,
    *,
    full_refresh: bool = False,
    trust: bool = True,
) -> tuple[set[str], str]:
    """Read days as a sync does: the people who were asked for, and all that was recorded of it."""
    project.world.now = now()
    before = project.server.requests.by_path.copy()
    result = project.materialize(
        ENTRIES,
        "clockify/users",
        days=(day(first), day(last)),
        full_refresh=full_refresh,
        trust_changes=trust,
    )
    assert result.success
    asked = project.server.requests.by_path - before
    people = {path.split("/")[-2] for path in asked if path.endswith("/time-entries")}
    return people, everything_recorded(result, project.instance)


def assert_equal_to_the_server(project: Project) -> None:
    there = sorted(
        (entry["id"], entry["description"]) for entry in project.world.clockify.time_entries
    )
    assert project.query("SELECT id, description FROM clockify.time_entries ORDER BY id") == there


def long_ago(project: Project, hours: int = 2) -> None:
    """Let all that was read and seen so far be older, so that no clock's error matters."""
    with Warehouse(project.settings.warehouse).connect() as connection:
        older = f"- INTERVAL {hours} HOUR"
        for table in ("clockify.time_entries", "clockify.users"):
            connection.execute(
                f"UPDATE {table} SET _first_seen_at = _first_seen_at {older}, "
                f"_extracted_at = _extracted_at {older}"
            )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """All days were read, by a read that is no first one any more."""
    settings = {"PIPELINES_START_DATE": day(20), "CLOCKIFY_TIME_ENTRIES": "lists"}
    with running_project(tmp_path, company(), **settings) as running:
        sync(running, 20)
        long_ago(running)
        sync(running, 20, trust=False)
        yield running


def test_who_did_not_change_is_not_asked_for(project: Project) -> None:
    """Created, edited and deleted, each by one person, who are asked for until everybody was read again."""
    before = project.server.requests.total
    assert sync(project)[0] == set()
    # The list of people by each of the two steps, and the three feeds.
    assert project.server.requests.total - before == 5

    world = project.world
    mutations.create_entry(world, ANN, now(), start=now() - timedelta(days=1), end=now())
    mutations.update_entry(world, worlds.hex_id(12), now(), description="edited")
    mutations.delete_entry(world, worlds.hex_id(22), now())
    assert sync(project)[0] == {ANN, BOB, CID}
    assert_equal_to_the_server(project)
    assert sync(project)[0] == {ANN, BOB, CID}
    assert sync(project, trust=False)[0] == set(PEOPLE)
    assert_equal_to_the_server(project)


def test_what_was_created_read_and_deleted_goes(project: Project) -> None:
    """Since everybody was read, the feed tells neither that it came nor that it went."""
    entry = mutations.create_entry(
        project.world, ANN, now(), start=now() - timedelta(hours=3), end=now()
    )
    assert sync(project)[0] == {ANN}
    assert_equal_to_the_server(project)
    mutations.delete_entry(project.world, entry["id"], now())
    assert sync(project)[0] == {ANN}
    assert_equal_to_the_server(project)


def test_a_deletion_that_the_feed_tells_late_is_found_by_the_next_sync(project: Project) -> None:
    project.server.change_behaviour(deletion_delay_s=60)
    mutations.delete_entry(project.world, worlds.hex_id(32), now())
    assert sync(project)[0] == set()
    project.server.change_behaviour(deletion_delay_s=0)
    assert sync(project)[0] == {DOT}
    assert_equal_to_the_server(project)


def test_a_new_person_and_a_running_timer_are_read(project: Project) -> None:
    """Somebody who comes may have entries that no feed tells of."""
    mutations.create_entry(project.world, BOB, now(), start=now())
    sync(project, trust=False)
    eve = worlds.hex_id(200)
    project.world.clockify.users.append(worlds.user(eve, email="eve@example.com"))
    start = f"{day(1)}T08:00:00Z"
    project.world.clockify.time_entries.append(worlds.time_entry(900, start, start, userId=eve))
    assert sync(project)[0] == {BOB, eve}
    assert_equal_to_the_server(project)


def test_everybody_is_read_where_it_was_asked_for(project: Project) -> None:
    """A day that was never read, a backfill of past days, a full refresh, a run that is no sync."""
    with Warehouse(project.settings.warehouse).connect() as connection:
        connection.execute(
            "DELETE FROM _pipelines.days_read WHERE stream = 'time_entries' AND day = $day",
            {"day": day(5)},
        )
    assert sync(project)[0] == set(PEOPLE)
    assert sync(project, 9, 3)[0] == set(PEOPLE)
    assert sync(project, full_refresh=True, trust=False)[0] == set(PEOPLE)
    assert not _trusts(sync_config(project.settings, full_refresh=False))
    project.environment["CLOCKIFY_TRUST_CHANGES"] = "1"
    assert _trusts(sync_config(project.settings, full_refresh=False))
    assert not _trusts(sync_config(project.settings, full_refresh=True))


def test_everybody_is_read_where_the_feed_is_refused_fails_or_is_too_long(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assert_everybody_is_read() -> None:
        people, recorded = sync(project)
        assert people == set(PEOPLE)
        assert "CLOCKIFY_TRUST_CHANGES is of no use to this read" in recorded

    outage = project.server.add_fault("/entities/", "status", status=503, times=None)
    assert_everybody_is_read()
    outage.times = 0
    monkeypatch.setattr(trusted_changes, "_MOST_REQUESTS", 2)
    assert_everybody_is_read()
    monkeypatch.undo()
    project.server.change_behaviour(plan="free")
    assert_everybody_is_read()


def test_days_count_as_read_when_everybody_was(project: Project) -> None:
    """So ``clockify_changes`` finds what was changed since by somebody who was not read."""
    moments = "SELECT DISTINCT read_at FROM _pipelines.days_read WHERE stream = 'time_entries'"
    before = project.query(moments)
    assert sync(project)[0] == set()
    assert project.query(moments) == before
    sync(project, 20, trust=False)
    assert project.query(moments) != before


def _trusts(config: dict[str, object]) -> bool:
    return "'trust_changes': True" in str(config)
