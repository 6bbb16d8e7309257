"""Staging files as PyAirbyte leaves them, written directly and published: publishing is tested without a read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb

from pipelines.pyairbyte.conform import Conformer, Drift
from pipelines.pyairbyte.destination import (
    Destination,
    PublishedStream,
    StagedStream,
    Window,
    WindowProgress,
)
from pipelines.pyairbyte.props import AirbyteStreamProps

READ_AT = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def stage(
    database: Path,
    props: AirbyteStreamProps,
    records: Sequence[Mapping[str, Any]],
    *,
    read_at: datetime = READ_AT,
    window: Window | None = None,
    scope_keys: Sequence[str] | None = None,
    full: bool = True,
    state: dict[str, Any] | None = None,
    versions: Mapping[str, str] | None = None,
    unchanged: Sequence[str] = (),
    refused: Sequence[str] = (),
    listed: Sequence[str] | None = None,
    progress: WindowProgress | None = None,
) -> StagedStream:
    """Stage ``records`` of ``props`` as a completed read; ``scope_keys`` are the owners the source lists."""
    database.unlink(missing_ok=True)
    conform = Conformer(props)
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA streams")
        columns = ", ".join(f'"{c.name}" {_staged_type(c.type)}' for c in props.columns)
        connection.execute(
            f"CREATE TABLE streams.{props.name} ({columns}, _extra JSON, _unreadable JSON, "
            "_airbyte_raw_id VARCHAR, _airbyte_extracted_at TIMESTAMP)"
        )
        for number, record in enumerate(records):
            row = {
                **{
                    k: json.dumps(v) if isinstance(v, dict | list) else v
                    for k, v in conform(record).items()
                },
                "_airbyte_raw_id": f"{number:08}",
                "_airbyte_extracted_at": read_at.replace(tzinfo=None),
            }
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"INSERT INTO streams.{props.name} ({names}) VALUES ({marks})", list(row.values())
            )
    return StagedStream(
        props=props,
        database=database,
        table=f"streams.{props.name}",
        read_at=read_at,
        window=window,
        full=full,
        state=state,
        versions=versions or {},
        unchanged=frozenset(unchanged),
        records=len(records),
        requests=1,
        seconds=0.1,
        drift=conform.drift if records else Drift(),
        warnings=["an answer was left out"] if refused else [],
        listed=frozenset(listed if listed is not None else scope_keys or ()),
        refused=frozenset(refused),
        progress=progress or _all_read(scope_keys),
    )


def prepare(destination: Destination) -> None:
    """What a run does with its destination before it reads."""
    with destination.open() as opened:
        opened.prepare()


def publish(destination: Destination, staged: StagedStream) -> PublishedStream:
    """What a run does with its destination after it read."""
    with destination.open() as opened:
        return opened.publish(staged)


def _all_read(parents: Sequence[str] | None) -> WindowProgress | None:
    if parents is None:
        return None
    return WindowProgress(frozenset(parents), earlier={}, listed=len(parents), missing=0)


def _staged_type(warehouse_type: str) -> str:
    return warehouse_type if warehouse_type in ("BIGINT", "BOOLEAN", "JSON") else "VARCHAR"
