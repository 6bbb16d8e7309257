"""Clockify's streams about people's time: what they cost, and what is read where a plan or a right is missing."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.reading import read

Config = dict[str, Any]
PEOPLE = [
    "users",
    "time_off_policies",
    "time_off_balances",
    "time_off_requests",
    "member_profiles",
    "scheduling_assignments",
    "scheduling_totals",
]


def _crowd(world: World, people: int) -> None:
    """A company of ``people`` with a balance of each policy and an assignment each."""
    data = world.clockify
    data.users = [
        worlds.user(worlds.hex_id(n), memberships=[_membership(world, n)]) for n in range(people)
    ]
    policies = [policy for policy in data.time_off_policies if not policy["archived"]]
    data.time_off_balances = [
        worlds.time_off_balance(1000 * place + n, policy["id"], userId=user["id"])
        for place, policy in enumerate(policies)
        for n, user in enumerate(data.users)
    ]
    data.scheduling_assignments = [
        worlds.scheduling_assignment(n, "2026-03-02", "2026-03-13", userId=user["id"])
        for n, user in enumerate(data.users)
    ]
    data.member_profiles = [
        worlds.member_profile(user["id"], workCapacity="PT6H", workingDays=["MONDAY"])
        for user in data.users
    ]


def _membership(world: World, number: int) -> dict[str, Any]:
    target = world.clockify.workspace["id"]
    own = worlds.user(worlds.hex_id(number))["memberships"][0]
    return {**own, "targetId": target}


@pytest.mark.parametrize(("people", "most"), [(20, 8), (500, 20)])
def test_requests_of_all_streams_about_people(
    people: int, most: int, world: World, server: SimulatorServer, clockify: Config
) -> None:
    """Of three policies in use; the list of users is read in any case."""
    _crowd(world, people)
    reading = read("clockify", {**clockify, "first_day": "2026-01-01"}, PEOPLE)
    assert not reading.errors
    assert not reading.notes
    assert len({row["user_id"] for row in reading.records["member_profiles"]}) == people
    assert len({row["user_id"] for row in reading.records["scheduling_totals"]}) == people
    assert len(set(reading.ids("time_off_balances"))) == 3 * people
    assert len(set(reading.ids("scheduling_assignments"))) == people
    assert server.requests.total - server.requests.count("/users$") <= most


def test_totals_show_what_is_published_and_how_long_people_work(
    world: World, clockify: Config
) -> None:
    _crowd(world, 1)
    draft = worlds.scheduling_assignment(
        9, "2026-03-09", "2026-03-09", userId=worlds.hex_id(0), published=False
    )
    world.clockify.scheduling_assignments.append(draft)
    reading = read("clockify", {**clockify, "first_day": "2026-03-01"}, PEOPLE)
    [totals] = reading.records["scheduling_totals"]
    hours = {
        day["date"][:10]: day["totalHours"]
        for day in totals["total_hours_per_day"]
        if day["totalHours"]
    }
    # The person works on Mondays only, and the draft is not published.
    assert hours == {"2026-03-02": 4.0, "2026-03-09": 4.0}
    [profile] = reading.records["member_profiles"]
    assert (profile["capacity_per_day"], profile["working_days"]) == (21600, ["MONDAY"])
    assert len(reading.records["scheduling_assignments"]) == 2
    assert "published" not in reading.records["scheduling_assignments"][0]


def test_a_plan_without_scheduling_has_profiles_all_the_same(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    """Each active member's is asked for by itself."""
    server.change_behaviour(plan="standard")
    people = [u["id"] for u in world.clockify.users]
    reading = read("clockify", clockify, PEOPLE)
    assert not reading.errors
    profiles = {row["user_id"]: row for row in reading.records["member_profiles"]}
    assert profiles.keys() == set(people)
    assert profiles[people[-1]]["work_capacity"] == "PT6H"
    assert profiles[people[-1]]["working_days"] == ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"]
    assert set(reading.notes) == {"scheduling_assignments", "scheduling_totals"}
    assert reading.records["time_off_balances"]


def test_a_profile_that_is_refused_is_left_out_and_named(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    server.change_behaviour(plan="standard")
    other = world.clockify.users[0]
    server.add_fault(f"/member-profile/{other['id']}", status=403, times=None)
    reading = read("clockify", clockify, ["member_profiles"])
    assert not reading.errors
    assert other["id"] not in {row["user_id"] for row in reading.records["member_profiles"]}
    [note] = reading.notes["member_profiles"]
    assert "answered 403" in note
    assert f"nothing of {other['name']} is read" in note


def test_people_are_not_asked_one_by_one_where_the_budget_is_small(
    server: SimulatorServer, clockify: Config
) -> None:
    server.change_behaviour(plan="standard")
    reading = read("clockify", {**clockify, "requests_per_hour": 8}, ["member_profiles"])
    assert not reading.errors
    assert not reading.records["member_profiles"]
    [note] = reading.notes["member_profiles"]
    assert "more than half of the budget of 8 an hour" in note
    assert server.requests.count("/member-profile/") == 0


def test_a_policy_whose_balances_are_refused_leaves_the_others(
    world: World, server: SimulatorServer, clockify: Config
) -> None:
    first = world.clockify.time_off_policies[0]
    server.add_fault(f"/balance/policy/{first['id']}", status=403, times=None)
    reading = read("clockify", clockify, ["time_off_balances", "time_off_policies"])
    assert not reading.errors
    assert reading.records["time_off_balances"]
    assert first["id"] not in {row["policy_id"] for row in reading.records["time_off_balances"]}
    assert f"nothing of {first['name']} is read" in reading.notes["time_off_balances"][0]
