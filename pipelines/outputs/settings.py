"""The settings of what is made for people: where it lies, who is told, and who may ask.

Not here: the mirror's (``mirror.settings``), when a digest is sent (``defs.settings``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.project.kinds import AppriseAddresses, Credential, ProjectPath, Site
from pipelines.project.settings import setting
from pipelines.warehouse.backends.address import backend_of
from pipelines.warehouse.settings import WarehouseSettings, default_file


def _beside(given: Mapping[str, Any]) -> Path:
    """The folder beside the warehouse; where that lies in no folder, the one beside the default."""
    return backend_of(given["warehouse"]).folder or default_file(given).with_suffix("")


class OutputSettings(WarehouseSettings):
    """The report and its companions, messages, and the MCP server."""

    title = "Report, messages, AI applications"

    report_dir: ProjectPath = setting(
        "PIPELINES_REPORT_DIR",
        "Folder of the report, the exports and the documents.",
        _beside,
        told="beside the warehouse; on a server: `data/warehouse`",
        example="data/report",
        used_by=("sync", "resync", "ui", "report", "links", "invoice-preview", "mcp"),
    )
    notify: AppriseAddresses = setting(
        "PIPELINES_NOTIFY",
        "Addresses of [Apprise](operating.md#alerts-and-the-weekly-digest) between spaces (mail, chat and the rest), which "
        "get alerts on numbers and the weekly digest.",
        (),
        example="mailto://user:password@example.com slack://tokenA/tokenB/tokenC",
        used_by=("sync", "resync", "ui", "alerts", "digest"),
    )
    ui_url: Site | None = setting(
        "PIPELINES_UI_URL",
        "Where people reach the Dagster UI, for the links in messages.",
        example="https://dagster.example.com",
        used_by=("sync", "resync", "ui"),
    )
    mcp_token: Credential | None = setting(
        "PIPELINES_MCP_TOKEN",
        "Token that clients of [the MCP server](ai.md#over-http) must send over HTTP; needed where it listens elsewhere than "
        "on this machine.",
        example="a-long-random-text",
        used_by=("mcp",),
    )
