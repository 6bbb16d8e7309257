"""The resource that assets share beside the warehouse: the sources with their credentials.

Secrets stay inside the settings object, and the warehouse's stay inside ``Warehouse``. They are no
resource config, so Dagster never shows or stores them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipelines.defs.settings import Settings
from pipelines.pyairbyte.props import Connector
from pipelines.sources.pivotal_tracker.crosswalk import CrosswalkError, read_crosswalk
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination


@dataclass(frozen=True)
class Sources:
    """Where the two sources are and how to sign in, from the settings, and the warehouse that their streams go to."""

    settings: Settings
    warehouse: Warehouse

    def config(self, source: str) -> Mapping[str, Any]:
        """The connector config of ``source``; starts a server in this process when it is the demo or an archive.

        Raises ``dagster.Failure`` for a source that is off and for an archive that cannot be read.
        """
        mode = self.settings.mode(source)
        if mode == "off":
            raise dg.Failure(f"{source} is off: {how_to_switch_on(source)}", allow_retries=False)
        if mode == "demo":
            from pipelines.simulator.demo import demo_config

            return {**demo_config(source, self.settings.demo_now), **self._reading(source)}
        if mode == "archive":
            return _archive_config(self.settings)
        return {**self.settings.connector_config(source), **self._reading(source)}

    def _reading(self, source: str) -> dict[str, str]:
        """From when Clockify's plans are read, and how its time entries are."""
        if source != CLOCKIFY:
            return {}
        return {
            "first_day": self.settings.start_date.isoformat(),
            "time_entries": self.settings.clockify_time_entries,
        }

    def compared(self, source: str, *, full_refresh: bool) -> tuple[str, ...]:
        """Streams with a reader that compares the source with the warehouse.

        A full refresh is to read all, so there it is done only for whoever asked for that reader.
        """
        reader = self.settings.clockify_time_entries
        is_compared = reader == "report" or (reader == "auto" and not full_refresh)
        return ("time_entries",) if source == CLOCKIFY and is_compared else ()

    def notes(self, source: str) -> list[str]:
        """What was assumed of ``source`` or left out of it; nothing for a source that is no archive.

        Raises ``dagster.Failure`` for an archive that cannot be read.
        """
        if self.settings.mode(source) != "archive":
            return []
        from pipelines.sources.pivotal_tracker.archive.source import archive_store
        from pipelines.sources.pivotal_tracker.archive.store import Store

        with _readable():
            store = Store.open(archive_store(**_archive(self.settings)))
        try:
            return store.notes()
        finally:
            store.close()

    def destination_of(self, connector: Connector) -> WarehouseDestination:
        """Where the streams of ``connector`` are published; one that is none of ours is always live."""
        source = connector.namespace
        is_ours = source in CONNECTORS
        return WarehouseDestination(
            warehouse=self.warehouse,
            connector=connector,
            mode=self.settings.mode(source) if is_ours else "live",
            allow_large_removals=self.settings.allow_large_removals,
            account=self.settings.account(source) if is_ours else None,
        )


def how_to_switch_on(source: str) -> str:
    """One sentence naming the settings that switch an *off* source on."""
    return {
        "pivotal_tracker": "set PIVOTAL_TRACKER_API_TOKEN or PIVOTAL_TRACKER_ARCHIVE to read it.",
        "clockify": "set CLOCKIFY_API_KEY and CLOCKIFY_WORKSPACE_ID to read it.",
    }[source]


def _archive_config(settings: Settings) -> Mapping[str, Any]:
    from pipelines.sources.pivotal_tracker.archive.source import archive_config

    with _readable():
        return archive_config(**_archive(settings))


@contextmanager
def _readable() -> Iterator[None]:
    from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError

    try:
        yield
    except (ArchiveError, CrosswalkError) as error:
        raise dg.Failure(f"The archive cannot be read: {error}", allow_retries=False) from None


def _archive(settings: Settings) -> dict[str, Any]:
    """The arguments that say which archive is read, and how."""
    return {
        "path": settings.tracker_archive,
        "time_zone": settings.tracker_archive_zone,
        "crosswalk": read_crosswalk(settings.story_crosswalk),
        "home": settings.dagster_home,
    }
