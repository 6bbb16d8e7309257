"""dlt's REST source into DuckDB: as its documentation shows, with large pages and nested values kept as JSON.

dlt comes from what was installed into ``packages``. "start" ends when it is loaded.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from benchmarks.sync.contenders.floor import EVERYBODY
from benchmarks.sync.contenders.phases import Phases
from benchmarks.sync.contenders.task import Task
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN

DATABASE = "dlt.duckdb"
_PAGE_SIZE = 1000
_TRACKER_PAGE_SIZE = 500


def clockify(task: Task) -> dict[str, Any]:
    """The streams of Clockify as dlt's configuration."""
    base = f"workspaces/{task.workspace}"

    def resource(name: str, path: str, **params: str) -> dict[str, Any]:
        endpoint = {"path": f"{base}/{path}", "params": params}
        return {"name": name, "primary_key": "id", "endpoint": endpoint}

    return {
        "client": {
            "base_url": f"{task.server}/api/v1/",
            "headers": {"X-Api-Key": CLOCKIFY_KEY},
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "page_param": "page",
                "total_path": None,
                "stop_after_empty_page": True,
            },
        },
        "resource_defaults": {
            "write_disposition": "replace",
            "endpoint": {"params": {"page-size": _PAGE_SIZE}},
        },
        "resources": [
            resource("users", "users", **EVERYBODY),
            resource("projects", "projects"),
            resource("clients", "clients"),
            resource("tags", "tags"),
            resource("user_groups", "user-groups"),
            resource("tasks", "projects/{resources.projects.id}/tasks"),
            resource("time_entries", "user/{resources.users.id}/time-entries"),
        ],
    }


def tracker(task: Task) -> dict[str, Any]:
    """The streams of Tracker as dlt's configuration."""

    def resource(name: str, path: str, *, paged: bool = False, key: str = "id") -> dict[str, Any]:
        paginator: Any = "single_page"
        if paged:
            paginator = {
                "type": "offset",
                "limit": _TRACKER_PAGE_SIZE,
                "total_path": None,
                "stop_after_empty_page": True,
            }
        return {
            "name": name,
            "primary_key": key,
            "endpoint": {"path": path, "paginator": paginator},
        }

    of_project = "projects/{resources.projects.id}"
    return {
        "client": {
            "base_url": f"{task.server}/services/v5/",
            "headers": {"X-TrackerToken": TRACKER_TOKEN},
        },
        "resource_defaults": {"write_disposition": "replace"},
        "resources": [
            resource("projects", "projects"),
            resource("stories", f"{of_project}/stories", paged=True),
            resource("project_memberships", f"{of_project}/memberships"),
            resource("labels", f"{of_project}/labels"),
            resource("epics", f"{of_project}/epics"),
            resource("releases", f"{of_project}/releases", paged=True),
            resource("activity", f"{of_project}/activity", paged=True, key="guid"),
        ],
    }


def main() -> None:
    task = Task.of_this_process()
    phases = Phases(task.folder)
    os.environ |= {
        "DLT_DATA_DIR": str(task.folder / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    sys.path.insert(0, str(task.packages))
    import dlt
    from dlt.sources.rest_api import rest_api_source

    phases.end("start")
    destination = dlt.destinations.duckdb(str(task.folder / DATABASE))
    for name, config in (("clockify", clockify(task)), ("pivotal_tracker", tracker(task))):
        pipeline = dlt.pipeline(name, destination=destination, dataset_name=name)
        pipeline.run(rest_api_source(config, name=name, max_table_nesting=0))
    phases.end("run")


if __name__ == "__main__":
    main()
