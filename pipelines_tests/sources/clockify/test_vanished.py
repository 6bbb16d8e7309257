"""Entries that a window lacks: asked for by id before they count as deleted, in whichever way the host allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.pyairbyte.destination import Window
from pipelines.simulator import mutations
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.bench import Outcome, ReadingBench

FIRST_DAY = datetime(2026, 3, 1, tzinfo=timezone.utc)
#: The look-back: the days from here on are read again.
LOOK_BACK = datetime(2026, 3, 10, tzinfo=timezone.utc)
MOVED, DELETED = worlds.hex_id(1), worlds.hex_id(2)
BATCH, ONE, FEED = "/time-entries/batch", r"/time-entries/0+\d+$", "/entities/deleted"
VANISHED = "vanished from what was read"


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


class Look(ReadingBench):
    """A warehouse that has read all, and reads the days of the look-back again."""

    def again(self, **config: Any) -> Outcome:
        end = now().replace(hour=0, minute=0, second=0) + timedelta(days=1)
        return self.read("time_entries", window=Window(LOOK_BACK, end, open_ended=True), **config)

    def starts(self, table: str = "time_entries") -> dict[str, str]:
        """First ten characters of the starts, by id."""
        with self.warehouse.connect(read_only=True) as connection:
            rows = connection.execute(
                f"SELECT id, left(time_interval ->> '$.start', 10) FROM clockify.{table}"
            ).fetchall()
        return dict(rows)


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Entries 1 and 2 lie in the look-back, 3 too; 4 lies before it."""
    days = {1: "11", 2: "12", 3: "13", 4: "05"}
    entries = [
        worlds.time_entry(number, f"2026-03-{day}T08:00:00Z", f"2026-03-{day}T09:00:00Z")
        for number, day in days.items()
    ]
    world = worlds.world(now=now(), clockify=worlds.clockify_data(time_entries=entries))
    with SimulatorServer(world) as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: SimulatorServer) -> Look:
    config = {
        "api_key": CLOCKIFY_KEY,
        "workspace_id": worlds.WORKSPACE_ID,
        "api_url": server.url,
        "retry_seconds": 0.01,
        "earliest_start_date": "2026-03-01T00:00:00Z",
    }
    bench = Look(tmp_path, "clockify", config, FIRST_DAY)
    assert not bench.read("time_entries").told
    assert len(bench.starts()) == 4
    return bench


def move_and_delete(server: SimulatorServer) -> None:
    mutations.update_entry(
        server.world, MOVED, now(), start="2026-03-03T08:00:00Z", end="2026-03-03T09:00:00Z"
    )
    mutations.delete_entry(server.world, DELETED, now())
    server.requests.clear()


@pytest.mark.parametrize("refused", [(), (BATCH,), (BATCH, FEED)])
def test_a_moved_entry_is_on_its_new_day_and_a_deleted_one_is_gone(
    server: SimulatorServer, bench: Look, refused: tuple[str, ...]
) -> None:
    move_and_delete(server)
    for path in refused:
        server.add_fault(path, status=404, times=None)
    outcome = bench.again()
    assert not outcome.told
    assert bench.starts() == {
        MOVED: "2026-03-03",
        worlds.hex_id(3): "2026-03-13",
        worlds.hex_id(4): "2026-03-05",
    }
    assert set(bench.starts("time_entries_deleted")) == {DELETED}
    if not refused:
        assert server.requests.count(BATCH) == 1
        assert server.requests.count(FEED) == 0
        assert server.requests.count("/user/.*/time-entries") == 1, "the list was believed at once"


def test_what_cannot_be_asked_for_counts_as_deleted_and_one_sentence_says_how_many(
    server: SimulatorServer, bench: Look
) -> None:
    move_and_delete(server)
    for path in (BATCH, ONE, FEED):
        server.add_fault(path, status=403, times=None)
    outcome = bench.again()
    assert outcome.told.count(VANISHED) == 1
    assert "2 rows vanished" in outcome.told
    assert set(bench.starts("time_entries_deleted")) == {MOVED, DELETED}


def test_an_answer_that_names_no_entry_is_no_evidence(server: SimulatorServer, bench: Look) -> None:
    """A host that answers every batch with an empty list has not said that anything is gone."""
    move_and_delete(server)
    server.add_fault(BATCH, kind="answer", status=200, body="[]", times=None)
    assert not bench.again().told
    assert bench.starts()[MOVED] == "2026-03-03"


@pytest.mark.parametrize("refused", [(), (BATCH, FEED), (BATCH, ONE)])
def test_days_that_a_deletion_empties_are_believed_at_once(
    server: SimulatorServer, bench: Look, refused: tuple[str, ...]
) -> None:
    """Nothing is left in the window: the list alone would have to miss the entries twice."""
    for number in (1, 2, 3):
        mutations.delete_entry(server.world, worlds.hex_id(number), now() - timedelta(minutes=9))
    for path in refused:
        server.add_fault(path, status=404, times=None)
    assert not bench.again().told
    assert set(bench.starts()) == {worlds.hex_id(4)}


def test_a_list_that_lies_loses_no_entry(server: SimulatorServer, bench: Look) -> None:
    before = bench.starts()
    server.add_fault("/user/", kind="answer", status=200, body="[]", times=None)
    bench.again()
    assert bench.starts() == before


def test_an_entry_that_moves_before_the_start_date_is_gone_from_here(
    server: SimulatorServer, bench: Look
) -> None:
    mutations.update_entry(
        server.world, MOVED, now(), start="2026-02-03T08:00:00Z", end="2026-02-03T09:00:00Z"
    )
    assert not bench.again().told
    assert MOVED not in bench.starts()


def test_nothing_is_asked_for_while_little_of_the_budget_is_left(
    server: SimulatorServer, bench: Look, tmp_path: Path
) -> None:
    """Of eight requests six are made by then: people and lists go first."""
    move_and_delete(server)
    budget: dict[str, Any] = {"requests_per_hour": 8, "request_ledger": str(tmp_path / "ledger")}
    assert not bench.read("clients", "tags", "user_groups", **budget).told
    outcome = bench.again(**budget)
    assert server.requests.count(BATCH) == 0
    assert "2 rows vanished" in outcome.told
