"""The file into which the records of one stream of an installed connector are written, in batches.

Here: when a batch is written, and what is said of it. Not here: what conforming means (``conform``). Importing this module
imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from airbyte.constants import AB_EXTRACTED_AT_COLUMN, AB_META_COLUMN, AB_RAW_ID_COLUMN
from typing_extensions import Self

from pipelines.pyairbyte.batches import FILE, RECORDS
from pipelines.pyairbyte.conform import Conformer

_SIZE = 1000


class RecordsFile:
    """A staging file of one stream; to be used as a context."""

    def __init__(self, path: Path, conform: Conformer) -> None:
        self._path = path
        self._conform = conform
        #: Records that are not written yet.
        self.waiting: list[Mapping[str, Any]] = []
        #: Rows are numbered as they are read, so that the last of several with one key can be told.
        self._rows = count()
        self._is_told = False

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a record; it is written with its batch."""
        self.waiting.append(record)

    @property
    def is_full(self) -> bool:
        """Whether it is time to write what is waiting."""
        return len(self.waiting) >= _SIZE

    def write(self) -> dict[str, Any]:
        """Write what is waiting; what a message to the cache says of it."""
        read_at = datetime.now(timezone.utc)
        self._file.writelines(
            self._conform.line(
                record,
                self._conform(record),
                {
                    AB_RAW_ID_COLUMN: f"{next(self._rows):012}",
                    AB_EXTRACTED_AT_COLUMN: read_at,
                    AB_META_COLUMN: {},
                },
            )
            for record in self.waiting
        )
        self._file.flush()
        batch: dict[str, Any] = {RECORDS: len(self.waiting)}
        if not self._is_told:
            batch[FILE] = str(self._path)
            self._is_told = True
        self.waiting.clear()
        return batch
