"""The warehouse as a destination of PyAirbyte reads: opens it briefly, publishes, closes it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import Deferral, PublishedStream, StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.progress import parents_read
from pipelines.warehouse.publish import publish_stream
from pipelines.warehouse.raw_tables import raw_tables
from pipelines.warehouse.retype import retype_columns
from pipelines.warehouse.state import (
    Origin,
    check_origin,
    claim_origin,
    ensure_state_tables,
    parent_versions,
    saved_states,
)
from pipelines.warehouse.turns import by_turn, defer, waiting
from pipelines.warehouse.upgrade import bring_up_to_date

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger(__name__)


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
        """Creates what is missing of the connector's tables; refuses a warehouse of another mode or account.

        Columns get the types they are declared with now, where nothing is lost by it; else it refuses.
        """
        with self.warehouse.connect() as connection:
            ensure_state_tables(connection)
            self._check_origin(connection)
            bring_up_to_date(connection, self.connector)
            with transaction(connection):
                for changed in retype_columns(
                    connection, self.connector.namespace, raw_tables(self.connector.streams)
                ):
                    logger.info(changed)

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

    def parents_read(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> Mapping[str, Mapping[str, datetime]]:
        """What unfinished reads of ``window`` have read; see ``progress``."""
        with self.warehouse.connect() as connection:
            return {
                props.name: parents_read(connection, props, window)
                for props in streams
                if props.is_daily
            }

    def waiting(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[str]:
        """Those of ``streams`` that wait for requests; see ``turns``."""
        with self.warehouse.connect() as connection:
            return waiting(connection, streams)

    def by_turn(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[AirbyteStreamProps]:
        """``streams`` in the order in which it is their turn; see ``turns``."""
        with self.warehouse.connect() as connection:
            return by_turn(connection, streams)

    def defer(self, deferrals: Sequence[Deferral]) -> None:
        """Remember which streams wait for requests."""
        with self.warehouse.connect() as connection:
            defer(connection, deferrals)

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
