"""Answers that say nothing about a list: what they do to tables that were complete, and what a later read mends.

Each case is a read with the answer, of tables that are equal to the source, and then one without it. No row may be lost, people
are told, and afterwards everything is there again without a resync.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.bench import ReadingBench, Rows

FIRST_DAY = datetime(2026, 3, 1, tzinfo=timezone.utc)
USERS = [worlds.user(worlds.hex_id(100 + n), email=f"u{n}@example.com") for n in range(6)]
STREAMS = {
    "clockify": (
        *("users", "clients", "projects", "tasks", "tags", "holidays", "time_off_requests"),
        "time_entries",
    ),
    "pivotal_tracker": (
        *("projects", "labels", "project_memberships", "epics", "stories", "comments"),
        *("story_transitions", "iterations", "iteration_overrides"),
    ),
}


def company() -> World:
    """More rows than a page of five in most lists, two Tracker projects, six people with seven entries each."""
    stories = [worlds.story(10 * p + n, project_id=p) for p in (1, 2) for n in range(7)]
    return worlds.world(
        clockify=worlds.clockify_data(
            users=USERS,
            clients=[worlds.client(n) for n in range(12)],
            tags=[worlds.tag(n) for n in range(12)],
            projects=[
                worlds.clockify_project(n, tasks=[worlds.task(n, worlds.hex_id(n))])
                for n in range(6)
            ],
            holidays=[worlds.holiday(n, f"2026-03-0{n + 1}") for n in range(3)],
            time_off_requests=[
                worlds.time_off_request(n, "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z")
                for n in range(7)
            ],
            time_entries=[
                worlds.time_entry(10 * n + day, f"2026-03-0{1 + day}T08:00:00Z", userId=user["id"])
                for n, user in enumerate(USERS)
                for day in range(7)
            ],
        ),
        tracker=worlds.tracker_data(
            projects=[worlds.project(n) for n in (1, 2)],
            memberships=[
                worlds.membership(10 * p + n, project_id=p) for p in (1, 2) for n in (1, 2)
            ],
            labels=[worlds.label(10 * p + n, project_id=p) for p in (1, 2) for n in range(3)],
            epics=[worlds.epic(10 * p + n, project_id=p) for p in (1, 2) for n in range(3)],
            stories=stories,
            comments=[worlds.comment(story["id"] * 10, story["id"]) for story in stories],
            story_transitions=[
                worlds.story_transition(
                    story["id"],
                    "started",
                    "2026-03-02T09:00:00Z",
                    project_id=story["project_id"],
                    project_version=n,
                )
                for n, story in enumerate(stories, 2)
            ],
            iteration_overrides=[worlds.iteration_override(2, project_id=1, length=2)],
        ),
    )


@dataclass(frozen=True)
class Case:
    """A read of ``streams`` while the server answers otherwise.

    ``full``: it reads everything again. ``is_first``: the tables are empty before. ``is_silent``: the right rows come all the
    same, so there is nothing to tell.
    """

    streams: str
    answer: dict[str, Any]
    path: str = "."
    source: str = "clockify"
    full: bool = False
    is_first: bool = False
    is_silent: bool = False
    config: dict[str, Any] = field(default_factory=dict)


def nothing(**headers: str | None) -> dict[str, Any]:
    """An empty list, whatever else the server says."""
    return {"kind": "answer", "status": 200, "body": "[]", "headers": headers}


def instead(body: str, status: int = 200, **details: Any) -> dict[str, Any]:
    return {"kind": "answer", "status": status, "body": body, **details}


def changed(change: Callable[[Any], Any], **headers: str | None) -> dict[str, Any]:
    return {"kind": "answer", "status": 200, "change": change, "headers": headers}


def without(*keys: str) -> Callable[[Any], Any]:
    """Rows without some of their keys."""
    return lambda rows: [{k: v for k, v in row.items() if k not in keys} for row in rows]


def tracker(streams: str, answer: dict[str, Any], path: str, **how: Any) -> Case:
    return Case(streams, answer, path, "pivotal_tracker", **how)


PLAIN = {"last-page": "true", "total-count": None}
LAST = {"last-page": "true"}
COUNT = "X-Tracker-Pagination-Total"
FIVE = {"page_size": 5}
ONE = f"/user/{USERS[1]['id']}/time-entries"
OPTIONAL = "epics story_transitions iterations iteration_overrides"

CASES = {
    # An empty list, and no other word.
    **{
        f"clockify {stream} []": Case(stream, nothing(**PLAIN), f"/{path}")
        for stream, path in {
            "users": "users", "clients": "clients", "tags": "tags", "holidays": "holidays",
        }.items()
    },
    # The entries are asked for by their ids, and come.
    "clockify entries [] of one": Case("time_entries", nothing(**LAST), ONE, is_silent=True),
    "clockify entries [] of all": Case("time_entries", nothing(**LAST), "/time-entries"),
    "tracker projects []": tracker("projects labels stories", nothing(), "/projects\\?"),
    "tracker projects [], everything again": tracker(
        "projects labels stories", nothing(), "/projects\\?", full=True
    ),
    **{
        f"tracker {stream} []": tracker(stream, nothing(), f"/{path}")
        for stream, path in {"labels": "labels", "project_memberships": "memberships"}.items()
    },
    "tracker stories [] of one project": tracker(
        "stories comments", nothing(**{COUNT: "0"}), "/projects/1/stories", full=True
    ),
    # An empty list, although the server says that there is more.
    "clockify clients [] of 12": Case("clients", nothing(**LAST), "/clients"),
    "clockify second page [] after last-page false": Case(
        "time_entries", nothing(**LAST), f"{ONE}.*page=2", config=FIVE
    ),
    "tracker stories [] of 7": tracker("stories", nothing(), "/projects/1/stories", full=True),
    "tracker second page of stories [] of 7": tracker(
        "stories", nothing(), "/projects/1/stories.*offset=5", full=True, config=FIVE
    ),
    "tracker total is no number": tracker(
        "stories", changed(lambda rows: rows, **{COUNT: "many"}), "/stories", full=True
    ),
    "tracker total is too small": tracker(
        "stories", changed(lambda rows: rows, **{COUNT: "2"}), "/stories", full=True
    ),
    "tracker short page in the middle, no total": tracker(
        "stories", changed(lambda rows: rows[:2], **{COUNT: None}), "/1/stories.*offset=5",
        full=True, config={"page_size": 3}, is_silent=True,
    ),
    "time off cut short": Case(
        "time_off_requests",
        # As where a page is smaller than asked for: the next ones have the rest, and the count says so.
        changed(lambda body: {**body, "requests": body["requests"][:3]}),
        "/time-off", is_silent=True,
    ),
    "time off: requests null": Case(
        "time_off_requests", changed(lambda body: {**body, "requests": None}), "/time-off"
    ),
    # Pages.
    "clockify page ignored": Case(
        "users", instead(json.dumps(USERS[:5]), headers={"last-page": None}), "/users"
    ),
    "clockify cut to less than half": Case(
        "users", changed(lambda rows: rows[:2] if USERS[0] in rows else [], **LAST), "/users"
    ),
    "clockify last-page true on every page": Case(
        "time_entries", changed(lambda rows: rows, **LAST), "/time-entries", config=FIVE,
        is_silent=True,
    ),
    "clockify page cut short once": Case(
        "time_entries", {**changed(lambda rows: rows[:4], **LAST), "times": 1}, ONE, is_silent=True
    ),
    "clockify pages cut short": Case(
        "users", changed(lambda rows: rows[:2], **LAST), "/users", is_silent=True
    ),
    # Not status 200, not a list.
    "202": Case("clients tags", instead("[]", 202), "/(clients|tags)"),
    "204": Case("holidays", instead("", 204), "/holidays"),
    "206": Case("clients", instead("[]", 206), "/clients"),
    "304": Case("clients", instead("", 304), "/clients"),
    **{
        f"200 {body}": Case("clients tags holidays", instead(body), "/(clients|tags|holidays)")
        for body in (
            "null", "{}", "false", '{"code": 501, "message": "no"}', '{"items": []}', "",
        )
    },
    "200 html": Case(
        "clients holidays",
        instead("<html></html>", headers={"content-type": "text/html"}),
        "/(clients|holidays)",
    ),
    "tracker override {}": tracker("iteration_overrides", instead("{}"), "/iteration_overrides/"),
    "tracker comments error object": tracker(
        "comments", instead('{"kind": "error"}'), "/stories", full=True
    ),
    # Refusals.
    **{
        f"{status} holidays": Case("holidays", {"status": status}, "/holidays")
        for status in (400, 402, 403, 404)
    },
    "403 users": Case("users time_entries", {"status": 403}, "/users"),
    "403 entries of one": Case("time_entries", {"status": 403}, ONE),
    "404 epics of all": tracker("epics", {"status": 404}, "/epics"),
    "404 stories of one": tracker("stories", {"status": 404}, "/projects/1/stories", full=True),
    "first read, 403 for optional lists": tracker(
        f"projects {OPTIONAL}", {"status": 403},
        "/(epics|story_transitions|iterations|iteration_overrides)", is_first=True,
    ),
    "first read, 404 for transitions of one": tracker(
        "story_transitions", {"status": 404}, "/projects/1/story_transitions", is_first=True
    ),
    "first read, 403 for one person": Case("time_entries", {"status": 403}, ONE, is_first=True),
    # Parts that an answer does not carry.
    "400 for fields, once": tracker(
        "stories comments", {"status": 400, "times": 1}, "/stories.*fields=", full=True,
        is_silent=True,
    ),
    # Comments come from their own lists then, so that nothing is missing.
    "400 for fields": tracker(
        "stories comments", {"status": 400}, "/stories.*fields=", full=True, is_silent=True
    ),
    "stories without comments": tracker(
        "stories comments", changed(without("comments")), "/stories", full=True, is_silent=True
    ),
    "projects without numbers of overrides": tracker(
        "iteration_overrides", changed(without("iteration_override_numbers")), "/projects\\?"
    ),
    "first read, projects without numbers of overrides": tracker(
        "projects iteration_overrides", changed(without("iteration_override_numbers")),
        "/projects\\?", is_first=True,
    ),
    "projects without tasks": Case("projects tasks", changed(without("tasks")), "/projects"),
    "projects with tasks null": Case(
        "projects tasks", changed(lambda rows: [{**row, "tasks": None} for row in rows]), "/projects"
    ),
    "400 for account-statuses, and people who left are missing": Case(
        "users", {"status": 400}, "account-statuses="
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Rows]]:
    """By source: a warehouse that is equal to the source, and its keys."""
    made = {}
    with SimulatorServer(company()) as server:
        for source, streams in STREAMS.items():
            bench = bench_at(tmp_path_factory.mktemp(source), source, server)
            outcome = bench.read(*streams)
            assert not outcome.told
            keys = bench.keys(streams)
            assert all(keys.values())
            made[source] = (bench.folder, keys)
    return made


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(company()) as running:
        yield running


def bench_at(folder: Path, source: str, server: SimulatorServer) -> ReadingBench:
    credentials = {
        "clockify": {"api_key": CLOCKIFY_KEY, "workspace_id": worlds.WORKSPACE_ID},
        "pivotal_tracker": {"api_token": TRACKER_TOKEN},
    }[source]
    config = {**credentials, "api_url": server.url, "retry_seconds": 0.001}
    return ReadingBench(folder, source, config, FIRST_DAY)


def everything_moved(server: SimulatorServer) -> None:
    """Projects that did not move are not read again."""
    for project in server.world.tracker.projects:
        project["version"] += 1


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_answer_that_says_nothing_removes_nothing_and_hides_nothing(
    name: str,
    tmp_path: Path,
    server: SimulatorServer,
    complete: dict[str, tuple[Path, Rows]],
) -> None:
    case = CASES[name]
    folder, keys = complete[case.source]
    if not case.is_first:
        shutil.copy(folder / "warehouse.duckdb", tmp_path)
    bench = bench_at(tmp_path, case.source, server)
    streams = case.streams.split()
    truth = {stream: keys[stream] for stream in streams}
    everything_moved(server)
    server.add_fault(case.path, **{"times": None, **case.answer})
    outcome = bench.read(*streams, full_refresh=case.full, **case.config)
    assert bool(outcome.told) != case.is_silent, outcome
    if not case.is_first:
        assert bench.keys(streams) == truth

    server.clear_faults()
    assert not bench.read(*streams).errors
    assert bench.keys(streams) == truth


@dataclass(frozen=True)
class Deletion:
    """What is really deleted at the source, and how many reads it takes until ``streams`` show it."""

    streams: str
    delete: Callable[[World], object]
    reads: int = 1
    source: str = "clockify"


def empty(name: str) -> Callable[[World], object]:
    return lambda world: getattr(world.clockify, name).clear()


def entries_of_one(world: World) -> None:
    others = [e for e in world.clockify.time_entries if e["userId"] != USERS[1]["id"]]
    world.clockify.time_entries[:] = others


def labels_of_one(world: World) -> None:
    world.tracker.labels[:] = [label for label in world.tracker.labels if label["project_id"] != 1]


DELETIONS = {
    "one of seven entries": Deletion("time_entries", lambda w: w.clockify.time_entries.pop()),
    "the last holidays": Deletion("holidays", empty("holidays"), reads=2),
    "the last tags, which the source counts": Deletion("tags", empty("tags")),
    # Each is asked for by its id, and Clockify says that it is not there.
    "all entries of a person": Deletion("time_entries", entries_of_one),
    "all labels of a project": Deletion("labels", labels_of_one, 2, "pivotal_tracker"),
    "a project of two": Deletion(
        "projects labels epics", lambda w: w.tracker.projects.pop(), 1, "pivotal_tracker"
    ),
    "all projects": Deletion(
        "projects labels", lambda w: w.tracker.projects.clear(), 2, "pivotal_tracker"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DELETIONS)
def test_what_is_really_deleted_is_found_and_told(
    name: str,
    tmp_path: Path,
    server: SimulatorServer,
    complete: dict[str, tuple[Path, Rows]],
) -> None:
    deletion = DELETIONS[name]
    folder, _ = complete[deletion.source]
    shutil.copy(folder / "warehouse.duckdb", tmp_path)
    bench = bench_at(tmp_path, deletion.source, server)
    fresh = bench_at(tmp_path / "fresh", deletion.source, server)
    fresh.folder.mkdir()
    deletion.delete(server.world)
    server.world.revision += 1
    streams = deletion.streams.split()
    assert not fresh.read(*streams).errors
    truth = fresh.keys(streams)
    for number in range(1, deletion.reads + 1):
        everything_moved(server)
        outcome = bench.read(*streams)
        assert bool(outcome.told) == (number < deletion.reads), outcome
        assert (bench.keys(streams) == truth) == (number == deletion.reads)


@pytest.mark.slow
def test_one_setting_removes_at_once(
    tmp_path: Path, server: SimulatorServer, complete: dict[str, tuple[Path, Rows]]
) -> None:
    shutil.copy(complete["clockify"][0] / "warehouse.duckdb", tmp_path)
    bench = bench_at(tmp_path, "clockify", server)
    bench.allow_large_removals = True
    empty("holidays")(server.world)
    bench.read("holidays")
    assert bench.keys(["holidays"]) == {"holidays": []}


@pytest.mark.slow
def test_logging_decides_nothing(
    tmp_path: Path, server: SimulatorServer, complete: dict[str, tuple[Path, Rows]]
) -> None:
    """A refusal counts however loggers are set up."""
    folder, keys = complete["clockify"]
    shutil.copy(folder / "warehouse.duckdb", tmp_path)
    bench = bench_at(tmp_path, "clockify", server)
    server.add_fault("/holidays", status=403, times=None)
    logger = logging.getLogger("airbyte")
    logging.disable(logging.CRITICAL)
    logger.propagate = False
    try:
        outcome = bench.read("holidays")
    finally:
        logging.disable(logging.NOTSET)
        logger.propagate = True
    assert "answered 403" in outcome.told
    assert bench.keys(["holidays"])["holidays"] == keys["holidays"]


@pytest.mark.slow
def test_who_joins_later_or_was_refused_is_read_from_the_first_day(
    tmp_path: Path, server: SimulatorServer
) -> None:
    """The second read looks back to today only: of one person the first was refused, and one was not listed."""
    bench = bench_at(tmp_path, "clockify", server)
    newcomer = server.world.clockify.users.pop()
    server.add_fault(ONE, status=403, times=None)
    assert "answered 403" in bench.read("time_entries").told
    server.clear_faults()
    server.world.clockify.users.append(newcomer)
    server.world.revision += 1
    server.requests.clear()
    bench.first_day = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    assert not bench.read("time_entries").told
    assert len(bench.keys(["time_entries"])["time_entries"]) == 7 * len(USERS)
    starts = {
        seen.path.split("/")[-2]: seen.query
        for seen in server.requests.seen
        if "time-entries" in seen.path
    }
    early = {user for user, query in starts.items() if "2026-02-28" in query}
    assert early == {USERS[1]["id"], newcomer["id"]}


@pytest.mark.slow
def test_a_date_far_in_the_future_makes_no_later_read_blind(
    tmp_path: Path, server: SimulatorServer
) -> None:
    """One story was updated in 2099; another one is edited afterwards."""
    bench = bench_at(tmp_path, "pivotal_tracker", server)
    first, other, *_ = server.world.tracker.stories
    first["updated_at"] = "2099-01-01T00:00:00Z"
    assert not bench.read("stories").told
    now = datetime.now(timezone.utc)
    mutations.update_story(server.world, other["id"], now, name="renamed")
    assert not bench.read("stories").told
    with bench.warehouse.connect(read_only=True) as connection:
        found = connection.execute(
            f"SELECT name FROM pivotal_tracker.stories WHERE id = {other['id']}"
        ).fetchall()
    assert found == [("renamed",)]


#: Answers that a law is tried with: each may hit any list, any page, at any time.
ANY_ANSWER: list[dict[str, Any]] = [
    nothing(),
    nothing(**LAST),
    instead("{}"),
    instead("null", 202),
    instead("", 204),
    {"status": 403},
    {"status": 404},
    {"status": 500},
    {"kind": "invalid_json"},
    changed(lambda body: body[:2] if isinstance(body, list) else body),
    changed(lambda body: body[:2] if isinstance(body, list) else body, **{COUNT: None, **LAST}),
    changed(lambda body: without("comments", "tasks")(body) if isinstance(body, list) else body),
]
LISTS = {
    "clockify": ["clients", "projects", "tags", "holidays", "time-off", "/time-entries"],
    "pivotal_tracker": [
        "labels",
        "memberships",
        "epics",
        "stories",
        "story_transitions",
        "iterations",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("source", STREAMS)
def test_no_faults_remove_what_the_source_has_and_one_read_mends_them(
    source: str,
    seed: int,
    tmp_path: Path,
    server: SimulatorServer,
    complete: dict[str, tuple[Path, Rows]],
) -> None:
    """In each list a row is really deleted first; then several lists answer anything, once or for a whole read."""
    draw = random.Random(seed)
    folder, before = complete[source]
    shutil.copy(folder / "warehouse.duckdb", tmp_path)
    bench = bench_at(tmp_path, source, server)
    fresh = bench_at(tmp_path / "fresh", source, server)
    fresh.folder.mkdir()
    world = server.world
    for rows in (
        *(world.clockify.clients, world.clockify.tags, world.clockify.time_entries),
        *(world.tracker.labels, world.tracker.epics, world.tracker.memberships),
    ):
        rows.pop(draw.randrange(len(rows)))
    world.revision += 1
    everything_moved(server)
    streams = STREAMS[source]
    assert not fresh.read(*streams).errors
    truth = fresh.keys(streams)

    for name in draw.sample(LISTS[source], 4):
        times = draw.choice([1, 2, None])
        server.add_fault(
            name, **{**draw.choice(ANY_ANSWER), "times": times, "after": draw.choice([0, 0, 1])}
        )
    bench.read(*streams, full_refresh=draw.random() < 0.5, page_size=draw.choice([5, 1000]))
    for stream, rows in bench.keys(streams).items():
        assert set(truth[stream]) & set(before[stream]) <= set(rows), stream

    server.clear_faults()
    assert not bench.read(*streams).errors
    assert bench.keys(streams) == truth
