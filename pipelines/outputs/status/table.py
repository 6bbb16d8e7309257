"""The facts as a table for a terminal."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.table import Table

from pipelines.outputs.status.streams import Status, StreamStatus

_HEADINGS = ("age", "rows", "read", "added", "changed", "removed", "requests", "seconds")


def status_table(status: Status, now: datetime) -> Table:
    """One line per stream: its last complete read, and in how many runs of the last seven days it failed."""
    runs = ", ".join(f"{count} {ended}" for ended, count in status.recent_runs.items())
    table = Table(
        title="The last complete read of each stream, and failures in seven days",
        caption=f"Runs in seven days: {runs}. Times are UTC.",
        box=None,
        pad_edge=False,
    )
    table.add_column("stream", no_wrap=True)
    table.add_column("ended at", no_wrap=True)
    for heading in (*_HEADINGS, "failures"):
        table.add_column(heading, justify="right", no_wrap=True)
    for stream in status.streams:
        table.add_row(
            f"{stream.source}.{stream.stream}", *_cells(stream, now), str(stream.recent_failures)
        )
    return table


def _cells(stream: StreamStatus, now: datetime) -> list[str]:
    read = stream.last_read
    if read is None:
        return ["never", *[""] * len(_HEADINGS)]
    counts = (
        read.rows,
        read.rows_read,
        read.rows_added,
        read.rows_changed,
        read.rows_removed,
        read.requests,
    )
    return [
        f"{read.ended_at:%Y-%m-%d %H:%M}",
        age(now - read.ended_at),
        *(f"{count:,}" for count in counts),
        f"{read.seconds:.1f}",
    ]


def age(span: timedelta) -> str:
    """A span in its largest units: "3 d 4 h", "4 h 10 min", "10 min"."""
    minutes = max(int(span.total_seconds() // 60), 0)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
