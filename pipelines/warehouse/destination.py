"""The warehouse as a destination of PyAirbyte reads: opens it briefly, before a read and after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pipelines.pyairbyte.destination import (
    Deferral,
    EarlierDays,
    PublishedStream,
    StagedStream,
    Window,
)
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.warehouse.compared import rows_of_window
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.doubles import keep_one_of_each
from pipelines.warehouse.parent_days import earlier_days
from pipelines.warehouse.progress import parents_read
from pipelines.warehouse.publish import publish_stream
from pipelines.warehouse.raw_tables import raw_tables
from pipelines.warehouse.removals import known_keys
from pipelines.warehouse.retype import retype_columns
from pipelines.warehouse.state import (
    Origin,
    check_origin,
    claim_origin,
    ensure_state_tables,
    last_read_at,
    parent_versions,
    saved_states,
    versions_of_days,
)
from pipelines.warehouse.stream_versions import version_of
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

    @contextmanager
    def open(self) -> Iterator[OpenWarehouse]:
        """The warehouse on one connection, because opening it takes longer than most of what is asked of it."""
        with self.warehouse.connect() as connection:
            yield OpenWarehouse(self, connection)


@dataclass(frozen=True)
class OpenWarehouse:
    """A destination's open warehouse."""

    destination: WarehouseDestination
    connection: duckdb.DuckDBPyConnection

    def prepare(self) -> None:
        """Creates what is missing of the connector's tables; refuses a warehouse of another mode or account.

        Columns get the types they are declared with now, where nothing is lost by it; else it refuses.
        """
        ensure_state_tables(self.connection)
        self._check_origin()
        bring_up_to_date(self.connection, self._connector)
        with transaction(self.connection):
            for changed in retype_columns(
                self.connection, self._connector.namespace, raw_tables(self._connector.streams)
            ):
                logger.info(changed)

    def states(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, dict[str, Any]]:
        """Connector states as of the last published read of each stream."""
        return saved_states(
            self.connection, self._connector.namespace, [props.name for props in streams]
        )

    def versions(
        self, streams: Sequence[AirbyteStreamProps], window: Window | None
    ) -> Mapping[str, Mapping[str, str]]:
        """Parent versions as of the last published read of each stream; of daily ones, see ``versions_of_days``."""
        namespace = self._connector.namespace
        others = [props.name for props in streams if not props.is_daily]
        versions = parent_versions(self.connection, namespace, others)
        if window is not None:
            for props in streams:
                if props.is_daily:
                    versions[props.name] = versions_of_days(self.connection, props, window)
        return versions

    def parents_read(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> Mapping[str, Mapping[str, datetime]]:
        """What unfinished reads of ``window`` have read; see ``progress``."""
        return {
            props.name: parents_read(self.connection, props, window)
            for props in streams
            if props.is_daily
        }

    def keys(
        self, streams: Sequence[AirbyteStreamProps], window: Window | None
    ) -> Mapping[str, Mapping[str | None, frozenset[str]]]:
        """The keys of the rows that a read may find gone; see ``removals``."""
        return {props.name: known_keys(self.connection, props, window) for props in streams}

    def rows(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> Mapping[str, Mapping[str, str]]:
        """The rows of ``window``; see ``compared``."""
        found = {props.name: rows_of_window(self.connection, props, window) for props in streams}
        return {name: rows for name, rows in found.items() if rows is not None}

    def earlier_days(
        self, streams: Sequence[AirbyteStreamProps], window: Window
    ) -> EarlierDays | None:
        """Whose days before ``window`` are missing; see ``parent_days``."""
        found = [
            earlier_days(self.connection, props, window) for props in streams if props.is_daily
        ]
        missing = [days for days in found if days is not None]
        if not missing:
            return None
        return EarlierDays(
            min(days.first_day for days in missing),
            frozenset.intersection(*(days.known for days in missing)),
        )

    def read_today(self, streams: Sequence[AirbyteStreamProps]) -> Mapping[str, datetime]:
        """Name to moment of the read, for each of ``streams`` that was read on this UTC day."""
        today = datetime.now(timezone.utc).date()
        read = {
            props.name: last_read_at(self.connection, props.namespace, props.name)
            for props in streams
        }
        return {
            name: moment
            for name, moment in read.items()
            if moment and moment.astimezone(timezone.utc).date() == today
        }

    def version(self, props: AirbyteStreamProps) -> str:
        """The version of the stream's rows; see ``stream_versions``."""
        return version_of(self.connection, props)

    def waiting(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[str]:
        """Those of ``streams`` that wait for requests; see ``turns``."""
        return waiting(self.connection, streams)

    def by_turn(self, streams: Sequence[AirbyteStreamProps]) -> Sequence[AirbyteStreamProps]:
        """``streams`` in the order in which it is their turn; see ``turns``."""
        return by_turn(self.connection, streams)

    def defer(self, deferrals: Sequence[Deferral]) -> None:
        """Remember which streams wait for requests."""
        defer(self.connection, deferrals)

    def publish(self, staged: StagedStream) -> PublishedStream:
        """One transaction; see ``publish_stream`` for what can be refused."""
        self._check_origin()
        claim_origin(self.connection, self._origin)
        doubled = keep_one_of_each(self.connection, staged.props)
        published = publish_stream(
            self.connection,
            staged,
            allow_large_removals=self.destination.allow_large_removals,
        )
        if not doubled:
            return published
        warning = f"{doubled:,} rows whose key was there more than once were removed, all but the last of each."
        return replace(published, warnings=[warning, *published.warnings])

    @property
    def _connector(self) -> Connector:
        return self.destination.connector

    @property
    def _origin(self) -> Origin:
        return Origin(self._connector.namespace, self.destination.mode, self.destination.account)

    def _check_origin(self) -> None:
        check_origin(
            self.connection,
            self._origin,
            allow_other_account=self.destination.allow_large_removals,
        )
