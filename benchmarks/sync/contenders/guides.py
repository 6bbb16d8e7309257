"""The pipeline of PyAirbyte's guides: get a source, select all streams, read them into a DuckDB cache.

The manifests are those of the packages ``airbyte-source-clockify`` and ``airbyte-source-pivotal-tracker``, taken from what
was installed into ``packages``; only the host is another. "start" ends when PyAirbyte is loaded.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from benchmarks.sync.contenders.phases import Phases
from benchmarks.sync.contenders.task import Task
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN

PACKAGES = ("airbyte-source-clockify", "airbyte-source-pivotal-tracker")
DATABASE = "guides.duckdb"


def manifest(task: Task, package: str, api: str) -> dict[str, Any]:
    """A published manifest that asks ``server``; ``api`` is the path of the API there."""
    text = (task.packages / package / "manifest.yaml").read_text()
    published: dict[str, Any] = yaml.safe_load(text)
    published["definitions"]["base_requester"]["url_base"] = f"{task.server}{api}"
    return published


def main() -> None:
    task = Task.of_this_process()
    phases = Phases(task.folder)
    os.environ |= {
        "AIRBYTE_OFFLINE_MODE": "1",
        "DO_NOT_TRACK": "1",
        "NO_LIVE_PROGRESS": "1",
        "AIRBYTE_LOGGING_ROOT": str(task.folder / "logs"),
    }
    import airbyte

    phases.end("start")
    clockify = airbyte.get_source(
        "source-clockify",
        source_manifest=manifest(task, "source_clockify", "/api/v1/"),
        config={"api_key": CLOCKIFY_KEY, "workspace_id": task.workspace},
    )
    tracker = airbyte.get_source(
        "source-pivotal-tracker",
        source_manifest=manifest(task, "source_pivotal_tracker", "/services/v5/"),
        config={"api_token": TRACKER_TOKEN},
    )
    database: Path = task.folder / DATABASE
    # Both have a stream "projects", hence a schema each.
    for schema, source in (("clockify", clockify), ("pivotal_tracker", tracker)):
        source.select_all_streams()
        cache = airbyte.caches.DuckDBCache(
            db_path=database, schema_name=schema, cache_dir=task.folder / "cache"
        )
        with cache:
            source.read(cache=cache)
    phases.end("run")


if __name__ == "__main__":
    main()
