"""What an executor tells of a read: how each stream ended, and how far a running one is. Importable without PyAirbyte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.pyairbyte.conform import Conformer
from pipelines.pyairbyte.session import ReadSession

#: How often a running read is reported.
PROGRESS_SECONDS = 5.0

StreamState = dict[str, Any]


@dataclass
class StreamOutcome:
    """How the read of one stream ended. ``error`` is one sentence, ``None`` when it was read completely."""

    conformer: Conformer
    records: int = 0
    complete: bool = False
    error: str | None = None
    #: The state the read arrived at, for the next one to start from; ``None`` where a stream has none.
    state: StreamState | None = None


@dataclass(frozen=True)
class Progress:
    """What a running read has done so far."""

    records: Mapping[str, int]
    requests: int | None
    seconds: float


class ReadingExecutor(Protocol):
    """What runs a connector for PyAirbyte, and tells afterwards how it went."""

    session: ReadSession
    outcomes: dict[str, StreamOutcome]

    @property
    def offered(self) -> set[str]:
        """Names of all streams that the source offers, read or not."""

    def close(self) -> None:
        """End a read early; no request follows."""
