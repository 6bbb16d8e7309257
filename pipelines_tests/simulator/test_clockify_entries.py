"""Clockify: the time entry list of a user, with its window trap."""

from __future__ import annotations

import time

import pytest

from pipelines.simulator.model import Record, World
from pipelines_tests.simulator.client import Client
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def entries_world(entries: list[Record], *, time_zone: str = "Etc/UTC", **lists: object) -> World:
    users = lists.pop("users", [worlds.user(time_zone=time_zone)])
    return worlds.world(clockify=worlds.clockify_data(users=users, time_entries=entries, **lists))


def numbers(client: Client, **params: object) -> list[int]:
    """The numbers the listed entries were made with."""
    query = {name.replace("_", "-"): value for name, value in params.items()}
    response = client.entries(query)
    assert response.status_code == 200, response.text
    return [int(entry["id"], 16) for entry in response.json()]


def hourly(*hours: int) -> list[Record]:
    """One entry of an hour for each of *hours* of 2026-03-02 (24 is the next midnight)."""
    starts = [f"2026-03-{2 + hour // 24:02d}T{hour % 24:02d}:00:00Z" for hour in hours]
    ends = [start.replace(":00:00Z", ":59:59Z") for start in starts]
    return [worlds.time_entry(h, s, e) for h, s, e in zip(hours, starts, ends, strict=True)]


def test_newest_start_first(serve: Serve) -> None:
    client = serve(entries_world(hourly(9, 12, 10)))
    assert numbers(client) == [12, 10, 9]
    assert numbers(client, page=2, page_size=2) == [9]


def test_window_is_half_open_on_start(serve: Serve) -> None:
    client = serve(entries_world(hourly(0, 9, 24)))
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    assert numbers(client, **day) == [9, 0]
    assert numbers(client, start="2026-03-02T09:00:01Z") == [24]


def test_window_is_shifted_by_the_zone_of_the_account(serve: Serve) -> None:
    """At UTC+2, the UTC day of 2026-03-02 reaches from 2026-03-01T22:00Z to 2026-03-02T22:00Z."""
    entries = [worlds.time_entry(1, "2026-03-01T22:00:00Z"), *hourly(21, 22)]
    client = serve(entries_world(entries, time_zone="Africa/Johannesburg"))
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    assert numbers(client, **day) == [21, 1]
    client.server.change_behaviour(window_shift=False)
    assert numbers(client, **day) == [22, 21]


def test_offset_is_honoured_before_the_shift(serve: Serve) -> None:
    """T11:00+02:00 is T09:00Z, which is then read as 09:00 in UTC+2, that is T07:00Z."""
    client = serve(entries_world(hourly(6, 7, 8), time_zone="Africa/Johannesburg"))
    assert numbers(client, start="2026-03-02T11:00:00+02:00") == [8, 7]


def test_account_without_settings_shifts_by_the_zone_of_the_workspace(serve: Serve) -> None:
    world = entries_world(hourly(21, 22), users=[worlds.user(settings=None)])
    world.clockify.workspace["workspaceSettings"]["lockTimeZone"] = "Africa/Johannesburg"
    assert numbers(serve(world), end="2026-03-03T00:00:00Z") == [21]


@pytest.mark.parametrize("bad", ["2026-03-02", "noon"])
def test_bad_instant(serve: Serve, bad: str) -> None:
    assert serve(entries_world([])).entries({"start": bad}).status_code == 400


def test_running_timer_has_no_end_and_no_duration(serve: Serve) -> None:
    world = entries_world([worlds.time_entry(1, "2026-03-20T11:00:00Z"), *hourly(9)])
    client = serve(world)
    assert numbers(client, in_progress="true") == [1]
    interval = client.entries().json()[0]["timeInterval"]
    assert interval == {"start": "2026-03-20T11:00:00Z", "end": None, "duration": None}


def test_running_timers_of_everyone_ten_a_page(serve: Serve) -> None:
    running = [worlds.time_entry(n, f"2026-03-20T11:00:{n:02d}Z") for n in range(12)]
    client = serve(entries_world(running + hourly(9)))
    path = "/time-entries/status/in-progress"
    first = client.workspace(path)
    assert (len(first.json()), first.headers["last-page"]) == (10, "false")
    assert len(client.workspace(path, {"page-size": 1000}).json()) == 12
    assert client.workspace(path, {"page-size": 1001}).status_code == 400


def test_filters(serve: Serve) -> None:
    project, task, tag = (worlds.hex_id(n) for n in (71, 72, 73))
    entries = hourly(8, 9, 10)
    entries[0].update(projectId=project, taskId=task, description="Fix #1")
    entries[1].update(projectId=project, tagIds=[tag])
    entries[2].update(tagIds=None)
    client = serve(entries_world(entries))
    assert numbers(client, project=project) == [9, 8]
    assert numbers(client, task=task) == [8]
    assert numbers(client, project_required="true") == [9, 8]
    assert numbers(client, tags=tag) == [9]
    assert numbers(client, description="fix") == [8]


def test_hydrated_entries_hold_what_they_name(serve: Serve) -> None:
    project, task, tag = worlds.hex_id(71), worlds.hex_id(72), worlds.hex_id(73)
    entry = worlds.time_entry(
        8, "2026-03-02T08:00:00Z", projectId=project, taskId=task, tagIds=[tag]
    )
    world = entries_world(
        [entry],
        projects=[worlds.clockify_project(71, tasks=[worlds.task(72, project)])],
        tags=[worlds.tag(73)],
    )
    client = serve(world)
    row = client.entries({"hydrated": "true"}).json()[0]
    assert (row["project"]["id"], row["task"]["id"], row["tags"][0]["id"]) == (project, task, tag)
    assert row["user"]["id"] == row["userId"] == worlds.USER_ID
    assert "tasks" not in row["project"]
    assert "project" not in client.entries().json()[0]
    assert client.workspace(f"/time-entries/{entry['id']}").json() == entry


def test_entries_are_found_by_their_ids_whoever_they_belong_to(serve: Serve) -> None:
    other = worlds.user("64b0c0ffee00112233445502")
    entries = [
        worlds.time_entry(1, "2026-03-02T08:00:00Z"),
        worlds.time_entry(2, "2026-03-02T08:00:00Z", userId=other["id"]),
    ]
    client = serve(entries_world(entries, users=[worlds.user(), other]))
    path = f"/workspaces/{worlds.WORKSPACE_ID}/time-entries/batch"
    wanted = {"timeEntryIds": [worlds.hex_id(2), worlds.hex_id(3)], "hydrated": False}
    assert client.clockify(path, method="POST", json=wanted).json() == [entries[1]]
    hydrated = client.clockify(path, method="POST", json={**wanted, "hydrated": True}).json()
    assert hydrated[0]["user"]["id"] == other["id"]
    assert client.clockify(path, method="POST", json={}).status_code == 400


def test_entries_of_a_deactivated_user_are_still_there(serve: Serve) -> None:
    users = [worlds.user(), worlds.user("64b0c0ffee00112233445502", membership="INACTIVE")]
    gone = users[1]["id"]
    client = serve(
        entries_world([worlds.time_entry(1, "2026-03-02T08:00:00Z", userId=gone)], users=users)
    )
    assert len(client.workspace(f"/user/{gone}/time-entries").json()) == 1


def test_hundred_thousand_entries_are_paged_quickly(serve: Serve) -> None:
    """Sorted once: another page of 5,000 rows takes far less than a second of this process's own time."""
    entries = [
        worlds.time_entry(n, f"2026-03-{1 + n % 19:02d}T{n % 24:02d}:00:00Z")
        for n in range(100_000)
    ]
    client = serve(entries_world(entries))
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        assert len(numbers(client, page=20, page_size=5000)) == 5000
        seconds.append(time.process_time() - begin)
    assert min(seconds) < 1
