"""The facts: per stream its last complete read and its recent failures; runs by how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from pipelines.outputs.status.runs import ENDED, assets_not_updated
from pipelines.sources.registry import CONNECTORS
from pipelines.sources.settings import SourceSettings

#: How far back failures and runs are counted.
RECENT = timedelta(days=7)
_PAGE = 100


@dataclass(frozen=True)
class LastRead:
    """The last read that brought a stream up to date, with the numbers of its materialization.

    ``seconds`` and ``ended_at`` are of the whole read, which may have had several streams. ``requests`` are the stream's
    own. ``rows`` is the table's size afterwards.
    """

    ended_at: datetime
    seconds: float
    requests: int
    rows: int
    rows_read: int
    rows_added: int
    rows_changed: int
    rows_removed: int


@dataclass(frozen=True)
class StreamStatus:
    """A stream of a source that is not off. ``last_read`` is ``None`` when no read ever succeeded."""

    source: str
    stream: str
    last_read: LastRead | None
    recent_failures: int


@dataclass(frozen=True)
class Status:
    """All streams, and how many runs ended in the last seven days, by status ("success", "failure", "canceled")."""

    streams: list[StreamStatus]
    recent_runs: dict[str, int]


def status(instance: dg.DagsterInstance, settings: SourceSettings, now: datetime) -> Status:
    """What the history of ``instance`` says as of ``now``."""
    since = now - RECENT
    failures = _recent_failures(instance, since)
    return Status(
        streams=[
            StreamStatus(
                source,
                props.name,
                _last_read(instance, key, is_demo=settings.is_demo),
                failures[key],
            )
            for source, connector in CONNECTORS.items()
            if settings.mode(source) != "off"
            for props in connector.streams
            for key in [dg.AssetKey([source, props.name])]
        ],
        recent_runs={
            ended.value.lower(): instance.get_runs_count(
                dg.RunsFilter(statuses=[ended], updated_after=since)
            )
            for ended in ENDED
        },
    )


def _recent_failures(instance: dg.DagsterInstance, since: datetime) -> Counter[dg.AssetKey]:
    """How many failed runs were to bring an asset up to date and did not."""
    failed = instance.get_runs(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=since)
    )
    return Counter(key for run in failed for key in assets_not_updated(instance, run.run_id))


def _last_read(instance: dg.DagsterInstance, key: dg.AssetKey, *, is_demo: bool) -> LastRead | None:
    """A backfill of old days alone does not bring a daily stream up to date; neither does the demo a real one."""
    for record in _materializations(instance, key):
        ended_at = datetime.fromtimestamp(record.timestamp, timezone.utc)
        day = record.partition_key
        materialization = record.asset_materialization
        if (
            materialization
            and _is_of_demo(materialization) == is_demo
            and (day is None or day >= ended_at.date().isoformat())
        ):
            return _read(ended_at, materialization)
    return None


def _is_of_demo(materialization: dg.AssetMaterialization) -> bool:
    mode = materialization.metadata.get("mode")
    return mode is not None and mode.value == "demo"


def _materializations(
    instance: dg.DagsterInstance, key: dg.AssetKey
) -> Iterator[dg.EventLogRecord]:
    """All of them, the newest first."""
    cursor, has_more = None, True
    while has_more:
        page = instance.fetch_materializations(key, limit=_PAGE, cursor=cursor)
        yield from page.records
        cursor, has_more = page.cursor, page.has_more


def _read(ended_at: datetime, materialization: dg.AssetMaterialization) -> LastRead:
    facts: dict[str, Any] = {name: value.value for name, value in materialization.metadata.items()}

    def count(name: str) -> int:
        return int(facts.get(name, 0))

    return LastRead(
        ended_at=ended_at,
        seconds=float(facts.get("seconds", 0)),
        requests=count("requests"),
        rows=count("dagster/row_count"),
        rows_read=count("rows_read"),
        rows_added=count("rows_added"),
        rows_changed=count("rows_changed"),
        rows_removed=count("rows_removed"),
    )
