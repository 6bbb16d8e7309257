"""Clockify: the detailed report."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.simulator.model import World
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds

INACTIVE = "64b0c0ffee00112233445502"


def request(**values: Any) -> dict[str, Any]:
    return {
        "dateRangeStart": "2026-03-01T00:00:00.000",
        "dateRangeEnd": "2026-03-31T23:59:59.999",
        "timeZone": "UTC",
        "sortOrder": "ASCENDING",
        "detailedFilter": {"page": 1, "pageSize": 50, **values.pop("detail", {})},
        **values,
    }


def report_world() -> World:
    """An entry of 1 h 50 m 30 s at 72.00 an hour, one of a leaver, and a running timer."""
    rate = {"hourlyRate": {"amount": 7200, "currency": "EUR"}}
    return worlds.world(
        clockify=worlds.clockify_data(
            users=[
                worlds.user(time_zone="Pacific/Auckland"),
                worlds.user(INACTIVE, membership="INACTIVE"),
            ],
            time_entries=[
                worlds.time_entry(1, "2026-03-02T08:15:00Z", "2026-03-02T10:05:30Z", **rate),
                worlds.time_entry(
                    2, "2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z", userId=INACTIVE
                ),
                worlds.time_entry(3, "2026-03-04T08:00:00Z"),
            ],
        )
    )


def test_durations_are_integer_seconds_and_amounts_minor_units(serve: Serve) -> None:
    """6,630 seconds at 7,200 cents an hour earn 13,260 cents. Running timers are left out."""
    response = serve(report_world()).report(request())
    body = response.json()
    assert [row["_id"] for row in body["timeentries"]] == [worlds.hex_id(1), worlds.hex_id(2)]
    row = body["timeentries"][0]
    assert row["timeInterval"] == {
        "start": "2026-03-02T08:15:00Z",
        "end": "2026-03-02T10:05:30Z",
        "duration": 6630,
    }
    assert (row["amount"], row["rate"], row["currency"]) == (13260, 7200, "EUR")
    assert (row["userName"], row["userEmail"]) == ("User 501", "user-501@example.com")
    assert body["totals"][0]["totalTime"] == 6630 + 3600
    assert response.headers["last-page"] == "true"


def test_times_are_rendered_in_the_asked_zone_or_the_account_s(serve: Serve) -> None:
    """Auckland is at +13:00 in March."""
    client = serve(report_world())
    first = client.report(request(timeZone="Europe/Oslo")).json()["timeentries"][0]
    assert first["timeInterval"]["start"] == "2026-03-02T09:15:00+01:00"
    first = client.report(request(timeZone=None)).json()["timeentries"][0]
    assert first["timeInterval"]["start"] == "2026-03-02T21:15:00+13:00"


def test_range_is_wall_clock_of_the_zone(serve: Serve) -> None:
    """Noon in Auckland on 2026-03-03 is 23:00Z the day before: entry 1 lies before it."""
    body = request(timeZone="Pacific/Auckland", dateRangeStart="2026-03-03T12:00:00Z")
    rows = serve(report_world()).report(body).json()["timeentries"]
    assert [row["_id"] for row in rows] == [worlds.hex_id(2)]


def test_pages_and_filters(serve: Serve) -> None:
    client = serve(report_world())
    response = client.report(request(detail={"pageSize": 1, "options": {"totals": "EXCLUDE"}}))
    assert response.headers["last-page"] == "false"
    assert response.json()["totals"] == []
    leavers = client.report(request(users={"status": "INACTIVE"})).json()["timeentries"]
    assert [row["userId"] for row in leavers] == [INACTIVE]
    others = {"ids": [INACTIVE], "contains": "DOES_NOT_CONTAIN"}
    rows = client.report(request(users=others)).json()["timeentries"]
    assert [row["userId"] for row in rows] == [worlds.USER_ID]


@pytest.mark.parametrize(
    "body",
    [
        {},
        request(dateRangeStart="2024-01-01T00:00:00.000"),
        request(detail={"pageSize": 1001}),
        request(detail={"sortColumn": "MOOD"}),
        request(timeZone="Mars/Olympus"),
    ],
)
def test_refusals_come_as_400_or_as_200_with_a_code(serve: Serve, body: dict[str, Any]) -> None:
    client = serve(report_world())
    refused = client.report(body)
    assert (refused.status_code, refused.json()["code"]) == (400, 501)
    client.server.change_behaviour(report_error_status=200)
    refused = client.report(body)
    assert (refused.status_code, refused.json()["code"]) == (200, 501)


def test_free_plan_reaches_31_days(serve: Serve) -> None:
    client = serve(report_world(), plan="free")
    month = request(dateRangeEnd="2026-03-20T00:00:00.000")
    assert client.report(month).status_code == 200
    assert client.report({**month, "dateRangeStart": "2026-02-01T00:00:00.000"}).status_code == 400
    past = {"dateRangeStart": "2026-01-05T00:00:00.000", "dateRangeEnd": "2026-01-09T00:00:00.000"}
    assert client.report({**month, **past}).status_code == 400
