"""Dagster's history, written in batches.

A run over a range of days records two events per asset and day. Dagster hands them over in batches, but its SQLite
storage writes each on its own: an engine, its statements compiled anew, and two files opened, flushed to disk and closed
per event. A first sync would spend most of its time on that. Here: the same tables in the same files, with files kept
open and a transaction per batch. Not here: which instance it is for (``instance``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster import EventLogEntry
from sqlalchemy import Connection, Engine, create_engine

from pipelines.cli.dagster_private import (
    ASSET_EVENTS,
    SQLITE_BUSY_TIMEOUT_SECONDS,
    ConfigurableClassData,
    DagsterSqliteStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
)


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
    """Dagster's SQLite event log, with engines that last and a real ``store_event_batch``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(*args, **kwargs)

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Looked up once: Dagster asks with every event of a check, and opens the file anew for it."""
        return bool(super().supports_asset_checks)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run. Those that are not about assets go one by one."""
        about_assets = [event for event in events if event.dagster_event_type in ASSET_EVENTS]
        if about_assets:
            self._store_asset_events(about_assets)
        for event in events:
            if event.dagster_event_type not in ASSET_EVENTS:
                self.store_event(event)

    def _store_asset_events(self, events: Sequence[EventLogEntry]) -> None:
        with self.run_connection(events[0].run_id) as connection:
            self._insert(connection, events)
        with self.index_transaction() as connection:
            ids = self._insert(connection, events)
            self._store_asset_event_tags(connection, events, ids)
            # What Dagster keeps of an asset is about its latest event of each type.
            latest = {
                (event.get_dagster_event().asset_key, event.dagster_event_type): (event, event_id)
                for event, event_id in zip(events, ids, strict=True)
            }
            for event, event_id in latest.values():
                self._store_asset_event(connection, event, event_id)

    def _insert(self, connection: Connection, events: Sequence[EventLogEntry]) -> list[int]:
        insert = SqlEventLogStorageTable.insert()
        rows = (connection.execute(insert, self._event_to_row(event)) for event in events)
        return [row.inserted_primary_key[0] for row in rows]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = create_engine(
                    self.conn_string_for_shard(shard),
                    connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
                )
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
