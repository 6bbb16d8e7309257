"""Records travel in batches: a thousand of them go into a file where they are read, and one message says so.

The CDK queues each record by itself, and PyAirbyte parses, validates, copies and writes each as a message of its own. That
takes several times as long as all that is done with the record.

Here: a reader of partitions that conforms its records and writes them as lines of a staging file.
It reads a part of a stream once more when the answer contradicted itself or lacks rows that the
destination has. Not here: what conforming means (``conform``), how the files become tables
(``cache``) and what an answer says (the connector). Importing this module imports PyAirbyte: do it
inside functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from airbyte.constants import AB_EXTRACTED_AT_COLUMN, AB_META_COLUMN, AB_RAW_ID_COLUMN
from airbyte_cdk.sources.concurrent_source.stream_thread_exception import StreamThreadException
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partition_reader import PartitionReader
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.types import PartitionCompleteSentinel
from airbyte_cdk.sources.types import Record

from pipelines.pyairbyte.conform import Conformer
from pipelines.pyairbyte.hooks import read_by
from pipelines.pyairbyte.instants import read_instant
from pipelines.pyairbyte.session import NoAnswer, ReadSession

#: A batch's data: how many records it has, and if it is the first in its file, which that is.
RECORDS = "records"
FILE = "file"
#: In place of these: all of the stream is written.
WHOLE = "whole"

_SIZE = 1000
#: Rows are numbered as they are read, so that the last of several with one key can be told.
_rows = count()


@dataclass
class Spool:
    """Where the batches of a read are written: a folder, with the conformer of each stream."""

    folder: Path
    conformers: Mapping[str, Conformer]
    session: ReadSession = field(default_factory=ReadSession)
    #: Later instants are not plausible: no record may move the state beyond the beginning of the
    #: read.
    began: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    #: Why nothing more can be written.
    failure: OSError | None = None
    #: Each partition has a file of its own.
    numbers: Iterator[int] = field(default_factory=count)


@contextmanager
def batched(spool: Spool) -> Iterator[None]:
    """While the block lasts, reads of the CDK write their records to ``spool`` and hand on batches."""
    with read_by(partial(_BatchReader, spool)):
        yield


class _BatchReader(PartitionReader):
    def __init__(self, spool: Spool, *args: Any) -> None:
        super().__init__(*args)
        self._spool = spool

    def process_partition(self, partition: Partition, cursor: Cursor) -> None:
        """As the CDK's, but for what goes into the queue."""
        is_read = False
        try:
            self._read(partition, cursor)
            cursor.close_partition(partition)
            is_read = True
        except Exception as failure:  # noqa: BLE001 (whatever it is, the thread that waits for the records must hear of it)
            self._queue.put(StreamThreadException(failure, partition.stream_name()))
        self._queue.put(PartitionCompleteSentinel(partition, is_read))

    def _read(self, partition: Partition, cursor: Cursor) -> None:
        """Read a part of a stream, twice where the first answer does not do; a part that was refused is not finished."""
        session = self._spool.session
        conform = self._spool.conformers[partition.stream_name()]
        own = partition.to_slice() or {}
        part = session.part(partition.stream_name(), {**getattr(own, "extra_fields", {}), **own})
        # A partition may also be one of many that are read for a parent, or of a stream that has none: such a piece lacks
        # what the others have.
        is_whole = part == session.part(partition.stream_name(), own) and (
            part.parent is not None or not own
        )
        seen: set[str] = set()
        for is_last in (False, True):
            try:
                self._write(
                    partition,
                    cursor,
                    partition.read(),
                    seen if is_whole and session.knows(part) else None,
                )
            except NoAnswer as none:
                if is_last:
                    # Others' parents are no worse for it; without parents there is nothing else.
                    if part.parent is None and not conform.props.optional:
                        raise
                    session.refuse(part, str(none))
                    return
            else:
                if session.refusal(part):
                    return
                if is_whole and not is_last and (elsewhere := session.seek(part, seen)):
                    records = [Record(dict(row), part.stream) for row in elsewhere]
                    self._write(partition, cursor, records, seen)
                if is_last or not is_whole or not session.is_missing_any(part, seen):
                    break
            session.look_again(part)
        if is_whole:
            session.count_vanished(part, seen)
            session.finish(part)

    def _write(
        self,
        partition: Partition,
        cursor: Cursor,
        records: Iterable[Record],
        seen: set[str] | None,
    ) -> None:
        """Write ``records`` of a partition; their keys are added to ``seen`` where that is wanted."""
        stream = partition.stream_name()
        conform = self._spool.conformers[stream]
        path = self._spool.folder / f"{stream}-{next(self._spool.numbers)}.jsonl"
        scope = conform.props.scope
        parent = (partition.to_slice() or {}).get(scope.column) if scope else None
        records = iter(records)
        with self._storing():
            file = path.open("wb")
        first = {FILE: str(path)}
        with file:
            while batch := list(islice(records, _SIZE)):
                with self._storing():
                    file.writelines(_lines(batch, conform, parent, seen))
                    file.flush()
                self._queue.put(Record({**first, RECORDS: len(batch)}, stream))
                first = {}
                for record in _to_observe(batch, conform.props.cursor, self._spool.began):
                    cursor.observe(record)

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """An error here comes from the disk. The source's errors may have the same type."""
        try:
            yield
        except OSError as failure:
            self._spool.failure = failure
            raise


def _lines(
    records: Iterable[Record], conform: Conformer, parent: Any, seen: set[str] | None
) -> Iterator[bytes]:
    """Each record as a row of its staging table, with the columns that PyAirbyte adds."""
    read_at = datetime.now(timezone.utc)
    for record in records:
        row = conform(record.data)
        if seen is not None:
            seen.add(key_text(conform.key(row)))
        own = {
            AB_RAW_ID_COLUMN: f"{next(_rows):012}",
            AB_EXTRACTED_AT_COLUMN: read_at,
            AB_META_COLUMN: {},
        }
        yield conform.line(record.data, row, own, parent)


def _to_observe(records: Sequence[Record], column: str | None, began: datetime) -> Sequence[Record]:
    """The records that the cursor has to see: the newest, where all are instants that can be compared.

    The CDK takes longer to parse an instant than to read its record, and its threads wait for each
    other meanwhile. It fails for a value that is no instant, so records without an instant move
    nothing. Neither does a record from after the read began: its clock may be wrong, and the state
    would pass over what comes until then.
    """
    if column is None:
        return records
    dated = [
        (moment, -number)
        for number, record in enumerate(records)
        if isinstance(text := record.data.get(column), str)
        and (moment := read_instant(text))
        and moment <= began
    ]
    return [records[-max(dated)[1]]] if dated else []


def key_text(values: Sequence[Any]) -> str:
    """A record's key as one text, the same as a destination makes of it."""
    return "|".join(str(value) for value in values)
