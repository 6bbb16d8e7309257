"""Tracker: iteration windows across daylight saving time, scopes, velocity and packing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pipelines.simulator.model import Record, World
from pipelines_tests.simulator.client import Client
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def board(stories: list[Record], *, overrides: list[Record] | None = None, **project: Any) -> World:
    """One project of one-week iterations from Monday 2026-01-05; now is Friday of iteration 11."""
    return worlds.world(
        tracker=worlds.tracker_data(
            projects=[worlds.project(**project)],
            stories=stories,
            iteration_overrides=overrides or [],
        )
    )


def numbers(client: Client, **params: object) -> list[int]:
    return [row["number"] for row in client.project("/iterations", params).json()]


def waiting(count: int, estimate: int) -> list[Record]:
    return [
        worlds.story(n, current_state="unstarted", estimate=estimate) for n in range(1, count + 1)
    ]


def test_ten_iterations_unless_asked_oldest_first(serve: Serve) -> None:
    response = serve(board([])).project("/iterations")
    assert [row["number"] for row in response.json()] == list(range(1, 11))
    assert response.headers["X-Tracker-Pagination-Total"] == "11"
    assert response.headers["X-Tracker-Pagination-Limit"] == "10"


def test_scopes(serve: Serve) -> None:
    """Twelve points at velocity 5: 5 in the current iteration, 5 and 2 in the backlog."""
    client = serve(board(waiting(12, 1), initial_velocity=5))
    assert numbers(client, scope="done", limit=50) == list(range(1, 11))
    assert numbers(client, scope="current") == [11]
    assert numbers(client, scope="backlog") == [12, 13]
    assert numbers(client, scope="current_backlog") == [11, 12, 13]
    assert numbers(client, scope="done_current", limit=50) == list(range(1, 12))
    assert numbers(client, limit=50) == list(range(1, 14))
    assert client.project("/iterations", {"scope": "future"}).status_code == 400


def test_current_scope_is_not_paginated(serve: Serve) -> None:
    headers = serve(board([])).project("/iterations", {"scope": "current"}).headers
    assert "X-Tracker-Pagination-Total" not in headers


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(-8, [3, 4, 5, 6, 7]), (-3, [8, 9, 10]), (-2, [9, 10]), (-12, [1, 2, 3])],
)
def test_negative_offset_counts_back_from_the_current_iteration(
    serve: Serve, offset: int, expected: list[int]
) -> None:
    """Ten done iterations; a page that reaches past either end is short."""
    client = serve(board([]))
    response = client.project("/iterations", {"scope": "done", "offset": offset, "limit": 5})
    assert [row["number"] for row in response.json()] == expected
    assert response.headers["X-Tracker-Pagination-Offset"] == str(offset)
    assert response.headers["X-Tracker-Pagination-Total"] == "10"


def test_negative_offset_is_for_done_only(serve: Serve) -> None:
    assert serve(board([])).project("/iterations", {"offset": -1}).status_code == 400


def test_windows_are_local_midnights_across_daylight_saving_time(serve: Serve) -> None:
    """Los Angeles changes its clocks on Sunday 2026-03-08: 08:00Z before, 07:00Z after."""
    zone = {"kind": "time_zone", "olson_name": "America/Los_Angeles", "offset": "-07:00"}
    client = serve(board([], time_zone=zone))
    ninth = client.project("/iterations/9").json()
    assert (ninth["start"], ninth["finish"]) == ("2026-03-02T08:00:00Z", "2026-03-09T07:00:00Z")


def test_an_override_moves_every_later_window(serve: Serve) -> None:
    override = worlds.iteration_override(2, length=2, team_strength=0.5)
    client = serve(board([], overrides=[override]))
    second, third = (client.project(f"/iterations/{n}").json() for n in (2, 3))
    assert (second["length"], second["team_strength"]) == (2, 0.5)
    assert second["finish"] == third["start"] == "2026-01-26T00:00:00Z"
    assert (third["length"], third["team_strength"]) == (1, 1.0)
    assert client.project("/iteration_overrides/2").json() == {
        "kind": "iteration_override",
        **override,
    }


def test_start_without_start_date_is_the_week_of_the_start_time(serve: Serve) -> None:
    """Thursday 2026-01-08 lies in the week that began on Tuesday 2026-01-06."""
    settings: dict[str, Any] = {
        "start_date": None,
        "start_time": "2026-01-08T10:00:00Z",
        "week_start_day": "Tuesday",
    }
    first = serve(board([], **settings)).project("/iterations/1").json()
    assert first["start"] == "2026-01-06T00:00:00Z"


def test_what_an_iteration_holds(serve: Serve) -> None:
    """Done: accepted in the window. Current: accepted in it, in progress, and planned up to velocity."""
    stories = [
        worlds.accepted_story(1, "2026-01-12T00:00:00Z", estimate=1),
        worlds.accepted_story(2, "2026-01-11T23:59:59Z", estimate=2),
        worlds.accepted_story(3, "2026-03-17T10:00:00Z", estimate=1),
        worlds.story(4, current_state="rejected", estimate=2),
        worlds.story(5, current_state="unstarted", estimate=2),
        worlds.story(6, current_state="unstarted", estimate=1),
        worlds.story(7, current_state="unscheduled", estimate=1),
    ]
    client = serve(board(stories, velocity_averaged_over=1, initial_velocity=5))
    held = {
        row["number"]: [story["id"] for story in row["stories"]]
        for row in client.project("/iterations", {"limit": 50}).json()
    }
    assert (held[1], held[2], held[3]) == ([2], [1], [])
    assert (held[11], held[12]) == ([3, 4, 5], [6])
    assert all(7 not in story_ids for story_ids in held.values())


def test_stories_are_nested_with_default_fields(serve: Serve) -> None:
    row = serve(board(waiting(1, 1))).project("/iterations", {"scope": "current"}).json()[0]
    assert row["kind"] == "iteration"
    assert row["stories"][0]["kind"] == "story"
    assert {"id", "velocity", "points", "accepted_points", "effective_points"}.isdisjoint(row)
    assert "accepted_at" not in row["stories"][0]


@pytest.mark.parametrize(
    ("override", "velocity"), [([], 6), ([worlds.iteration_override(9, team_strength=0.5)], 7)]
)
def test_velocity(serve: Serve, override: list[Record], velocity: int) -> None:
    """Points 9, 4, 6 average to 6.33, so 6; at half strength the 4 counts 8, so 7.67 and 7."""
    stories = [
        worlds.accepted_story(1, "2026-02-25T09:00:00Z", estimate=9),
        worlds.accepted_story(2, "2026-03-04T09:00:00Z", estimate=4),
        worlds.accepted_story(3, "2026-03-11T09:00:00Z", estimate=6),
    ]
    client = serve(board(stories, overrides=override))
    project = client.project("", {"fields": "current_velocity,current_iteration_number"}).json()
    assert project == {"id": 101, "current_velocity": velocity, "current_iteration_number": 11}


def test_points_of_an_iteration(serve: Serve) -> None:
    """6 points at strength 0.5 are 12.0 effective ones; bugs and releases add none."""
    stories = [
        worlds.accepted_story(1, "2026-03-04T09:00:00Z", estimate=6),
        worlds.accepted_story(2, "2026-03-04T09:00:00Z", story_type="bug", estimate=3),
        worlds.accepted_story(3, "2026-03-04T09:00:00Z", story_type="release"),
    ]
    client = serve(board(stories, overrides=[worlds.iteration_override(9, team_strength=0.5)]))
    fields = "number,points,accepted_points,effective_points,story_ids"
    response = client.project("/iterations/9", {"fields": fields})
    assert '"effective_points":12.0' in response.text
    assert response.json() == {
        "number": 9,
        "points": 6,
        "accepted_points": 6,
        "effective_points": 12.0,
        "story_ids": [1, 2, 3],
    }


def test_volatility_is_relative_to_the_mean(serve: Serve) -> None:
    """Points 2 and 4: mean 3, population standard deviation 1, volatility 33.3 percent."""
    stories = [
        worlds.accepted_story(1, "2026-03-04T09:00:00Z", estimate=2),
        worlds.accepted_story(2, "2026-03-11T09:00:00Z", estimate=4),
    ]
    client = serve(board(stories, velocity_averaged_over=2))
    fields = "current_volatility,current_standard_deviation"
    project = client.project("", {"fields": fields}).json()
    assert project["current_volatility"] == pytest.approx(33.33, abs=0.01)
    assert project["current_standard_deviation"] == 1.0


def test_without_automatic_planning_only_planned_stories_are_current(serve: Serve) -> None:
    stories = [
        worlds.story(1, current_state="planned", estimate=1),
        worlds.story(2, current_state="unstarted", estimate=1),
    ]
    client = serve(board(stories, automatic_planning=False))
    rows = client.project("/iterations", {"scope": "current_backlog"}).json()
    assert [[s["id"] for s in row["stories"]] for row in rows] == [[1], [2]]


def test_a_story_larger_than_velocity_gets_its_own_iteration(serve: Serve) -> None:
    client = serve(board(waiting(2, 8), initial_velocity=3))
    rows = client.project("/iterations", {"scope": "current_backlog"}).json()
    assert [[s["id"] for s in row["stories"]] for row in rows] == [[1], [2]]


def test_an_iteration_of_no_strength_is_skipped(serve: Serve) -> None:
    override = worlds.iteration_override(12, team_strength=0.0)
    client = serve(board(waiting(2, 8), overrides=[override], initial_velocity=8))
    rows = client.project("/iterations", {"scope": "backlog"}).json()
    assert [[s["id"] for s in row["stories"]] for row in rows] == [[], [2]]


def test_before_the_first_iteration_the_first_is_current(serve: Serve) -> None:
    world = board(waiting(1, 1))
    world.now = datetime(2025, 12, 1, tzinfo=timezone.utc)
    client = serve(world)
    assert numbers(client, scope="done") == []
    assert numbers(client, scope="current") == [1]


def test_label_filters_the_nested_stories(serve: Serve) -> None:
    stories = waiting(2, 1)
    stories[1]["labels"] = [worlds.label(201, name="api")]
    rows = serve(board(stories)).project("/iterations", {"scope": "current", "label": "api"}).json()
    assert [s["id"] for s in rows[0]["stories"]] == [2]
