"""Tracker: order, paging, filters and search of stories; releases; stories by id."""

from __future__ import annotations

import pytest

from pipelines.simulator.model import World
from pipelines_tests.simulator.client import ids
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def stories_world(count: int = 0, **lists: list[dict[str, object]]) -> World:
    stories = [worlds.story(number) for number in range(1, count + 1)]
    return worlds.world(tracker=worlds.tracker_data(**{"stories": stories, **lists}))


def pagination(response: object) -> tuple[int, int, int, int]:
    headers = response.headers  # type: ignore[attr-defined]
    total, limit, offset, returned = (
        int(headers[f"X-Tracker-Pagination-{name}"])
        for name in ("Total", "Limit", "Offset", "Returned")
    )
    return total, limit, offset, returned


def test_hundred_rows_unless_asked(serve: Serve) -> None:
    response = serve(stories_world(205)).project("/stories")
    assert pagination(response) == (205, 100, 0, 100)
    assert ids(response) == list(range(1, 101))


def test_limit_is_cut_to_the_maximum(serve: Serve) -> None:
    client = serve(stories_world(30), tracker_page_max=20)
    response = client.project("/stories", {"limit": 500})
    assert pagination(response) == (30, 20, 0, 20)
    assert ids(client.project("/stories", {"limit": 500, "offset": 20})) == list(range(21, 31))


def test_page_beyond_the_end_is_empty_and_keeps_the_total(serve: Serve) -> None:
    response = serve(stories_world(3)).project("/stories", {"offset": 9999})
    assert ids(response) == []
    assert pagination(response) == (3, 100, 9999, 0)


def test_limit_zero_gives_the_total(serve: Serve) -> None:
    response = serve(stories_world(3)).project("/stories", {"limit": 0})
    assert (ids(response), pagination(response)) == ([], (3, 0, 0, 0))


@pytest.mark.parametrize("path", ["/memberships", "/labels", "/epics", "/stories/1/tasks", ""])
def test_unpaginated_endpoints_send_no_paging_headers(serve: Serve, path: str) -> None:
    headers = serve(stories_world(1)).project(path, {"limit": 1}).headers
    assert not [name for name in headers if name.lower().startswith("x-tracker-pagination")]


def test_unpaginated_endpoints_return_everything(serve: Serve) -> None:
    world = stories_world(labels=[worlds.label(number) for number in range(1, 151)])
    assert len(ids(serve(world).project("/labels", {"limit": 1, "offset": 5}))) == 150


def test_priority_order(serve: Serve) -> None:
    """Accepted stories oldest first, then current and backlog, then the icebox."""
    stories = [
        worlds.story(1),
        worlds.accepted_story(2, "2026-02-02T09:00:00Z"),
        worlds.story(3, current_state="unstarted"),
        worlds.accepted_story(4, "2026-02-01T09:00:00Z"),
        worlds.story(5, current_state="started"),
    ]
    assert ids(serve(stories_world(stories=stories)).project("/stories")) == [4, 2, 3, 5, 1]


def dated_stories() -> World:
    """Stories 1, 2, 3, last changed on three successive seconds."""
    return stories_world(
        stories=[
            worlds.story(number, updated_at=f"2026-03-01T10:00:0{number}Z") for number in (1, 2, 3)
        ]
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"updated_after": "2026-03-01T10:00:01Z"}, [2, 3]),
        ({"updated_before": "2026-03-01T10:00:03Z"}, [1, 2]),
        (
            {"updated_after": "2026-03-01T10:00:01Z", "updated_before": "2026-03-01T10:00:03Z"},
            [2],
        ),
        ({"updated_after": "2026-03-01T12:00:01+02:00"}, [2, 3]),
        ({"updated_after": "1772359201000"}, [2, 3]),
        ({"created_before": "2026-01-01T00:00:00Z"}, []),
        ({"accepted_after": "2020-01-01T00:00:00Z"}, []),
        ({"deadline_after": "2020-01-01T00:00:00Z"}, []),
    ],
)
def test_date_bounds_exclude_the_instant(
    serve: Serve, params: dict[str, str], expected: list[int]
) -> None:
    assert ids(serve(dated_stories()).project("/stories", params)) == expected


def test_date_bounds_can_be_switched_to_inclusive(serve: Serve) -> None:
    client = serve(dated_stories(), date_bounds_inclusive=True)
    params = {"updated_after": "2026-03-01T10:00:02Z", "updated_before": "2026-03-01T10:00:03Z"}
    assert ids(client.project("/stories", params)) == [2, 3]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"with_state": "started"}, [2]),
        ({"with_story_type": "bug"}, [3]),
        ({"with_story_priority": "p1"}, [3]),
        ({"with_label": "API"}, [2]),
        ({"after_story_id": 2}, [3, 1]),
        ({"before_story_id": 3}, [2]),
        ({"filter": "state:started,unstarted"}, [2, 3]),
        ({"filter": "type:bug"}, [3]),
        ({"filter": 'label:"api"', "limit": 5, "offset": 0}, [2]),
        ({"filter": "id:1,3"}, [3, 1]),
        ({"filter": "story 3"}, [3]),
    ],
)
def test_filters(serve: Serve, params: dict[str, object], expected: list[int]) -> None:
    stories = [
        worlds.story(1),
        worlds.story(2, current_state="started", labels=[worlds.label(201, name="api")]),
        worlds.story(3, current_state="unstarted", story_type="bug", story_priority="p1"),
    ]
    assert ids(serve(stories_world(stories=stories)).project("/stories", params)) == expected


@pytest.mark.parametrize("other", [{"updated_after": "2026-01-01"}, {"fields": "name"}])
def test_filter_is_refused_beside_others(serve: Serve, other: dict[str, str]) -> None:
    client = serve(stories_world(1))
    response = client.project("/stories", {"filter": "type:bug", **other})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
    allowed = {"filter": "type:bug", "limit": 1, "offset": 0, "date_format": "millis"}
    assert client.project("/stories", allowed).status_code == 200


def test_search_hides_done_iterations_unless_asked(serve: Serve) -> None:
    """Story 1 was accepted in a past iteration, story 2 in the current one (now is 2026-03-20)."""
    stories = [
        worlds.accepted_story(1, "2026-02-01T09:00:00Z"),
        worlds.accepted_story(2, "2026-03-19T09:00:00Z"),
    ]
    client = serve(stories_world(stories=stories))
    assert ids(client.project("/stories", {"filter": "state:accepted"})) == [2]
    everything = {"filter": "state:accepted includedone:true"}
    assert ids(client.project("/stories", everything)) == [1, 2]


def test_bulk_skips_unknown_ids_in_silence(serve: Serve) -> None:
    client = serve(stories_world(3))
    assert ids(client.project("/stories/bulk", {"ids": "3,99,1"})) == [3, 1]
    assert client.project("/stories/bulk").status_code == 400
    too_many = ",".join(map(str, range(501)))
    assert client.project("/stories/bulk", {"ids": too_many}).status_code == 400


def test_one_story_with_and_without_its_project(serve: Serve) -> None:
    client = serve(stories_world(2))
    assert client.tracker("/stories/2").json() == client.project("/stories/2").json()


def test_parts_of_a_story(serve: Serve) -> None:
    world = stories_world(
        2,
        comments=[worlds.comment(11, 1), worlds.comment(12, 2)],
        story_tasks=[worlds.story_task(21, 1)],
        blockers=[worlds.blocker(31, 1)],
        reviews=[worlds.review(41, 1)],
    )
    client = serve(world)
    found = {p: ids(client.project(f"/stories/1/{p}")) for p in ("comments", "tasks", "blockers")}
    assert found == {"comments": [11], "tasks": [21], "blockers": [31]}
    assert ids(client.project("/stories/1/reviews")) == [41]
    assert ids(client.project("/stories/2/reviews")) == []


def test_releases_have_their_own_shape(serve: Serve) -> None:
    """Stories 1 and 2 stand above release 3, story 4 below it."""
    stories = [
        worlds.story(1, current_state="started"),
        worlds.story(2, current_state="unstarted"),
        worlds.story(
            3, story_type="release", current_state="unstarted", deadline="2026-04-02T06:00:00Z"
        ),
        worlds.story(4, current_state="unstarted"),
    ]
    client = serve(stories_world(stories=stories))
    response = client.project("/releases")
    assert pagination(response) == (1, 100, 0, 1)
    release = response.json()[0]
    assert (release["kind"], release["deadline"]) == ("release", "2026-04-02T06:00:00Z")
    assert {"story_type", "estimate", "owner_ids"}.isdisjoint(release)
    assert ids(client.project("/releases/3/stories")) == [1, 2]
    assert client.project("/releases/3", {"fields": "story_ids"}).json()["story_ids"] == [1, 2]
    assert ids(client.project("/releases", {"with_state": "accepted"})) == []


def test_memberships_and_epics(serve: Serve) -> None:
    client = serve(stories_world(epics=[worlds.epic(301)], labels=[worlds.label(201)]))
    assert client.project("/memberships").json()[0]["person"]["email"] == "person501@example.com"
    assert client.project("/epics").json()[0]["label"]["id"] == 201
    assert client.project("/epics/301", {"fields": "label_id"}).json()["label_id"] == 201
    assert client.project("/labels/201").json()["kind"] == "label"
