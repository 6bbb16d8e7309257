"""What the CDK's queue gets of a partition, and what the staging file gets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStreamStatus,
    AirbyteStreamStatusTraceMessage,
    AirbyteTraceMessage,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.sources.concurrent_source import concurrent_source
from airbyte_cdk.sources.concurrent_source.stream_thread_exception import StreamThreadException
from airbyte_cdk.sources.streams.concurrent.cursor import FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.types import (
    PartitionCompleteSentinel,
    QueueItem,
)
from airbyte_cdk.sources.types import Record

from pipelines.pyairbyte.batches import FILE, RECORDS, WHOLE, Spool, batched
from pipelines.pyairbyte.conform import Conformer
from pipelines.sources.registry import CONNECTORS

STORIES = CONNECTORS["pivotal_tracker"].stream("stories")


class Rows(Partition):
    """A partition of stories; with ``breaks_off`` it fails after its last row."""

    def __init__(self, rows: list[dict[str, Any]], *, breaks_off: bool = False) -> None:
        self._rows = rows
        self._breaks_off = breaks_off

    def read(self) -> Iterable[Record]:
        for row in self._rows:
            yield Record(row, "stories")
        if self._breaks_off:
            raise ConnectionError

    def to_slice(self) -> Mapping[str, Any] | None:
        return None

    def stream_name(self) -> str:
        return "stories"

    def __hash__(self) -> int:
        return id(self)


class Observing(FinalStateCursor):
    """Remembers which stories it was shown."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def observe(self, record: Record) -> None:
        self.seen.append(record["id"])

    def close_partition(self, partition: Partition) -> None:
        pass


def read(folder: Path, partition: Partition, cursor: Observing) -> list[QueueItem]:
    """What a read of the partition puts into the queue."""
    queue: Queue[QueueItem] = Queue()
    with batched(Spool(folder, {"stories": Conformer(STORIES)})):
        concurrent_source.PartitionReader(queue).process_partition(partition, cursor)
    return list(queue.queue)


def stories(*updated_at: str | None) -> list[dict[str, Any]]:
    return [{"id": number, "updated_at": moment} for number, moment in enumerate(updated_at)]


def test_a_thousand_records_are_one_message_and_a_partition_is_one_file(tmp_path: Path) -> None:
    """2,500 stories: batches of 1,000, 1,000 and 500, and 2,500 lines in the order of the read."""
    rows = stories(*["2026-03-02T10:00:00Z"] * 2500)
    *batches, end = read(tmp_path, Rows(rows), Observing())
    assert [batch.data[RECORDS] for batch in batches] == [1000, 1000, 500]  # type: ignore[union-attr]
    assert [FILE in batch.data for batch in batches] == [True, False, False]  # type: ignore[union-attr]
    assert isinstance(end, PartitionCompleteSentinel)
    assert end.is_successful
    (file,) = tmp_path.iterdir()
    assert str(file) == batches[0].data[FILE]  # type: ignore[union-attr]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["id"] for line in lines] == list(range(2500))
    numbers = [line["_airbyte_raw_id"] for line in lines]
    assert numbers == sorted(set(numbers)), "the last of two rows with one key cannot be told"


@pytest.mark.parametrize(
    ("updated_at", "observed"),
    [
        # The newest, in whatever order and spelling.
        (("2026-03-02T10:00:00Z", "2026-03-05T10:00:00Z", "2026-03-04T10:00:00Z"), [1]),
        (("2026-03-02T10:00:00Z", "2026-03-02T10:00:00.500Z", "2026-03-02T11:00:00+01:00"), [1]),
        # Over what is no instant the CDK's cursor would fail: such records move nothing.
        (("2026-03-02T10:00:00Z", None), [0]),
        (("yesterday", "2026-03-02T10:00:00Z"), [1]),
        (("2026-03-02T10:00:00Z", "2026-03-02T10:00:00"), [0]),
        ((None, "yesterday"), []),
    ],
)
def test_the_cursor_sees_the_newest_record(
    tmp_path: Path, updated_at: tuple[str | None, ...], observed: list[int]
) -> None:
    cursor = Observing()
    read(tmp_path, Rows(stories(*updated_at)), cursor)
    assert cursor.seen == observed


def test_a_partition_that_breaks_off_says_so(tmp_path: Path) -> None:
    failure, end = read(tmp_path, Rows(stories(None), breaks_off=True), Observing())
    assert isinstance(failure, StreamThreadException)
    assert isinstance(failure.exception, ConnectionError)
    assert isinstance(end, PartitionCompleteSentinel)
    assert not end.is_successful


def test_what_cannot_be_written_is_the_read_s_failure(tmp_path: Path) -> None:
    """The device that is always full."""
    spool = Spool(tmp_path, {"stories": Conformer(STORIES)})
    (tmp_path / "stories-0.jsonl").symlink_to("/dev/full")
    queue: Queue[QueueItem] = Queue()
    with batched(spool):
        concurrent_source.PartitionReader(queue).process_partition(
            Rows(stories("2026-03-02T10:00:00Z")), Observing()
        )
    assert isinstance(spool.failure, OSError)


def test_of_a_stream_that_is_whole_the_cache_is_told_at_once(tmp_path: Path) -> None:
    """Stories are whole, labels broke off: only of the former PyAirbyte gets a line, upon which the cache loads them."""
    from pipelines.pyairbyte.executor import StreamwiseExecutor
    from pipelines.pyairbyte.outcome import StreamOutcome

    connector = CONNECTORS["pivotal_tracker"]
    executor = StreamwiseExecutor(connector, {}, tmp_path)
    executor.outcomes = {
        name: StreamOutcome(Conformer(connector.stream(name))) for name in ("stories", "labels")
    }
    status = {
        name: AirbyteMessage(
            type=Type.TRACE,
            trace=AirbyteTraceMessage(
                type=TraceType.STREAM_STATUS,
                emitted_at=0.0,
                stream_status=AirbyteStreamStatusTraceMessage(
                    stream_descriptor=StreamDescriptor(name=name), status=told
                ),
            ),
        )
        for name, told in (
            ("stories", AirbyteStreamStatus.COMPLETE),
            ("labels", AirbyteStreamStatus.INCOMPLETE),
        )
    }
    line = executor._digest(status["stories"])
    assert executor._digest(status["labels"]) is None
    assert line is not None
    told = json.loads(line)["record"]
    assert (told["stream"], told["data"]) == ("stories", {WHOLE: True})
