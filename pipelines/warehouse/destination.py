"""The warehouse as a destination of PyAirbyte reads: opens it briefly, publishes, closes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import PublishedStream, StagedStream
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.publish import publish_stream
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import (
    Origin,
    check_origin,
    claim_origin,
    ensure_state_tables,
    parent_versions,
    saved_states,
)

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class WarehouseDestination:
    """Publishes streams of ``connector``.

    ``mode`` ("demo", "live" or "archive") and ``account`` (such as a workspace's id; ``None`` where there is no such thing) must be
    those the warehouse was begun with; ``allow_large_removals`` lets another account through.
    """

    warehouse: Warehouse
    connector: Connector
    mode: str
    allow_large_removals: bool = False
    account: str | None = None

    def prepare(self) -> None:
        """Creates what is missing of the connector's tables; refuses a warehouse of another mode or account."""
        with self.warehouse.connect() as connection:
            ensure_state_tables(connection)
            self._check_origin(connection)
            ensure_raw_tables(connection, self.connector.namespace, self.connector.streams)

    def states(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, dict[str, Any]]:
        """Connector states as of the last published read of each stream."""
        with self.warehouse.connect() as connection:
            return saved_states(
                connection, self.connector.namespace, [props.name for props in streams]
            )

    def versions(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, Mapping[str, str]]:
        """Parent versions as of the last published read of each stream."""
        with self.warehouse.connect() as connection:
            return parent_versions(
                connection, self.connector.namespace, [props.name for props in streams]
            )

    def publish(self, staged: StagedStream) -> PublishedStream:
        """One transaction; see ``publish_stream`` for what can be refused."""
        with self.warehouse.connect() as connection:
            self._check_origin(connection)
            claim_origin(connection, self._origin)
            return publish_stream(
                connection, staged, allow_large_removals=self.allow_large_removals
            )

    @property
    def _origin(self) -> Origin:
        return Origin(self.connector.namespace, self.mode, self.account)

    def _check_origin(self, connection: duckdb.DuckDBPyConnection) -> None:
        check_origin(connection, self._origin, allow_other_account=self.allow_large_removals)
