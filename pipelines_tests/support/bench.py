"""Reads of one source into a warehouse, one after another, as a run makes them but without Dagster.

Here: what a read did to the tables, and what it said. Not here: servers, answers and expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.staging import staged_read
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination

Rows = dict[str, list[Any]]


@dataclass
class Outcome:
    """What people are told of a read, by stream: errors and what is held back, and warnings."""

    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """All of it."""
        sentences = [*self.errors.values(), *(w for told in self.warnings.values() for w in told)]
        return "\n".join(sentences)


@dataclass
class ReadingBench:
    """A warehouse for the streams of one source, and the config that reaches its server."""

    folder: Path
    source: str
    config: Mapping[str, Any]
    first_day: datetime
    allow_large_removals: bool = False

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(str(self.folder / "warehouse.duckdb"), lock_timeout=30)

    def read(
        self,
        *streams: str,
        full_refresh: bool = False,
        window: Window | None = None,
        compared: Sequence[str] = (),
        **config: Any,
    ) -> Outcome:
        """Read and publish ``streams``, daily ones within ``window``: from ``first_day`` to now unless it is given."""
        connector = CONNECTORS[self.source]
        destination = WarehouseDestination(
            self.warehouse, connector, "live", self.allow_large_removals
        )
        chosen = [connector.stream(name) for name in streams]
        is_daily = any(props.is_daily for props in chosen)
        if is_daily and window is None:
            window = Window(self.first_day, _tomorrow(), open_ended=True)
        with destination.open() as opened:
            opened.prepare()
            request = ReadRequest.of(
                opened,
                connector,
                {**self.config, **config},
                chosen,
                window=window,
                full_refresh=full_refresh,
                compared=compared,
            )
        outcome = Outcome()
        with staged_read(request, self.folder / "staging") as read, destination.open() as opened:
            outcome.errors.update(read.errors)
            for staged in read.complete():
                try:
                    published = opened.publish(staged)
                except Exception as error:  # noqa: BLE001 (as a run does it)
                    outcome.errors[staged.props.name] = str(error)
                    continue
                warnings = [*staged.warnings, *published.warnings]
                if warnings:
                    outcome.warnings[staged.props.name] = warnings
        return outcome

    def keys(self, streams: Sequence[str]) -> Rows:
        """The sorted keys of the tables by stream."""
        with self.warehouse.connect(read_only=True) as connection:
            return {
                stream: connection.execute(
                    f"SELECT {', '.join(CONNECTORS[self.source].stream(stream).primary_key)} "
                    f"FROM {self.source}.{stream} ORDER BY ALL"
                ).fetchall()
                for stream in streams
            }


def _tomorrow() -> datetime:
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return datetime.fromtimestamp(today.timestamp() + 86400, timezone.utc)
