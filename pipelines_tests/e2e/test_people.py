"""People's time from the server to the tables: what a sync asks for, and what is read once a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.simulator.model import World
from pipelines.simulator.mutations import remove, update
from pipelines_tests.support import worlds
from pipelines_tests.support.project import metadata_of, running_project

STREAMS = (
    "clockify/users",
    "clockify/time_off_policies",
    "clockify/time_off_balances",
    "clockify/time_off_requests",
    "clockify/member_profiles",
    "clockify/scheduling_assignments",
    "clockify/scheduling_totals",
)
POLICIES = [worlds.hex_id(n) for n in (1, 2, 3)]


def _world(people: int = 20) -> World:
    users = [worlds.user(worlds.hex_id(500 + n)) for n in range(people)]
    return worlds.world(
        clockify=worlds.clockify_data(
            users=users,
            time_off_policies=[worlds.time_off_policy(n) for n in (1, 2, 3)],
            time_off_balances=[
                worlds.time_off_balance(1000 * place + n, policy, userId=user["id"])
                for place, policy in enumerate(POLICIES)
                for n, user in enumerate(users)
            ],
            time_off_requests=[
                worlds.time_off_request(n, "2026-04-06T00:00:00Z", "2026-04-06T23:59:59.999Z")
                for n in range(3)
            ],
            scheduling_assignments=[
                worlds.scheduling_assignment(n, "2026-03-02", "2026-03-06", userId=user["id"])
                for n, user in enumerate(users)
            ],
        )
    )


@pytest.mark.slow
def test_people_are_read_with_few_requests_and_profiles_once_a_day(tmp_path: Path) -> None:
    with running_project(tmp_path, _world()) as project:
        server = project.server
        assert project.materialize(*STREAMS).success
        assert project.query("SELECT count(*) FROM clockify.member_profiles") == [(20,)]
        assert project.query("SELECT count(*) FROM clockify.time_off_balances") == [(60,)]
        server.requests.clear()
        again = project.materialize(*STREAMS)
        assert again.success
        # The connector's check asks for the users, and so does the stream, with the same answer.
        assert server.requests.total - server.requests.count("/users$") <= 8
        assert "read once a day" in metadata_of(again, "clockify/member_profiles")["not_read"]

        # Without scheduling each person would be asked, but not by a second sync of the day, only when somebody asks for
        # nothing else. What is gone, and what changed, is gone and changed; of an archived policy stays what people had.
        server.change_behaviour(plan="standard")
        balance = project.world.clockify.time_off_balances[0]["id"]
        remove(project.world, "clockify.time_off_balances", balance, at="2026-03-21T08:00:00Z")
        update(
            project.world,
            "clockify.time_off_policies",
            POLICIES[1],
            at="2026-03-21T08:00:00Z",
            values={"archived": True},
        )
        server.requests.clear()
        assert project.materialize(*STREAMS).success
        assert server.requests.count("/member-profile/") == 0
        assert project.query(
            "SELECT policy_id, count(*) FROM clockify.time_off_balances GROUP BY ALL ORDER BY 1"
        ) == [(POLICIES[0], 19), (POLICIES[1], 20), (POLICIES[2], 20)]
        assert project.materialize("clockify/member_profiles").success
        assert server.requests.count("/member-profile/") == 20
