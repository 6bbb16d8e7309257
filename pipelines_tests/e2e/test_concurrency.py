"""Runs and readers at the same time: nothing is lost, nothing is seen half done, nobody waits longer than needed."""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pyairbyte.destination import PublishedStream, StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.pyairbyte.staging import staged_read
from pipelines.simulator import mutations
from pipelines.sources.registry import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support import worlds
from pipelines_tests.support.processes import Installation, materialize, process, signal
from pipelines_tests.support.project import running_project
from pipelines_tests.support.staging import prepare, publish, stage
from pipelines_tests.support.versions import held_version, stage_version

TAGS = CONNECTORS[CLOCKIFY].stream("tags")
ENTRIES = CONNECTORS[CLOCKIFY].stream("time_entries")
STORIES = CONNECTORS[PIVOTAL_TRACKER].stream("stories")
LABELS = CONNECTORS[PIVOTAL_TRACKER].stream("labels")
NOON = datetime(2024, 3, 3, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Bench:
    """A warehouse file, reads that began at given moments, and publishing them in any order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=120)
        self._reads = 0

    def read(
        self, props: AirbyteStreamProps, records: list[dict[str, Any]], began: datetime, **how: Any
    ) -> StagedStream:
        self._reads += 1
        database = self.folder / f"staging{self._reads}.duckdb"
        return stage(database, props, records, read_at=began, **how)

    def publish(self, staged: StagedStream) -> PublishedStream:
        destination = self.destination(staged.props.namespace)
        prepare(destination)
        return publish(destination, staged)

    def destination(self, source: str) -> WarehouseDestination:
        # So few rows that most removals are of more than half of them.
        return WarehouseDestination(
            self.warehouse, CONNECTORS[source], "live", allow_large_removals=True
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def tag(identity: str, name: str = "") -> dict[str, Any]:
    return {"id": identity, "name": name}


def entry(identity: str, start: str, description: str = "") -> dict[str, Any]:
    return {
        "id": identity,
        "user_id": "u1",
        "description": description,
        "time_interval": {"start": start},
    }


# --- two reads of one stream ---


def test_a_snapshot_that_began_earlier_does_not_undo_a_later_one(bench: Bench) -> None:
    """Between the beginnings *a* was renamed, *b* deleted and *c* created."""
    earlier = bench.read(TAGS, [tag("a", "old"), tag("b")], NOON)
    later = bench.read(TAGS, [tag("a", "new"), tag("c")], NOON + MINUTE)
    bench.publish(later)
    before = bench.query("FROM clockify.tags ORDER BY id")
    published = bench.publish(earlier)
    assert (published.added, published.changed, published.removed) == (0, 0, 0)
    assert "began later" in published.warnings[0]
    assert bench.query("FROM clockify.tags ORDER BY id") == before
    assert bench.query("SELECT id FROM clockify.tags_deleted") == []


def test_a_clock_that_was_wrong_once_does_not_shut_out_later_reads(bench: Bench) -> None:
    tomorrow = datetime.now(timezone.utc) + DAY
    bench.publish(bench.read(TAGS, [tag("a", "old")], tomorrow))
    published = bench.publish(bench.read(TAGS, [tag("a", "new")], datetime.now(timezone.utc)))
    assert published.changed == 1
    assert not published.warnings


def window(first: int, last: int) -> Window:
    """Days of March 2024, both included."""
    start = datetime(2024, 3, 1, tzinfo=timezone.utc)
    return Window(start + (first - 1) * DAY, start + last * DAY)


def test_of_overlapping_windows_each_day_keeps_its_latest_read(bench: Bench) -> None:
    """1 to 3 March, begun first, is published after the 2nd alone.

    Meanwhile *b* was edited, *c* deleted, *d* moved from the 3rd to the 2nd and *e* from the 2nd to the 1st. The earlier
    read still decides about the 1st and the 3rd, so *e* is missing until the 1st is read again: it lay on the 2nd then.
    """
    scope = {"scope_keys": ["u1"]}
    earlier = bench.read(
        ENTRIES,
        [
            entry("a", "2024-03-01T08:00:00Z"),
            entry("b", "2024-03-02T08:00:00Z", "old"),
            entry("c", "2024-03-02T09:00:00Z"),
            entry("d", "2024-03-03T08:00:00Z", "old"),
            entry("e", "2024-03-02T10:00:00Z"),
            entry("f", "2024-03-03T09:00:00Z"),
        ],
        NOON,
        window=window(1, 3),
        **scope,
    )
    later = bench.read(
        ENTRIES,
        [
            entry("b", "2024-03-02T08:00:00Z", "new"),
            entry("d", "2024-03-02T11:00:00Z", "new"),
        ],
        NOON + MINUTE,
        window=window(2, 2),
        **scope,
    )
    bench.publish(later)
    published = bench.publish(earlier)
    assert bench.query("SELECT id, description FROM clockify.time_entries ORDER BY id") == [
        ("a", ""),
        ("b", "new"),
        ("d", "new"),
        ("f", ""),
    ]
    assert "1 of the days" in published.warnings[0]
    days = "SELECT day(day), read_at FROM _pipelines.days_read ORDER BY day"
    assert bench.query(days) == [(1, NOON), (2, NOON + MINUTE), (3, NOON)]

    again = entry("e", "2024-03-01T10:00:00Z")
    bench.publish(
        bench.read(
            ENTRIES,
            [entry("a", "2024-03-01T08:00:00Z"), again],
            NOON + 2 * MINUTE,
            window=window(1, 1),
            **scope,
        )
    )
    assert [row[0] for row in bench.query("SELECT id FROM clockify.time_entries ORDER BY id")] == [
        *"abdef"
    ]


def test_windows_that_do_not_overlap_do_not_care_about_each_other(bench: Bench) -> None:
    first = bench.read(
        ENTRIES, [entry("a", "2024-03-01T08:00:00Z")], NOON, window=window(1, 1), scope_keys=["u1"]
    )
    second = bench.read(
        ENTRIES,
        [entry("b", "2024-03-02T08:00:00Z")],
        NOON + MINUTE,
        window=window(2, 2),
        scope_keys=["u1"],
    )
    bench.publish(second)
    assert not bench.publish(first).warnings
    assert bench.query("SELECT count(*) FROM clockify.time_entries") == [(2,)]


def test_planned_leave_follows_the_day_of_its_read(bench: Bench) -> None:
    """Leave on the 9th was cancelled between two reads of the 3rd."""
    today = Window(NOON.replace(hour=0), NOON.replace(hour=0) + DAY, open_ended=True)
    leave = entry("a", "2024-03-09T08:00:00Z")
    earlier = bench.read(ENTRIES, [leave], NOON, window=today, scope_keys=["u1"])
    later = bench.read(ENTRIES, [], NOON + MINUTE, window=today, scope_keys=["u1"])
    bench.publish(later)
    bench.publish(earlier)
    assert bench.query("SELECT id FROM clockify.time_entries") == []


def test_versions_of_parents_that_were_not_read_are_not_touched(bench: Bench) -> None:
    """A read that skipped project 1 as known must not say that the table has a version that another run brought."""
    first = bench.read(LABELS, [{"id": 1, "project_id": 1}], NOON, versions={"1": "5"})
    bench.publish(first)
    skipped = bench.read(LABELS, [], NOON + 2 * MINUTE, versions={"1": "5"}, unchanged=["1"])
    renamed = [{"id": 1, "project_id": 1, "name": "renamed"}]
    bench.publish(bench.read(LABELS, renamed, NOON + MINUTE, versions={"1": "6"}))
    bench.publish(skipped)
    assert bench.query("SELECT name FROM pivotal_tracker.labels") == [("renamed",)]
    with bench.destination(PIVOTAL_TRACKER).open() as opened:
        assert opened.versions([LABELS], None) == {"labels": {"1": "6"}}


_SNAPSHOT = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xy"))


@settings(max_examples=15)
@given(snapshots=st.lists(_SNAPSHOT, min_size=2, max_size=4), seed=st.integers(0, 99))
def test_in_any_order_of_publishing_the_read_that_began_last_wins(
    tmp_path_factory: pytest.TempPathFactory, snapshots: list[dict[str, str]], seed: int
) -> None:
    bench = Bench(tmp_path_factory.mktemp("order"))
    reads = [
        bench.read(TAGS, [tag(key, name) for key, name in snapshot.items()], NOON + n * MINUTE)
        for n, snapshot in enumerate(snapshots)
    ]
    for read in random.Random(seed).sample(reads, len(reads)):
        bench.publish(read)
    rows = bench.query("SELECT id, name FROM clockify.tags ORDER BY id")
    assert rows == sorted(snapshots[-1].items())


@pytest.mark.parametrize("first_to_publish", ["earlier", "later"])
def test_two_reads_from_one_state_lose_nothing_in_either_order(
    tmp_path: Path, first_to_publish: str
) -> None:
    """One story is edited before the first read, one between the two, and one after both."""
    stories = [worlds.story(n, name="old") for n in (1, 2, 3)]
    world = worlds.world(tracker=worlds.tracker_data(stories=stories))

    def edit(story: int, minutes: int) -> None:
        mutations.update_story(world, story, world.now + minutes * MINUTE, name=f"new {minutes}")

    with running_project(tmp_path, world) as project, ExitStack() as reads:
        assert project.materialize("pivotal_tracker/stories").success
        connector = CONNECTORS[PIVOTAL_TRACKER]
        destination = WarehouseDestination(Warehouse(project.settings.warehouse), connector, "live")

        def begin(name: str) -> StagedStream:
            with destination.open() as opened:
                request = ReadRequest(
                    connector,
                    project.settings.connector_config(PIVOTAL_TRACKER),
                    [STORIES],
                    opened.states([STORIES]),
                    versions=opened.versions([STORIES], None),
                )
            read = reads.enter_context(staged_read(request, tmp_path / name))
            [staged] = read.complete()
            return staged

        edit(1, 1)
        both = {"earlier": begin("earlier")}
        edit(1, 2)
        edit(2, 2)
        both["later"] = begin("later")
        publish(destination, both.pop(first_to_publish))
        publish(destination, *both.values())
        assert project.query("SELECT id, name FROM pivotal_tracker.stories ORDER BY id") == [
            (1, "new 2"),
            (2, "new 2"),
            (3, "old"),
        ]
        edit(3, 3)
        assert project.materialize("pivotal_tracker/stories").success
        assert project.query("SELECT id, name FROM pivotal_tracker.stories ORDER BY id") == [
            (1, "new 2"),
            (2, "new 2"),
            (3, "new 3"),
        ]


# --- two runs ---


def test_two_reads_in_one_process_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Both count their own requests, and standard output is the same afterwards."""
    world = worlds.world(clockify=worlds.clockify_data(tags=[worlds.tag(n) for n in range(5)]))
    with running_project(tmp_path, world, CLOCKIFY_PAGE_SIZE="1") as project:
        config = project.settings.connector_config(CLOCKIFY)
        output, requests = sys.stdout, []

        def read(name: str) -> None:
            airbyte = PyAirbyteResource(staging_dir=str(tmp_path / name))
            with airbyte.read(CONNECTORS[CLOCKIFY], config, ["tags"]) as staged:
                requests.append(next(staged.complete()).requests)

        threads = [threading.Thread(target=read, args=(name,)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert requests == [5, 5]
    assert sys.stdout is output


@pytest.mark.slow
def test_runs_at_once_of_the_same_and_of_different_streams(tmp_path: Path) -> None:
    """Three processes with homes of their own, so that no pool keeps them apart, begin with an empty warehouse."""
    clockify = worlds.clockify_data(
        tags=[worlds.tag(n) for n in range(30)],
        clients=[worlds.client(n) for n in range(30)],
        time_entries=[worlds.time_entry(n, f"2026-03-0{1 + n % 3}T08:00:00Z") for n in range(60)],
    )
    tracker = worlds.tracker_data(stories=[worlds.story(n) for n in range(1, 30)])
    runs = [
        ["clockify/tags", "clockify/clients", "clockify/time_entries"],
        ["clockify/tags", "clockify/time_entries"],
        ["pivotal_tracker/stories", "clockify/tags"],
    ]
    days = ("2026-03-01", "2026-03-03")
    with running_project(tmp_path, worlds.world(clockify=clockify, tracker=tracker)) as project:
        with ExitStack() as stack:
            processes = []
            for number, assets in enumerate(runs):
                home = Installation.of(project, DAGSTER_HOME=str(tmp_path / f"home{number}"))
                processes.append(stack.enter_context(process(materialize, home, assets, days)))
            for each in processes:
                each.join(300)
            assert [each.exitcode for each in processes] == [0, 0, 0]
        for table, records in (
            ("clockify.tags", clockify.tags),
            ("clockify.clients", clockify.clients),
            ("clockify.time_entries", clockify.time_entries),
            ("pivotal_tracker.stories", tracker.stories),
        ):
            assert project.keys(table) == sorted(record["id"] for record in records), table


# --- readers ---


def hold_open(path: Path, seconds: float, opened: Any) -> None:
    with duckdb.connect(str(path), read_only=True):
        opened.set()
        time.sleep(seconds)


def test_who_keeps_a_file_open_is_told_while_it_is_waited_for(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """After five seconds, and once; the sentence of the end names that process too."""
    bench.publish(bench.read(TAGS, [tag("a")], NOON))
    path, opened = bench.folder / "warehouse.duckdb", signal()
    with process(hold_open, path, 600, opened) as reader:
        assert opened.wait(300)
        with (
            pytest.raises(WarehouseError, match=rf"PID {reader.pid}\) for 6 s"),
            Warehouse(str(path), lock_timeout=6).connect(),
        ):
            pass
    (told,) = [record.getMessage() for record in caplog.records if "Waiting" in record.getMessage()]
    assert told.startswith(f"Waiting for the warehouse {path}: ")
    assert f"(PID {reader.pid}) has it open" in told


def test_a_reader_delays_publishing_no_longer_than_it_reads(bench: Bench) -> None:
    bench.publish(bench.read(TAGS, [tag("a")], NOON))
    opened = signal()
    with process(hold_open, bench.folder / "warehouse.duckdb", 2, opened):
        opened.wait(300)
        started = time.monotonic()
        bench.publish(bench.read(TAGS, [tag("b")], NOON + MINUTE))
        waited = time.monotonic() - started
    assert bench.query("SELECT id FROM clockify.tags") == [("b",)]
    assert 1 < waited < 120


def test_a_broken_file_is_not_taken_for_a_locked_one(tmp_path: Path) -> None:
    """The path has "lock" in it: nobody must wait for a lock that does not exist."""
    path = tmp_path / "clockify.duckdb"
    path.write_bytes(b"no database" * 1000)
    with (
        pytest.raises(WarehouseError, match="PIPELINES_WAREHOUSE"),
        Warehouse(str(path)).connect(),
    ):
        pass


def read_all_the_time(warehouse: Warehouse, opened: Any, finished: Any, broken: Any) -> None:
    """Open, look, close, without a pause; note rows and a state that do not belong together."""
    while not finished.is_set():
        rows, *versions = held_version(warehouse)
        opened.set()
        if rows != 500 or len(set(versions)) != 1:
            broken.set()


def test_a_reader_sees_the_old_or_the_new_state_and_starves_nobody(bench: Bench) -> None:
    versions = [stage_version(bench.folder, number, 500) for number in range(11)]
    bench.publish(versions[0])
    opened, finished, broken = signal(), signal(), signal()
    with process(read_all_the_time, bench.warehouse, opened, finished, broken) as reader:
        opened.wait(300)
        started = time.monotonic()
        for version in versions[1:]:
            bench.publish(version)
        took = time.monotonic() - started
        finished.set()
        reader.join(300)
        assert reader.exitcode == 0
    assert not broken.is_set()
    assert held_version(bench.warehouse) == (500, "10", "10", "10")
    assert took < 300
