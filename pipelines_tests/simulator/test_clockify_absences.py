"""Clockify: approval requests, holidays, time off."""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import World
from pipelines_tests.simulator.client import Client, ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def absences_world() -> World:
    return worlds.world(
        clockify=worlds.clockify_data(
            approval_requests=[
                worlds.approval_request(1, "2026-03-09T08:00:00Z"),
                worlds.approval_request(2, "2026-03-02T08:00:00Z", state="PENDING"),
                worlds.approval_request(3, "2026-03-16T08:00:00Z"),
            ],
            holidays=[
                worlds.holiday(1, "2026-05-17"),
                worlds.holiday(2, "2026-12-26", everyoneIncludingNew=False, userIds=["someone"]),
            ],
            time_off_requests=[
                worlds.time_off_request(1, "2026-02-02T00:00:00Z", "2026-02-06T23:59:59.999Z"),
                worlds.time_off_request(2, "2026-04-06T00:00:00Z", "2026-04-10T23:59:59.999Z"),
            ],
        )
    )


def numbers(client: Client, **params: Any) -> list[int]:
    """The numbers the approval requests were made with."""
    query = {name.replace("_", "-"): value for name, value in params.items()}
    rows = client.workspace("/approval-requests", query).json()
    return [int(row["approvalRequest"]["id"], 16) for row in rows]


def test_approval_requests_by_time_of_decision(serve: Serve) -> None:
    client = serve(absences_world())
    assert numbers(client, sort_column="UPDATED_AT") == [2, 1, 3]
    assert numbers(client, sort_column="UPDATED_AT", sort_order="DESCENDING") == [3, 1, 2]
    assert numbers(client, status="PENDING") == [2]


def test_approval_requests_ignore_user_and_window(serve: Serve) -> None:
    client = serve(absences_world())
    assert numbers(client, user_id="nobody", start="2030-01-01T00:00:00Z") == [1, 2, 3]


def test_holidays_of_one_user(serve: Serve) -> None:
    client = serve(absences_world())
    assert ids(client.workspace("/holidays", {"assigned-to": "nobody"})) == [worlds.hex_id(1)]
    assert len(ids(client.workspace("/holidays", {"assigned-to": "someone"}))) == 2


def search(client: Client, **body: Any) -> tuple[int, list[int]]:
    path = f"/workspaces/{worlds.WORKSPACE_ID}/time-off/requests"
    found = client.clockify(path, method="POST", json=body).json()
    return found["count"], [int(request["id"], 16) for request in found["requests"]]


def test_time_off_is_searched_by_post(serve: Serve) -> None:
    client = serve(absences_world())
    assert search(client) == (2, [1, 2])
    assert search(client, page=2, pageSize=1) == (2, [2])
    assert search(client, start="2026-03-01T00:00:00Z") == (1, [2])
    assert search(client, end="2026-03-01T00:00:00Z") == (1, [1])
    assert search(client, statuses=["PENDING"]) == (0, [])
    assert search(client, users=["nobody"]) == (0, [])


def test_time_off_pages_hold_200_at_most(serve: Serve) -> None:
    client = serve(absences_world())
    path = f"/workspaces/{worlds.WORKSPACE_ID}/time-off/requests"
    response = client.clockify(path, method="POST", json={"pageSize": 201})
    assert (response.status_code, response.json()["code"]) == (400, 501)
