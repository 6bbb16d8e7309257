"""The resource that assets share beside the warehouse: the sources with their credentials.

Secrets stay inside the settings object, as those of the warehouse's address stay inside ``Warehouse``: they are no
resource config, so Dagster never shows or stores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipelines.settings import Settings
from pipelines.sources import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination


@dataclass(frozen=True)
class Sources:
    """Where the two sources are and how to sign in, from the settings."""

    settings: Settings

    def config(self, source: str) -> Mapping[str, Any]:
        """The connector config of ``source``; starts the bundled server when it is the demo.

        Raises ``dagster.Failure`` for a source that is off.
        """
        mode = self.settings.mode(source)
        if mode == "off":
            raise dg.Failure(f"{source} is off: {how_to_switch_on(source)}", allow_retries=False)
        if mode == "demo":
            from pipelines.simulator.demo import demo_config

            return demo_config(source)
        return self.settings.connector_config(source)

    def destination(self, source: str) -> WarehouseDestination:
        """Where the streams of ``source`` are published."""
        return WarehouseDestination(
            warehouse=Warehouse(self.settings.warehouse),
            connector=CONNECTORS[source],
            mode=self.settings.mode(source),
            allow_large_removals=self.settings.allow_large_removals,
            account=self.settings.account(source),
        )


def how_to_switch_on(source: str) -> str:
    """One sentence naming the settings that switch an *off* source on."""
    return {
        "pivotal_tracker": "set PIVOTAL_TRACKER_API_TOKEN to read it.",
        "clockify": "set CLOCKIFY_API_KEY and CLOCKIFY_WORKSPACE_ID to read it.",
    }[source]
