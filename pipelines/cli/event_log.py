"""Dagster's history, written in batches.

A run over a range of days records two events per asset and day. Dagster hands them over in batches, but its SQLite
storage writes each on its own: an engine, its statements compiled anew, and two files opened, flushed to disk and closed
per event. A first sync would spend most of its time on that. Here: the same tables in the same files, with files kept
open, each event made text once for both, and a transaction per batch. Not here: which instance it is for (``instance``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import Any

from dagster import EventLogEntry
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.event import listen

from pipelines.cli.dagster_private import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    ConfigurableClassData,
    DagsterSqliteStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
)

_COMMON = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}
_INSERT = SqlEventLogStorageTable.insert()
_LAST_ID = text("SELECT last_insert_rowid()")


class BatchedStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage, with a ``BatchedEventLog``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = BatchedEventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchedStorage:
        return cls(config_value["base_dir"], inst_data)


class BatchedEventLog(SqliteEventLogStorage):
    """Dagster's SQLite event log, with engines that last and one transaction a batch.

    Who connects to a file within a block that is connected to it already is in the same transaction.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._engines: dict[str, Engine] = {}
        self._connected: dict[str, Connection] = {}
        super().__init__(*args, **kwargs)
        self._db_lock = RLock()  # type: ignore[assignment]

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Looked up once: Dagster asks with every event of a check, and opens the file anew for it."""
        return bool(super().supports_asset_checks)

    def store_event(self, event: EventLogEntry) -> None:
        """Store one event."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run in its file; those that are asked for across runs also in the common one."""
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(_INSERT, rows)
        common = [
            place for place, event in enumerate(events) if event.dagster_event_type in _COMMON
        ]
        if common:
            with self.index_connection() as connection:
                connection.execute(_INSERT, [rows[place] for place in common])
                # Nobody else writes meanwhile, so the ids of a transaction follow each other.
                last: int = connection.execute(_LAST_ID).scalar_one()
                ids = range(last - len(common) + 1, last + 1)
                self._note(connection, [events[place] for place in common], ids)

    def _note(
        self, connection: Connection, events: Sequence[EventLogEntry], ids: Sequence[int]
    ) -> None:
        """What Dagster keeps of events beside them: tags, what is latest of an asset, and how checks stand."""
        about_assets = [
            (event, event_id)
            for event, event_id in zip(events, ids, strict=True)
            if event.dagster_event_type in ASSET_EVENTS
        ]
        if about_assets:
            self._store_asset_event_tags(connection, *zip(*about_assets, strict=True))
        # Of an asset the latest event of each type.
        latest = {
            (event.get_dagster_event().asset_key, event.dagster_event_type): (event, event_id)
            for event, event_id in about_assets
        }
        for event, event_id in latest.values():
            self._store_asset_event(connection, event, event_id)
        for event, event_id in zip(events, ids, strict=True):
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, event_id)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard in self._connected:
                yield self._connected[shard]
                return
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = create_engine(
                    self.conn_string_for_shard(shard),
                    connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
                )
                listen(engine, "connect", _flush_seldom)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                self._connected[shard] = connection
                try:
                    yield connection
                finally:
                    del self._connected[shard]

    def dispose(self) -> None:
        """Close the files."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def _flush_seldom(connection: sqlite3.Connection, _: object) -> None:
    """Without a flush to the disk after each commit, which takes longer than the commit.

    Dagster's files have a write-ahead log: they stay whole, and the end of a process loses nothing. Where the machine
    itself stops, the last events may be missing, as they would be had it stopped a moment before.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
