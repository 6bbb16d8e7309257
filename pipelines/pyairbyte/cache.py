"""PyAirbyte's DuckDB cache, filled from the files to which a read wrote its records (see ``batches``).

PyAirbyte's own writer looks up every key of every record in the schema and compresses what it writes, which takes longer
than all the rest of storing a record. Records that were conformed have no other keys than the declared ones, and the files
live for seconds. Here: the writer that takes the files, and a cache that uses it and loads each stream when it is whole. Not here: what is read, and what becomes
of the rows. Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, ClassVar

from airbyte.caches.duckdb import DuckDBCache
from airbyte.progress import ProgressTracker
from airbyte.shared.sql_processor import SqlProcessorBase
from airbyte.strategies import WriteStrategy
from airbyte_protocol.models import AirbyteRecordMessage

from pipelines.pyairbyte.airbyte_private import (
    DuckDBSqlProcessor,
    JsonlWriter,
    NameNormalizerBase,
)
from pipelines.pyairbyte.batches import FILE, WHOLE


class SpoolWriter(JsonlWriter):
    """Takes the files to which the records were written where they were read."""

    default_cache_file_suffix = ".jsonl"

    def _open_new_file(self, file_path: Path) -> IO[Any]:
        return file_path.open("wb")

    def process_record_message(
        self,
        record_msg: AirbyteRecordMessage,
        stream_record_handler: object,  # noqa: ARG002 (looks up keys; these are the right ones already)
        progress_tracker: ProgressTracker,
    ) -> None:
        """Note the file of a batch of records, unless an earlier batch of it was noted."""
        stream = record_msg.stream
        taken = self._active_batches.get(stream) or self._new_batch(stream, progress_tracker)
        if FILE in record_msg.data:
            taken.files.append(Path(record_msg.data[FILE]))


class _NamesAsTheyAre(NameNormalizerBase):
    """A staged column is called as the key of its values in the files."""

    @staticmethod
    def normalize(name: str) -> str:
        return name


class _SpoolProcessor(DuckDBSqlProcessor):
    file_writer_class = SpoolWriter
    normalizer = _NamesAsTheyAre

    def process_record_message(
        self,
        record_msg: AirbyteRecordMessage,
        stream_record_handler: Any,
        progress_tracker: ProgressTracker,
    ) -> None:
        """Note a batch, or load a stream that is whole: DuckDB does that while Python reads others."""
        if WHOLE in record_msg.data:
            self.write_stream_data(
                record_msg.stream,
                write_strategy=WriteStrategy.REPLACE,
                progress_tracker=progress_tracker,
            )
        else:
            super().process_record_message(record_msg, stream_record_handler, progress_tracker)

    def _write_files_to_new_table(self, files: list[Path], *arguments: Any, **more: Any) -> str:
        """Name the files as SQL text has to: PyAirbyte 0.71 puts their paths between quotes as they are."""
        quoted = [Path(str(file).replace("'", "''")) for file in files]
        table: str = super()._write_files_to_new_table(quoted, *arguments, **more)
        return table

    def _ensure_compatible_table_schema(self, stream_name: str, table_name: str) -> None:
        """Nothing to look up: the tables are made for this read."""


class StagingCache(DuckDBCache):
    """A ``DuckDBCache`` for conformed records."""

    _sql_processor_class: ClassVar[type[SqlProcessorBase]] = _SpoolProcessor
