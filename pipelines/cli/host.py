"""``pipelines archive`` and ``pipelines compatibility``: commands about a Tracker host, which need no Dagster.

Here: the host from the settings, progress and tables on the terminal. Not here: what is kept and what is asked (``sources.pivotal_tracker.archive``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.defs.settings import Settings
from pipelines.metrics.project_management.needs import Need, unmet
from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.texts.counts import counted
from pipelines.project.texts.terminal import plain
from pipelines.sources.registry import PIVOTAL_TRACKER

if TYPE_CHECKING:
    from pipelines.sources.pivotal_tracker.archive.host import Host

_WIDTH = 140
_ANSWER_SECONDS = 120


def write_host_archive(settings: Settings, target: Path | None) -> Path:
    """Archive everything that the token of the settings reaches; returns the folder."""
    from pipelines.sources.pivotal_tracker.archive.writer import write_archive

    host = _live_host(settings)
    now = datetime.now(timezone.utc)
    if target is None:
        name = urlsplit(settings.tracker_url).hostname
        target = PROJECT / "data" / "archives" / f"{name}-{now:%Y-%m-%d}"
    console = Console(stderr=True)

    def report(line: str) -> None:
        console.print(Text(plain(f"{line} ({counted(host.requests, 'request')})")))

    manifest = write_archive(host, target, now=now, report=report)
    rows = sum(file.rows for file in manifest.files)
    print_lines(
        f"{counted(rows, 'row')} in {counted(len(manifest.files), 'file')}, {counted(manifest.attachments, 'attachment')} "
        f"named ({counted(manifest.attachment_bytes, 'byte')}, not downloaded).",
        *sorted({f"The host has no {missing.list}." for missing in manifest.missing}),
        *(
            f"Project {project_id} kept changing: archive it again when it is quiet."
            for project_id in manifest.changed_while_read
        ),
        f"The archive is {target}",
        f"Read it with PIVOTAL_TRACKER_ARCHIVE={target}",
    )
    return target


def print_compatibility(settings: Settings) -> None:
    """Print what the host of the settings offers, or the archive in its place, or else the demo."""
    import dagster as dg

    from pipelines.defs.resources import Sources
    from pipelines.sources.pivotal_tracker.archive.compatibility import compatibility, table_rows
    from pipelines.warehouse.connection import Warehouse

    try:
        config = Sources(settings, Warehouse(settings.warehouse)).config(PIVOTAL_TRACKER)
    except dg.Failure as failure:
        raise SettingsError(str(failure.description)) from None
    report = compatibility(_host(config))
    heading = f"{report.host}: {counted(report.projects, 'project')}"
    if report.project:
        heading += f", looked at {report.project}"
    table = Table(title=Text(plain(heading)), box=None, pad_edge=False, title_justify="left")
    for name in ("list", "offered", "rows", "lacks", "remarks"):
        table.add_column(name, overflow="fold")
    for row in table_rows(report):
        table.add_row(*(Text(plain(cell)) for cell in row))
    wide().print(table)
    print_lines(*consequences(unmet(report.has)))


def consequences(needs: Iterable[Need]) -> list[str]:
    """What becomes of the metrics, as lines."""
    lines = [f"  {need.name}: {need.effect} ({', '.join(need.tables)})." for need in needs]
    return (
        ["Metrics that are partial or empty, and what is missing for them:", *lines]
        if lines
        else ["Nothing is missing that the metrics need."]
    )


def print_lines(*lines: str) -> None:
    """Print lines as they are, control characters spelled out."""
    for line in lines:
        wide().print(Text(plain(line)), soft_wrap=True)


def wide() -> Console:
    """A terminal of which no line is cut."""
    return Console(width=max(Console().width, _WIDTH))


def _live_host(settings: Settings) -> Host:
    if settings.tracker_token is None:
        raise SettingsError(
            "PIVOTAL_TRACKER_API_TOKEN is not set: an archive is made with a token of the host."
        )
    return _host(settings.connector_config(PIVOTAL_TRACKER))


def _host(config: Mapping[str, Any]) -> Host:
    """The host of a connector config, within the budget that all processes share; it is waited for without end."""
    from pipelines.sources.budget import RequestBudget
    from pipelines.sources.pivotal_tracker.archive.host import Host
    from pipelines.sources.pivotal_tracker.versions import tracker_api

    budget = RequestBudget.of(
        {**config, "request_reader": "archive", "request_patience_seconds": math.inf}
    )
    return Host(
        tracker_api(config, answer_seconds=_ANSWER_SECONDS),
        page_size=int(config.get("page_size", Host.page_size)),
        budget=budget,
    )
