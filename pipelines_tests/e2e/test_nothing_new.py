"""What a sync asks for that finds nothing new: every request, of 20 people, on a plan that has everything and on the free one."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import World
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support import worlds
from pipelines_tests.support.project import running_project

ALL_STREAMS = [
    f"{connector.namespace}/{props.name}"
    for connector in CONNECTORS.values()
    for props in connector.streams
]
TODAY = datetime.now(timezone.utc).date()
DAYS = (str(TODAY - timedelta(14)), str(TODAY))
WORKSPACE = "/api/v1/workspaces/ID"
REPORTS = "/report/v1/workspaces/ID/reports"
OF_ANY_PLAN = {
    # Each of the two reads of a source asks who is there.
    f"{WORKSPACE}/users": 2,
    "/services/v5/projects": 2,
    # Time entries of all people, compared with the table; a running one is in no report.
    f"{REPORTS}/detailed": 1,
    f"{WORKSPACE}/time-entries/status/in-progress": 1,
    # A list each; of those that a plan lacks, the refusal.
    "/api/v1/workspaces": 1,
    **{
        f"{WORKSPACE}/{name}": 1
        for name in ("projects", "clients", "tags", "user-groups", "custom-fields", "holidays")
    },
    f"{WORKSPACE}/time-off/requests": 1,
    f"{WORKSPACE}/time-off/policies": 1,
    f"{WORKSPACE}/approval-requests": 1,
    f"{WORKSPACE}/scheduling/assignments/all": 1,
    f"{WORKSPACE}/scheduling/assignments/user-filter/totals": 1,
    f"{WORKSPACE}/expenses": 1,
    f"{WORKSPACE}/invoices": 1,
}
OF_A_PAID_PLAN = {
    **OF_ANY_PLAN,
    # The lines of invoices that are neither paid nor void.
    f"{WORKSPACE}/invoices/ID": 4,
    # Besides, which entries and expenses are invoiced, and Clockify's own sums of the two months that are over.
    f"{REPORTS}/detailed": 2,
    f"{REPORTS}/expenses/detailed": 1,
    f"{REPORTS}/summary": 2,
}


def company() -> World:
    line = worlds.invoice_item(0, 200, 10_000)
    statuses = ("UNSENT", "SENT", "OVERDUE", "PARTIALLY_PAID", "PAID", "VOID")
    people = [worlds.user(worlds.hex_id(n), email=f"u{n}@example.com") for n in range(1, 21)]
    return worlds.world(
        now=datetime.now(timezone.utc).replace(microsecond=0),
        clockify=worlds.clockify_data(
            users=people,
            clients=[worlds.client(1)],
            projects=[worlds.clockify_project(100)],
            tags=[worlds.tag(1)],
            user_groups=[worlds.user_group(1)],
            time_entries=[
                worlds.time_entry(
                    n, f"{TODAY - timedelta(n % 10 + 1)}T08:00:00Z", userId=person["id"]
                )
                for n, person in enumerate(people)
            ],
            invoices=[
                worlds.invoice(20 + n, line, status=status) for n, status in enumerate(statuses)
            ],
        ),
        tracker=worlds.tracker_data(stories=[worlds.story(1001), worlds.story(1002)]),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "subscription", "requests", "expected"),
    [("free", "FREE", 20, OF_ANY_PLAN), ("paid", "PRO", 28, OF_A_PAID_PLAN)],
)
def test_a_sync_that_finds_nothing_new_makes_these_requests(
    tmp_path: Path,
    plan: Literal["free", "paid"],
    subscription: str,
    requests: int,
    expected: dict[str, int],
) -> None:
    world = company()
    world.clockify.workspace["featureSubscriptionType"] = subscription
    with running_project(tmp_path, world, Behaviour(plan=plan)) as project:
        assert project.materialize(*ALL_STREAMS, days=DAYS, checks=False).success
        before = project.server.requests.by_path.copy()
        assert project.materialize(*ALL_STREAMS, days=DAYS, checks=False).success
        found: Counter[str] = Counter()
        for path, count in (project.server.requests.by_path - before).items():
            found[re.sub("[0-9a-f]{24}", "ID", path)] += count
    assert found == expected
    assert sum(found.values()) == requests
