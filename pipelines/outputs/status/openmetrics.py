"""The facts as OpenMetrics text, which Prometheus' text format includes: gauges only, so both kinds of reader take it.

All are gauges, since each describes the last read or the last seven days; how far a stream lags behind is
``time() - pipelines_stream_last_success_timestamp_seconds`` where the metrics are read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from pipelines.outputs.status.streams import LastRead, Status
from pipelines.project.files import replaced

_OF_A_READ: dict[str, tuple[str, Callable[[LastRead], float]]] = {
    "last_success_timestamp_seconds": (
        "When the last complete read of the stream ended, in Unix time.",
        lambda read: read.ended_at.timestamp(),
    ),
    "rows": ("Rows of the stream's table.", lambda read: read.rows),
    "read_seconds": (
        "Duration of the last read the stream was part of.",
        lambda read: read.seconds,
    ),
    "read_requests": ("HTTP requests for the stream in its last read.", lambda read: read.requests),
    "read_records": ("Records of the stream in its last read.", lambda read: read.rows_read),
    "rows_added": ("Rows that the last read added.", lambda read: read.rows_added),
    "rows_changed": ("Rows that the last read changed.", lambda read: read.rows_changed),
    "rows_removed": ("Rows that the last read removed.", lambda read: read.rows_removed),
}
_LABELS = ("source", "stream")


def openmetrics(status: Status) -> str:
    """The text; a stream that was never read has no numbers of a read."""
    registry = CollectorRegistry()
    for name, (meaning, value) in _OF_A_READ.items():
        gauge = Gauge(f"pipelines_stream_{name}", meaning, _LABELS, registry=registry)
        for stream in status.streams:
            if stream.last_read:
                gauge.labels(stream.source, stream.stream).set(value(stream.last_read))
    failures = Gauge(
        "pipelines_stream_recent_failures",
        "Runs of the last seven days that were to read the stream and did not.",
        _LABELS,
        registry=registry,
    )
    for stream in status.streams:
        failures.labels(stream.source, stream.stream).set(stream.recent_failures)
    runs = Gauge(
        "pipelines_recent_runs",
        "Runs that ended in the last seven days.",
        ("status",),
        registry=registry,
    )
    for ended, count in status.recent_runs.items():
        runs.labels(ended).set(count)
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


def write_openmetrics(status: Status, path: Path) -> None:
    """Write the text to ``path`` in one step, so that nobody reads half of it."""
    with replaced(path) as unfinished:
        unfinished.write_text(openmetrics(status), encoding="utf-8")
