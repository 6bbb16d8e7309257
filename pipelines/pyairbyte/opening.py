"""A PyAirbyte source for one read, with the executor that runs its connector.

PyAirbyte gets a config without secrets, because it writes it to temporary files; the executor holds the real one. Here: which
executor, and which config it gets. Not here: the read (``staging``). Importing this module imports PyAirbyte: do it inside
functions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from airbyte.sources.base import Source

from pipelines.pyairbyte.catalog import InstalledConnector
from pipelines.pyairbyte.executor import StreamwiseExecutor
from pipelines.pyairbyte.installed import InstalledExecutor
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.outcome import Progress
from pipelines.pyairbyte.request import ReadRequest

_REDACTED = "redacted"


def open_source(
    request: ReadRequest, folder: Path, on_progress: Callable[[Progress], None] | None
) -> tuple[Source, StreamwiseExecutor | InstalledExecutor]:
    """A source for ``request`` that writes its records into ``folder``."""
    executor = _executor(request, folder, on_progress)
    public = dict.fromkeys(request.config, _REDACTED)
    return Source(executor=executor, name=request.connector.name, config=public), executor


def _executor(
    request: ReadRequest, folder: Path, on_progress: Callable[[Progress], None] | None
) -> StreamwiseExecutor | InstalledExecutor:
    connector = request.connector
    about: dict[str, Any] = {
        "streams": request.staged_streams,
        "states": request.states,
        "session": request.session(),
        "on_progress": on_progress,
    }
    if isinstance(connector, InstalledConnector):
        return InstalledExecutor(connector, request.config, folder, **about)
    if isinstance(connector, ManifestConnector):
        return StreamwiseExecutor(connector, _config(request), folder, **about)
    raise TypeError(f"Nothing here runs {connector.name}.")


def _config(request: ReadRequest) -> dict[str, Any]:
    """The config of a connector of a manifest: its own, and what is known before the read."""
    config = dict(request.config)
    if request.window:
        config["start_date"] = _instant(request.window.start)
        if not request.window.open_ended:
            config["end_date"] = _instant(request.window.end)
        if request.earlier_days:
            config["known_parents"] = sorted(request.earlier_days.known)
            config["earliest_start_date"] = f"{request.earlier_days.first_day}T00:00:00Z"
    if request.known_versions:
        config["known_versions"] = request.known_versions
        config["unread_parents"] = request.unread_parents
    if request.skipped_parents:
        config["parents_read"] = sorted(request.skipped_parents)
    return config


def _instant(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
