"""PyAirbyte's DuckDB cache with plainer staging files.

PyAirbyte's writer compresses its files and looks up every key of every record in the schema, which takes longer than all
the rest of storing a record. Here the files live for seconds on the same disk, and records that were conformed (see
``conform``) have no other keys than the declared ones. Here: that writer, and a cache that uses it. Not here: what is
read, and what becomes of the rows. Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any, ClassVar

import orjson
from airbyte._processors.sql.duckdb import DuckDBSqlProcessor
from airbyte._writers.jsonl import JsonlWriter
from airbyte.caches.duckdb import DuckDBCache
from airbyte.constants import AB_EXTRACTED_AT_COLUMN, AB_META_COLUMN, AB_RAW_ID_COLUMN
from airbyte.progress import ProgressTracker
from airbyte.shared.sql_processor import SqlProcessorBase
from airbyte_protocol.models import AirbyteRecordMessage
from uuid_extensions import uuid7str


class PlainWriter(JsonlWriter):
    """Writes conformed records, one JSON object a line, uncompressed."""

    default_cache_file_suffix = ".jsonl"

    def _open_new_file(self, file_path: Path) -> IO[Any]:
        return file_path.open("wb")

    def process_record_message(
        self,
        record_msg: AirbyteRecordMessage,
        stream_record_handler: object,  # noqa: ARG002 (looks up keys; these are the right ones already)
        progress_tracker: ProgressTracker,
    ) -> None:
        """Append the record, with the columns that PyAirbyte adds, to its stream's file."""
        batch = self._active_batches.get(record_msg.stream)
        if batch is None or batch.record_count >= self.MAX_BATCH_SIZE:
            batch = self._new_batch(record_msg.stream, progress_tracker)
        row = {
            **record_msg.data,
            AB_RAW_ID_COLUMN: uuid7str(),
            AB_EXTRACTED_AT_COLUMN: datetime.fromtimestamp(
                record_msg.emitted_at / 1000, tz=timezone.utc
            ),
            AB_META_COLUMN: {},
        }
        batch.open_file_writer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        batch.increment_record_count()

    def _flush_active_batch(self, stream_name: str, progress_tracker: ProgressTracker) -> None:
        batch = self._active_batches.get(stream_name)
        if batch is not None:
            # PyAirbyte ignores what goes wrong when it closes the file, such as a full disk.
            batch.open_file_writer.flush()
        super()._flush_active_batch(stream_name, progress_tracker)


class _PlainProcessor(DuckDBSqlProcessor):
    file_writer_class = PlainWriter

    def _ensure_compatible_table_schema(self, stream_name: str, table_name: str) -> None:
        """Nothing to look up: the tables are made for this read."""


class StagingCache(DuckDBCache):
    """A ``DuckDBCache`` for conformed records."""

    _sql_processor_class: ClassVar[type[SqlProcessorBase]] = _PlainProcessor
