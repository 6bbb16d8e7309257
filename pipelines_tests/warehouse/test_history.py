"""Earlier versions of a snapshot's rows: each is kept once, for as long as it was what the source said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.history import keep_earlier_versions
from pipelines.warehouse.raw_tables import raw_tables, stream_address
from pipelines_tests.support.staging import READ_AT, prepare, publish, stage

CLOCKIFY = CONNECTORS["clockify"]
USERS = CLOCKIFY.stream("users")
TAGS = CLOCKIFY.stream("tags")
ENTRIES = CLOCKIFY.stream("time_entries")
DAY = timedelta(days=1)
VERSIONS = (
    "SELECT id, name, _valid_from, _valid_to FROM clockify.tags_history ORDER BY id, _valid_from"
)


class Reads:
    """A warehouse that gets one read a day, beginning with ``READ_AT``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = Warehouse(str(folder / "warehouse.duckdb"))
        self.destination = WarehouseDestination(self.warehouse, CLOCKIFY, "live", True)
        self.days = 0

    def read(
        self, records: Sequence[dict[str, Any]], props: AirbyteStreamProps = TAGS, **how: Any
    ) -> None:
        moment = READ_AT + self.days * DAY
        staged = stage(self.folder / "staging.duckdb", props, records, read_at=moment, **how)
        prepare(self.destination)
        publish(self.destination, staged)
        self.days += 1

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path)


def test_a_change_keeps_the_version_before(reads: Reads) -> None:
    """Ann's rate was 5,000 on 2 and 3 March, 6,000 from the 4th on, 7,000 from the 5th on; Bob's did not change."""

    def people(rate: int) -> list[dict[str, Any]]:
        of_ann = [{"userId": "ann", "hourlyRate": {"amount": rate, "currency": "EUR"}}]
        return [{"id": "ann", "name": "Ann", "memberships": of_ann}, {"id": "bob", "name": "Bob"}]

    for rate in (5000, 5000, 6000, 7000):
        reads.read(people(rate), USERS)
    assert reads.query(
        "SELECT id, memberships->0->'hourlyRate'->>'amount', _valid_from, _valid_to, _first_seen_at "
        "FROM clockify.users_history ORDER BY _valid_from"
    ) == [
        ("ann", "5000", READ_AT, READ_AT + 2 * DAY, READ_AT),
        ("ann", "6000", READ_AT + 2 * DAY, READ_AT + 3 * DAY, READ_AT),
    ]
    assert reads.query("SELECT _extracted_at FROM clockify.users WHERE id = 'ann'") == [
        (READ_AT + 3 * DAY,)
    ]


def test_what_nobody_declared_makes_no_version(reads: Reads) -> None:
    """``colour`` changes on the 3rd; the name, which did not change with it, on the 4th."""
    reads.read([{"id": "a", "name": "one", "colour": "red"}])
    reads.read([{"id": "a", "name": "one", "colour": "blue"}])
    assert reads.query("SELECT _extra->>'colour', _extracted_at FROM clockify.tags") == [
        ("blue", READ_AT)
    ]
    assert reads.query(VERSIONS) == []
    reads.read([{"id": "a", "name": "two", "colour": "blue"}])
    assert reads.query(VERSIONS) == [("a", "one", READ_AT, READ_AT + 2 * DAY)]


def test_a_row_that_comes_back_is_a_new_version(reads: Reads) -> None:
    """There on the 2nd and 3rd, gone on the 4th, back on the 5th, renamed on the 6th."""
    for records in ([{"id": "a", "name": "one"}],) * 2, [], [{"id": "a", "name": "one"}]:
        for each in records if isinstance(records, tuple) else (records,):
            reads.read(each)
    reads.read([{"id": "a", "name": "two"}])
    assert reads.query(VERSIONS) == [
        ("a", "one", READ_AT, READ_AT + DAY),
        ("a", "one", READ_AT + 3 * DAY, READ_AT + 4 * DAY),
    ]


def test_only_snapshots_have_versions(reads: Reads) -> None:
    window = Window(READ_AT.replace(hour=0), READ_AT.replace(hour=0) + DAY)
    interval = {"start": "2026-03-02T08:00:00Z", "end": None, "duration": None}
    for description in ("one", "two"):
        entry = {"id": "a", "user_id": "u", "time_interval": interval, "description": description}
        reads.read([entry], ENTRIES, window=window, scope_keys=["u"])
    assert reads.query("SELECT description FROM clockify.time_entries") == [("two",)]
    assert "time_entries_history" not in raw_tables(CLOCKIFY.streams)


def test_versions_are_kept_with_the_change_or_not_at_all(
    reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_afterwards(*arguments: Any) -> None:
        keep_earlier_versions(*arguments)
        raise RuntimeError("the disk broke")

    reads.read([{"id": "a", "name": "one"}])
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.warehouse.publish.keep_earlier_versions", fail_afterwards)
        with pytest.raises(RuntimeError, match="the disk broke"):
            reads.read([{"id": "a", "name": "two"}])
    assert reads.query(VERSIONS) == []
    reads.read([{"id": "a", "name": "two"}])
    assert len(reads.query(VERSIONS)) == 1


def test_tables_beside_a_streams_own_belong_to_it() -> None:
    for namespace, connector in CONNECTORS.items():
        streams = {f"{namespace}.{props.name}" for props in connector.streams}
        tables = {f"{namespace}.{name}" for name in raw_tables(connector.streams)}
        assert {stream_address(address) for address in tables} == streams


NAMES = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["one", "two", None]))


@given(answers=st.lists(NAMES, min_size=1, max_size=6))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_any_moment_has_the_version_that_was_read_last(
    answers: list[dict[str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As of each read, the newest version of a key that had begun is what that read or the last one with it showed."""
    reads = Reads(tmp_path_factory.mktemp("reads"))
    for answer in answers:
        reads.read([{"id": key, "name": name} for key, name in answer.items()])
    versions = reads.query(
        "SELECT id, name, _valid_from, _valid_to FROM clockify.tags_history "
        "UNION ALL SELECT id, name, _extracted_at, NULL FROM clockify.tags "
        "UNION ALL SELECT id, name, _extracted_at, _last_seen_at FROM clockify.tags_deleted "
        "ORDER BY id, _extracted_at"
    )
    known: dict[str, str | None] = {}
    for number, answer in enumerate(answers):
        moment = READ_AT + number * DAY
        known |= answer
        in_force = {key: name for key, name, since, _ in versions if since <= moment}
        assert in_force == known
        open_now = {
            key: name
            for key, name, since, until in versions
            if since <= moment and (until is None or moment < until)
        }
        assert open_now.items() <= known.items()
    for (key, _, _, ended), (next_key, _, began, _) in pairwise(versions):
        assert key != next_key or ended <= began
