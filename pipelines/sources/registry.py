"""The two sources: which connector reads them. A source's name is its warehouse schema and asset key prefix.

Here: names and manifests only. Not here: credentials and addresses (``settings``), Dagster (``defs``).
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pipelines.pyairbyte.manifest import ManifestConnector

_SOURCES = Path(str(files("pipelines"))) / "sources"

PIVOTAL_TRACKER = "pivotal_tracker"
CLOCKIFY = "clockify"

CONNECTORS = {
    connector.namespace: connector
    for connector in (
        ManifestConnector(
            "source-pivotal-tracker",
            PIVOTAL_TRACKER,
            _SOURCES / PIVOTAL_TRACKER / "manifest.yaml",
        ),
        ManifestConnector("source-clockify", CLOCKIFY, _SOURCES / CLOCKIFY / "manifest.yaml"),
    )
}
