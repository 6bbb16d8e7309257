"""Clockify's streams against the server's own records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pipelines.simulator.clockify.lists import membership_status
from pipelines.simulator.model import World
from pipelines.simulator.mutations import create_entry, remove
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.reading import check, read

Config = dict[str, Any]
OPTIONAL = [
    *("custom_fields", "holidays", "time_off_requests", "approval_requests"),
    *("expenses", "expense_categories", "invoices"),
    *("time_off_policies", "scheduling_assignments", "scheduling_totals"),
]


def _ids(records: list[dict[str, Any]]) -> Counter[Any]:
    return Counter(record["id"] for record in records)


def test_every_stream_equals_the_server(world: World, clockify: Config) -> None:
    data = world.clockify
    for records in (data.projects, data.clients, data.tags):
        records[0]["archived"] = True
    data.projects[0]["tasks"][0]["status"] = "DONE"
    data.users[1]["status"] = "LIMITED_DELETED"
    config = {**clockify, "first_day": "2025-12-01"}
    reading = read("clockify", config, [s.name for s in CONNECTORS["clockify"].streams])
    assert not reading.errors
    assert not reading.notes
    expected = {
        "workspaces": [data.workspace],
        "users": data.users,
        "clients": data.clients,
        "projects": data.projects,
        "tasks": [task for project in data.projects for task in project["tasks"]],
        "tags": data.tags,
        "user_groups": data.user_groups,
        "time_entries": data.time_entries,
        "custom_fields": data.custom_fields,
        "holidays": data.holidays,
        "time_off_requests": data.time_off_requests,
        "approval_requests": [row["approvalRequest"] for row in data.approval_requests],
        "expenses": data.expenses,
        "expense_categories": data.expense_categories,
        "invoices": data.invoices,
        "invoice_payments": data.invoice_payments,
        "entry_invoicing": [e for e in data.time_entries if e["id"] in data.invoicing],
        "expense_invoicing": data.expenses,
    }
    in_use = {policy["id"] for policy in data.time_off_policies if not policy["archived"]}
    expected["time_off_policies"] = data.time_off_policies
    expected["time_off_balances"] = [b for b in data.time_off_balances if b["policyId"] in in_use]
    expected["scheduling_assignments"] = data.scheduling_assignments
    members = Counter(user["id"] for user in data.users if membership_status(user) == "ACTIVE")
    for stream in ("scheduling_totals", "member_profiles"):
        assert Counter(row["user_id"] for row in reading.records[stream]) == members
    for stream, records in expected.items():
        assert _ids(reading.records[stream]) == _ids(records), stream


def test_all_that_comes_is_declared_and_in_snake_case(clockify: Config) -> None:
    connector = CONNECTORS["clockify"]
    reading = read("clockify", clockify, [s.name for s in connector.streams])
    for stream in connector.streams:
        for record in reading.records[stream.name]:
            assert set(record) <= set(stream.column_names), stream.name
    entry = reading.records["time_entries"][0]
    assert "start" in entry["time_interval"]
    assert all(
        "timeZone" in (user["settings"] or {"timeZone": 0}) for user in reading.records["users"]
    )


@pytest.mark.parametrize("rows", [0, 51, 1000, 5001])
def test_lists_of_every_length(
    rows: int, world: World, server: SimulatorServer, clockify: Config
) -> None:
    world.clockify.tags = [{**world.clockify.tags[0], "id": f"{i:024x}"} for i in range(rows)]
    reading = read("clockify", clockify, ["tags"])
    assert reading.ids("tags") == [f"{i:024x}" for i in range(rows)]
    assert server.requests.total == max(1, -(-rows // 1000))


def test_pages_of_time_entries_and_ids_that_look_like_numbers(
    world: World, clockify: Config
) -> None:
    entry = world.clockify.time_entries[0]
    ids = [f"5e1000000000000000{i:06d}" for i in range(5001)]
    world.clockify.time_entries = [{**entry, "id": entry_id} for entry_id in ids]
    reading = read("clockify", {**clockify, "page_size": 100}, ["time_entries"])
    # Pages overlap by a few rows.
    assert sorted(set(reading.ids("time_entries"))) == ids


def test_tasks_cost_no_more_than_projects(server: SimulatorServer, clockify: Config) -> None:
    reading = read("clockify", clockify, ["tasks", "projects"])
    assert reading.records["tasks"]
    assert all("tasks" not in project for project in reading.records["projects"])
    assert server.requests.total == 1
    server.requests.clear()
    assert read("clockify", clockify, ["tasks"]).records["tasks"]
    assert server.requests.total == 1


def test_users_are_asked_for_once(server: SimulatorServer, clockify: Config) -> None:
    server.world.clockify.time_entries = server.world.clockify.time_entries[:9]
    config = {**clockify, "page_size": 2, "num_workers": 16}
    reading = read("clockify", config, ["time_entries", "users"])
    pages = -(-len(reading.records["users"]) // 2)
    assert server.requests.count("/users$") == pages


@pytest.mark.parametrize("offset_hours", [-12, 0, 5, 14])
def test_the_window_is_exact_in_every_zone_of_the_account(
    offset_hours: int, world: World, clockify: Config
) -> None:
    """Entries of an hour each from two days before the window to two days after it.

    The server reads ``start`` and ``end`` again as wall clock of the account, so its window is up to 14 hours off.
    """
    sign = "-" if offset_hours > 0 else "+"  # Etc/GMT zones are named the other way round
    for user in world.clockify.users:
        user["settings"] = {
            **(user["settings"] or {}),
            "timeZone": f"Etc/GMT{sign}{abs(offset_hours)}",
        }
    world.clockify.time_entries.clear()
    first = datetime(2026, 3, 8, tzinfo=timezone.utc)
    user = world.clockify.users[0]["id"]
    for hour in range(24 * 5):
        start = first + timedelta(hours=hour)
        create_entry(world, user, start, start=start, end=start + timedelta(hours=1))
    edges = ["2026-03-09T23:59:59Z", "2026-03-10T23:59:59Z"]
    for edge in edges:
        create_entry(world, user, edge, start=edge)
    window = {"start_date": "2026-03-10T00:00:00Z", "end_date": "2026-03-11T00:00:00Z"}
    reading = read("clockify", {**clockify, **window}, ["time_entries"])
    starts = sorted(r["time_interval"]["start"] for r in reading.records["time_entries"])
    hours = [f"2026-03-10T{hour:02d}:00:00Z" for hour in range(24)]
    assert starts == [*hours, edges[1]]


def test_what_a_plan_refuses_is_empty_with_a_warning(
    server: SimulatorServer, clockify: Config
) -> None:
    server.change_behaviour(plan="free")
    reading = read("clockify", clockify, [*OPTIONAL, "clients", "workspaces"])
    assert not reading.errors
    assert set(reading.records) == {"clients", "workspaces"}
    assert set(reading.notes) == set(OPTIONAL)


def test_a_user_who_vanishes_meanwhile_does_not_stop_the_others(
    world: World, clockify: Config
) -> None:
    """Clockify says 400 with code 501, as for any other wrong value."""
    gone = world.clockify.users[1]["id"]
    smaller = replace(world, clockify=replace(world.clockify, users=world.clockify.users[:1]))
    server = SimulatorServer(lambda: smaller if server.requests.count("/users$") else world)
    with server:
        reading = read("clockify", {**clockify, "api_url": server.url}, ["time_entries"])
    assert not reading.errors
    assert {e["user_id"] for e in reading.records["time_entries"]} == {
        world.clockify.users[0]["id"]
    }
    assert gone in str(reading.notes)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_person_whose_entries_are_refused_is_left_out_and_named(
    status: int, world: World, server: SimulatorServer, clockify: Config
) -> None:
    other = world.clockify.users[1]
    server.add_fault(f"/user/{other['id']}/", status=status, times=None)
    reading = read("clockify", clockify, ["time_entries"])
    assert not reading.errors
    assert other["id"] not in {entry["user_id"] for entry in reading.records["time_entries"]}
    assert reading.records["time_entries"]
    [note] = reading.notes["time_entries"]
    assert f"answered {status}" in note
    assert f"nothing of {other['name']} is read" in note


def test_a_key_without_rights_reads_its_own_time(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    server.add_fault(r"/users(\?|$)", status=403, times=None)
    own = world.clockify.users[0]
    assert check("clockify", clockify) is None
    reading = read("clockify", clockify, ["users", "time_entries"])
    assert not reading.errors
    assert set(reading.ids("users")) == {own["id"]}
    assert {entry["user_id"] for entry in reading.records["time_entries"]} == {own["id"]}
    assert "only the key's owner is read" in reading.notes["users"][0]


def test_a_second_read_is_not_given_answers_of_the_first(world: World, clockify: Config) -> None:
    streams = ["projects", "tasks", "users", "time_entries"]
    before = read("clockify", clockify, streams)
    gone = world.clockify.projects[0]["id"]
    world.clockify.projects.pop(0)
    newcomer = {**world.clockify.users[0], "id": "f" * 24}
    world.clockify.users.append(newcomer)
    after = read("clockify", clockify, streams)
    assert gone in before.ids("projects")
    assert gone not in after.ids("projects")
    assert gone not in {task["project_id"] for task in after.records["tasks"]}
    assert set(after.ids("users")) - set(before.ids("users")) == {"f" * 24}


def test_an_emptied_list_is_read_as_empty(world: World, clockify: Config) -> None:
    for tag in list(world.clockify.tags):
        remove(world, "clockify.tags", tag["id"], at="2026-03-20T13:00:00Z")
    reading = read("clockify", clockify, ["tags"])
    assert not reading.errors
    assert not reading.records["tags"]
