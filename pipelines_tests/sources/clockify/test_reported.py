"""Time entries by the detailed report beside the same ones by list: what agrees, and what becomes of a report's row."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import Record
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.cdk.transformations import snake_case
from pipelines.sources.clockify.reported import agree, as_listed, is_comparable
from pipelines_tests.simulator.client import Client
from pipelines_tests.support import worlds

FIELD = {"customFieldId": worlds.hex_id(5), "name": "Ticket", "type": "TXT", "value": "ACME-77"}
EURO = {"amount": 7200, "currency": "EUR"}
ENTRIES = [
    worlds.time_entry(1, "2026-03-02T08:15:00Z", "2026-03-02T10:05:30Z", description="Totals"),
    worlds.time_entry(
        2,
        "2026-03-03T08:00:00Z",
        "2026-03-04T09:00:00Z",
        tagIds=[worlds.hex_id(9), worlds.hex_id(8)],
        hourlyRate=EURO,
        costRate={"amount": 3600, "currency": "EUR"},
        isLocked=True,
    ),
    worlds.time_entry(
        3,
        "2026-03-04T08:00:00Z",
        "2026-03-04T08:00:00Z",
        billable=False,
        type="BREAK",
        customFieldValues=[{**FIELD, "timeEntryId": worlds.hex_id(3)}],
    ),
]


@pytest.fixture(params=[False, True], ids=["documented", "as recorded"])
def shown(request: pytest.FixtureRequest) -> list[tuple[Record, Record]]:
    """Each entry by list and by report, as a server shows them."""
    tags = [worlds.tag(8), worlds.tag(9)]
    world = worlds.world(clockify=worlds.clockify_data(time_entries=ENTRIES, tags=tags))
    with SimulatorServer(world, Behaviour(as_recorded=request.param)) as server:
        client = Client(server)
        listed = client.entries().json()
        body = {
            "dateRangeStart": "2026-03-01T00:00:00.000",
            "dateRangeEnd": "2026-03-31T23:59:59.999",
            "timeZone": "UTC",
            "detailedFilter": {"page": 1, "pageSize": 50},
        }
        by_id = {row["_id"]: row for row in client.report(body).json()["timeentries"]}
    return [(_snake(row), by_id[row["id"]]) for row in listed]


def _snake(row: Record) -> Record:
    return {snake_case(key): value for key, value in row.items()}


def test_both_agree_on_every_entry(shown: list[tuple[Record, Record]]) -> None:
    assert len(shown) == len(ENTRIES)
    for listed, reported in shown:
        assert is_comparable(reported)
        assert agree(listed, reported)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"description": "edited"}, "description"),
        ({"projectId": worlds.hex_id(70)}, "project_id"),
        ({"taskId": worlds.hex_id(71)}, "task_id"),
        ({"tagIds": [worlds.hex_id(72)]}, "tag_ids"),
        ({"billable": None}, "billable"),
        ({"type": "HOLIDAY"}, "type"),
        ({"userId": worlds.hex_id(73)}, "user_id"),
        ({"rate": 1}, "hourly_rate"),
        ({"costRate": 1}, "cost_rate"),
        ({"customFields": [{**FIELD, "value": "other"}]}, "custom_field_values"),
        (
            {"timeInterval": {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T08:30:00Z"}},
            "time_interval",
        ),
    ],
)
def test_every_column_that_a_report_shows_is_compared_and_no_other_is_touched(
    shown: list[tuple[Record, Record]], change: Record, column: str
) -> None:
    for listed, reported in shown:
        changed = {**reported, **change}
        assert not agree(listed, changed)
        row = as_listed(changed, worlds.WORKSPACE_ID, listed)
        assert agree(row, changed)
        assert {name for name in row if row[name] != listed.get(name)} == {column}


def test_locks_are_compared_under_both_names() -> None:
    listed = _snake(ENTRIES[0])
    assert agree(listed, {"isLocked": False})
    assert not agree(listed, {"isLocked": True})
    assert not agree(listed, {"locked": True})


def test_a_row_that_lacks_what_is_compared_is_told_from_one_that_has_nothing_there() -> None:
    row: dict[str, Any] = dict.fromkeys(
        ("userId", "timeInterval", "billable", "type", "rate", "costRate", "customFields", "locked")
    )
    assert is_comparable(row)
    for name in row:
        assert not is_comparable({key: value for key, value in row.items() if key != name})


def test_a_new_entry_has_what_the_report_knows_in_the_form_of_a_list(
    shown: list[tuple[Record, Record]],
) -> None:
    """25 hours are PT25H; a rate of 0 may be none, so there is none; the kiosk is not known."""
    rows = {r["_id"]: as_listed(r, worlds.WORKSPACE_ID) for _, r in shown}
    long = rows[worlds.hex_id(2)]
    assert long["time_interval"] == {
        "start": "2026-03-03T08:00:00Z",
        "end": "2026-03-04T09:00:00Z",
        "duration": "PT25H",
    }
    assert long["hourly_rate"] == EURO
    assert long["workspace_id"] == worlds.WORKSPACE_ID
    first = rows[worlds.hex_id(1)]
    assert (first["hourly_rate"], first["cost_rate"]) == (None, None)
    assert first["time_interval"]["duration"] == "PT1H50M30S"
    assert "kiosk_id" not in first
