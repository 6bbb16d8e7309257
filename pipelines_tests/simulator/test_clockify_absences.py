"""Clockify: approval requests, holidays, time off, plans and profiles."""

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
                worlds.time_off_request(
                    2,
                    "2026-04-06T00:00:00Z",
                    "2026-04-10T23:59:59.999Z",
                    createdAt="2026-03-05T09:00:00.123456Z",
                ),
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
    # The window is about when a request was made, not about when somebody is away.
    assert search(client, start="2026-03-01T00:00:00Z") == (1, [2])
    assert search(client, end="2026-03-01T00:00:00Z") == (1, [1])
    assert search(client, statuses=["PENDING"]) == (0, [])
    assert search(client, users=["nobody"]) == (0, [])


def test_time_off_pages_hold_200_at_most(serve: Serve) -> None:
    client = serve(absences_world())
    path = f"/workspaces/{worlds.WORKSPACE_ID}/time-off/requests"
    response = client.clockify(path, method="POST", json={"pageSize": 201})
    assert (response.status_code, response.json()["code"]) == (400, 501)


def plans_world() -> World:
    """Two people: one works six hours from Monday to Thursday; one assignment of three is a draft."""
    other = worlds.hex_id(502)
    return worlds.world(
        clockify=worlds.clockify_data(
            users=[worlds.user(), worlds.user(other)],
            member_profiles=[
                worlds.member_profile(
                    other, workCapacity="PT6H30M", workingDays=["MONDAY", "TUESDAY"]
                )
            ],
            scheduling_assignments=[
                worlds.scheduling_assignment(1, "2026-03-02", "2026-03-06"),
                worlds.scheduling_assignment(2, "2026-03-02", "2026-03-03", published=False),
                worlds.scheduling_assignment(3, "2026-03-02", "2026-03-08", userId=other),
            ],
            time_off_policies=[
                worlds.time_off_policy(1),
                worlds.time_off_policy(2, archived=True),
            ],
            time_off_balances=[
                worlds.time_off_balance(n, worlds.hex_id(1), userName=f"Person {n:03}")
                for n in range(201)
            ],
        )
    )


WINDOW = {"start": "2026-03-03T00:00:00Z", "end": "2026-03-04T23:59:59Z"}


def test_assignments_need_a_window_and_hide_what_is_published(serve: Serve) -> None:
    client = serve(plans_world())
    response = client.workspace("/scheduling/assignments/all", WINDOW)
    assert [int(row["id"], 16) for row in response.json()] == [1, 2, 3]
    assert response.headers["last-page"] == "true"
    assert all(len(row) == 18 and "published" not in row for row in response.json())
    refused = client.workspace("/scheduling/assignments/all", {"start": WINDOW["start"]})
    assert (refused.status_code, refused.json()["code"]) == (400, 3001)
    later = {"start": "2026-03-07T00:00:00Z", "end": "2026-03-31T00:00:00Z"}
    rows = client.workspace("/scheduling/assignments/all", later).json()
    assert [int(row["id"], 16) for row in rows] == [3]


def totals(client: Client, **body: Any) -> Any:
    path = f"/workspaces/{worlds.WORKSPACE_ID}/scheduling/assignments/user-filter/totals"
    return client.clockify(path, method="POST", json=WINDOW | body)


def test_totals_of_people_by_day(serve: Serve) -> None:
    """Eight hours on Tuesday and four on Wednesday, four of Tuesday's in a draft; the other works on Tuesday only."""
    client = serve(plans_world())

    def hours(status: str) -> list[list[float]]:
        rows = totals(client, statusFilter=status).json()
        return [[day["totalHours"] for day in row["totalHoursPerDay"]] for row in rows]

    assert hours("ALL") == [[8.0, 4.0], [4.0, 0.0]]
    assert hours("PUBLISHED") == [[4.0, 4.0], [4.0, 0.0]]
    assert hours("UNPUBLISHED") == [[4.0, 0.0], [0.0, 0.0]]
    answer = totals(client)
    assert [row["capacityPerDay"] for row in answer.json()] == [28800, 23400]
    assert answer.json()[1]["workingDays"] == ["MONDAY", "TUESDAY"]
    assert "last-page" not in answer.headers
    assert len(totals(client, page=2, pageSize=1).json()) == 1
    assert totals(client, pageSize=201).status_code == 400
    assert totals(client, end=None).json()["code"] == 3001


def test_policies_and_balances_have_pages_of_200(serve: Serve) -> None:
    client = serve(plans_world())
    assert ids(client.workspace("/time-off/policies")) == [worlds.hex_id(1)]
    assert len(ids(client.workspace("/time-off/policies", {"status": "ALL"}))) == 2
    path = f"/time-off/balance/policy/{worlds.hex_id(1)}"
    answer = client.workspace(path, {"page-size": 200})
    assert answer.json()["count"] == 201
    assert (len(answer.json()["balances"]), answer.headers["last-page"]) == (200, "false")
    assert client.workspace(path, {"page-size": 201}).status_code == 400
    assert client.workspace("/time-off/balance/policy/other").status_code == 403
    of_user = client.workspace(f"/time-off/balance/user/{worlds.USER_ID}").json()
    assert of_user["count"] == 201


def test_a_profile_has_working_time_and_no_id(serve: Serve) -> None:
    client = serve(plans_world())
    profile = client.workspace(f"/member-profile/{worlds.hex_id(502)}").json()
    assert (profile["workCapacity"], profile["workingDays"]) == ("PT6H30M", ["MONDAY", "TUESDAY"])
    assert "userId" not in profile
    assert client.workspace(f"/member-profile/{worlds.USER_ID}").json()["workCapacity"] == "PT8H"
    assert client.workspace("/member-profile/nobody").status_code == 400
