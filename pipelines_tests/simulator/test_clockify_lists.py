"""Clockify: paging, and the lists with the defaults that surprise."""

from __future__ import annotations

import pytest

from pipelines.simulator.model import World
from pipelines_tests.simulator.client import ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def lists_world(**lists: object) -> World:
    return worlds.world(clockify=worlds.clockify_data(**lists))


def clients_world(count: int) -> World:
    return lists_world(
        clients=[worlds.client(n, name=f"Client {n:04d}") for n in range(1, count + 1)]
    )


def test_fifty_rows_unless_asked_and_last_page_in_lower_case(serve: Serve) -> None:
    client = serve(clients_world(120))
    first, last = client.workspace("/clients"), client.workspace("/clients", {"page": 3})
    assert [len(r.json()) for r in (first, last)] == [50, 20]
    assert [r.headers["last-page"] for r in (first, last)] == ["false", "true"]
    assert first.headers["total-count"] == "120"


def test_a_full_page_can_be_the_last(serve: Serve) -> None:
    client = serve(clients_world(100))
    assert client.workspace("/clients", {"page": 2}).headers["last-page"] == "true"


def test_page_past_the_end_is_empty_and_the_last(serve: Serve) -> None:
    response = serve(clients_world(3)).workspace("/clients", {"page": 7})
    assert (response.json(), response.headers["last-page"]) == ([], "true")


def test_page_sizes(serve: Serve) -> None:
    client = serve(clients_world(3), clockify_page_max=200)
    assert client.workspace("/clients", {"page-size": 200}).status_code == 200
    refused = client.workspace("/clients", {"page-size": 0})
    assert refused.status_code == 400
    assert refused.json() == {"message": "Page size must be a positive value", "code": 501}
    assert client.workspace("/clients", {"page-size": 201}).json()["code"] == 501


def test_page_zero_is_the_first_page_or_an_error(serve: Serve) -> None:
    client = serve(clients_world(3))
    page_zero = {"page": 0, "page-size": 2}
    assert client.workspace("/clients", page_zero).json() == (
        client.workspace("/clients", {"page": 1, "page-size": 2}).json()
    )
    client.server.change_behaviour(page_zero_is_error=True)
    assert client.workspace("/clients", page_zero).status_code == 400


@pytest.mark.parametrize("path", ["/clients", "/tags"])
def test_total_count_where_it_is_sent(serve: Serve, path: str) -> None:
    assert "total-count" in serve(lists_world()).workspace(path).headers


@pytest.mark.parametrize("path", ["/users", "/projects", "/user-groups", "/approval-requests"])
def test_total_count_where_it_is_not(serve: Serve, path: str) -> None:
    headers = serve(lists_world()).workspace(path).headers
    assert "last-page" in headers
    assert "total-count" not in headers


@pytest.mark.parametrize("path", ["/custom-fields", "/holidays", "/workspaces"])
def test_unpaginated_lists_ignore_page_parameters(serve: Serve, path: str) -> None:
    world = lists_world(
        custom_fields=[worlds.custom_field(n) for n in range(60)],
        holidays=[worlds.holiday(n, "2026-05-17") for n in range(60)],
    )
    client = serve(world)
    ask = client.clockify if path == "/workspaces" else client.workspace
    first, second = (ask(path, {"page": page, "page-size": 1}) for page in (1, 2))
    assert first.json() == second.json()
    assert len(first.json()) == (1 if path == "/workspaces" else 60)
    assert "last-page" not in first.headers


@pytest.mark.parametrize("path", ["/clients", "/projects", "/tags"])
def test_archived_left_out_returns_both(serve: Serve, path: str) -> None:
    world = lists_world(
        clients=[worlds.client(1), worlds.client(2, archived=True)],
        projects=[worlds.clockify_project(1), worlds.clockify_project(2, archived=True)],
        tags=[worlds.tag(1), worlds.tag(2, archived=True)],
    )
    client = serve(world)
    one, two = worlds.hex_id(1), worlds.hex_id(2)
    assert ids(client.workspace(path)) == [one, two]
    assert ids(client.workspace(path, {"archived": "false"})) == [one]
    assert ids(client.workspace(path, {"archived": "true"})) == [two]


def people() -> World:
    return lists_world(
        users=[
            worlds.user("64b0c0ffee00112233445501", email="c@example.com"),
            worlds.user("64b0c0ffee00112233445502", email="a@example.com", membership="INACTIVE"),
            worlds.user("64b0c0ffee00112233445503", email="b@example.com", name=None),
            worlds.user(
                "64b0c0ffee00112233445504", email="d@example.com", status="LIMITED_DELETED"
            ),
        ]
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["b", "c"]),
        ({"status": "ALL"}, ["a", "b", "c"]),
        ({"status": "INACTIVE"}, ["a"]),
        ({"account-statuses": "LIMITED_DELETED"}, ["d"]),
        ({"status": "ALL", "account-statuses": "ACTIVE,LIMITED_DELETED"}, ["a", "b", "c", "d"]),
        ({"sort-order": "DESCENDING"}, ["c", "b"]),
        ({"sort-column": "ID"}, ["c", "b"]),
        ({"email": "C@"}, ["c"]),
    ],
)
def test_users_are_active_ones_by_email(
    serve: Serve, params: dict[str, str], expected: list[str]
) -> None:
    rows = serve(people()).workspace("/users", params).json()
    assert [row["email"][0] for row in rows] == expected


def test_memberships_are_empty_unless_asked_for(serve: Serve) -> None:
    client = serve(people())
    assert client.workspace("/users").json()[0]["memberships"] == []
    full = client.workspace("/users", {"memberships": "WORKSPACE"}).json()[0]
    assert full["memberships"][0]["membershipStatus"] == "ACTIVE"
    assert client.workspace("/users", {"memberships": "PROJECT"}).json()[0]["memberships"] == []
    assert client.clockify("/user").json()["memberships"] == []
    me = client.clockify("/user", {"include-memberships": "true"}).json()
    assert me["memberships"][0]["targetId"] == worlds.WORKSPACE_ID


def test_nulls_are_sent(serve: Serve) -> None:
    world = lists_world(users=[worlds.user(name=None, settings=None)])
    user = serve(world).workspace("/users").json()[0]
    assert (user["name"], user["settings"]) == (None, None)


def projects_world() -> World:
    project = worlds.hex_id(1)
    tasks = [
        worlds.task(11, project, name="Design"),
        worlds.task(12, project, name="Build", status="DONE"),
    ]
    return lists_world(
        projects=[
            worlds.clockify_project(1, tasks=tasks, clientId=worlds.hex_id(7)),
            worlds.clockify_project(2, billable=False),
        ]
    )


def test_hydrated_projects_hold_their_tasks(serve: Serve) -> None:
    client = serve(projects_world())
    plain = client.workspace("/projects").json()[0]
    assert {"tasks", "customFields", "currency", "client"}.isdisjoint(plain)
    hydrated = client.workspace("/projects", {"hydrated": "true"}).json()[0]
    assert [task["name"] for task in hydrated["tasks"]] == ["Design", "Build"]
    one = client.workspace(f"/projects/{worlds.hex_id(1)}", {"hydrated": "true"}).json()
    assert one == hydrated


def test_project_filters(serve: Serve) -> None:
    client = serve(projects_world())
    one, two = worlds.hex_id(1), worlds.hex_id(2)
    assert ids(client.workspace("/projects", {"billable": "false"})) == [two]
    assert ids(client.workspace("/projects", {"clients": worlds.hex_id(7)})) == [one]
    others = {"clients": worlds.hex_id(7), "contains-client": "false"}
    assert ids(client.workspace("/projects", others)) == [two]
    assert ids(client.workspace("/projects", {"name": "project 2"})) == [two]
    strict = {"name": "Project", "strict-name-search": "true"}
    assert ids(client.workspace("/projects", strict)) == []


def test_tasks_of_a_project(serve: Serve) -> None:
    client = serve(projects_world())
    path = f"/projects/{worlds.hex_id(1)}/tasks"
    assert ids(client.workspace(path)) == [worlds.hex_id(12), worlds.hex_id(11)]
    assert ids(client.workspace(path, {"is-active": "true"})) == [worlds.hex_id(11)]
    assert ids(client.workspace(path, {"is-active": "false"})) == [worlds.hex_id(12)]
    refused = client.workspace(path, {"is-active": "yes"})
    assert (refused.status_code, refused.json()["code"]) == (400, 3000)


def test_tags_can_be_excluded(serve: Serve) -> None:
    client = serve(lists_world(tags=[worlds.tag(1), worlds.tag(2)]))
    excluded = {"excluded-ids": worlds.hex_id(1)}
    assert ids(client.workspace("/tags", excluded)) == [worlds.hex_id(2)]


def test_team_managers_only_when_asked_for(serve: Serve) -> None:
    client = serve(lists_world(user_groups=[worlds.user_group(1)]))
    assert "teamManagers" not in client.workspace("/user-groups").json()[0]
    full = client.workspace("/user-groups", {"includeTeamManagers": "true"}).json()[0]
    assert full["teamManagers"][0]["id"] == worlds.USER_ID


def test_custom_fields_by_status_and_entity(serve: Serve) -> None:
    fields = [worlds.custom_field(1), worlds.custom_field(2, status="INACTIVE", entityType="USER")]
    client = serve(lists_world(custom_fields=fields))
    assert ids(client.workspace("/custom-fields", {"status": "INACTIVE"})) == [worlds.hex_id(2)]
    params = {"entity-type": "TIMEENTRY"}
    assert ids(client.workspace("/custom-fields", params)) == [worlds.hex_id(1)]


def test_workspace_by_id(serve: Serve) -> None:
    assert serve(lists_world()).workspace().json()["id"] == worlds.WORKSPACE_ID
