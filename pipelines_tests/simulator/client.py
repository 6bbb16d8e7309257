"""A reader of both APIs with the demo credentials, for tests that ask a running server over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer

Params = dict[str, Any] | None


@dataclass(frozen=True)
class Client:
    server: SimulatorServer

    def tracker(self, path: str, params: Params = None) -> requests.Response:
        """GET *path* below ``/services/v5``."""
        return requests.get(
            f"{self.server.url}/services/v5{path}",
            params=params,
            headers={"X-TrackerToken": TRACKER_TOKEN},
            timeout=120,
        )

    def project(self, path: str = "", params: Params = None) -> requests.Response:
        """GET *path* below the world's first Tracker project."""
        project_id = self.server.world.tracker.projects[0]["id"]
        return self.tracker(f"/projects/{project_id}{path}", params)

    def clockify(
        self, path: str, params: Params = None, *, method: str = "GET", json: Any = None
    ) -> requests.Response:
        """Ask *path* below ``/api/v1``."""
        return requests.request(
            method,
            f"{self.server.url}/api/v1{path}",
            params=params,
            json=json,
            headers={"X-Api-Key": CLOCKIFY_KEY},
            timeout=120,
        )

    def workspace(self, path: str = "", params: Params = None) -> requests.Response:
        """GET *path* below the world's Clockify workspace."""
        workspace_id = self.server.world.clockify.workspace["id"]
        return self.clockify(f"/workspaces/{workspace_id}{path}", params)

    def entries(self, params: Params = None) -> requests.Response:
        """GET the time entries of the world's first user."""
        return self.workspace(
            f"/user/{self.server.world.clockify.users[0]['id']}/time-entries", params
        )

    def report(self, body: Any) -> requests.Response:
        """POST *body* to the detailed report."""
        workspace_id = self.server.world.clockify.workspace["id"]
        return requests.post(
            f"{self.server.url}/report/v1/workspaces/{workspace_id}/reports/detailed",
            json=body,
            headers={"X-Api-Key": CLOCKIFY_KEY},
            timeout=120,
        )


def ids(response: requests.Response) -> list[Any]:
    """The ids of the records in *response*, in its order."""
    assert response.status_code == 200, response.text
    return [record["id"] for record in response.json()]
