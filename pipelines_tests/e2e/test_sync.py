"""A run over real HTTP: the tables are what the server has, and stay what they were when something goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.model import Record, World
from pipelines_tests.support import worlds
from pipelines_tests.support.project import (
    ALL_PUBLISHED,
    Project,
    everything_recorded,
    failure_of,
    metadata_of,
    running_project,
)

ODD_TEXTS = [
    "5e1000000000000000000000",
    "007",
    "1e5",
    "",
    "null",
    "NaN",
    "true",
    "2026-03-02T10:00:00Z",
    "žluťoučký kůň 🐎 \u200b",
    "\"double\" 'single' \\back\\ | pipe",
    "two\nlines\r\nand\ta tab",
    '{"json": [1, 2]}',
]
LIST_SIZES = [51, 1000, 5001]


def sized_world(size: int) -> World:
    """Every paged list has ``size`` rows; the unpaged ones a few."""
    people = [worlds.user(worlds.hex_id(10_000 + n), email=f"u{n}@example.com") for n in range(2)]
    projects = [worlds.clockify_project(20_000 + n) for n in range(size)]
    projects[0]["tasks"] = [worlds.task(30_000 + n, projects[0]["id"]) for n in range(size)]
    return worlds.world(
        clockify=worlds.clockify_data(
            users=people,
            clients=[worlds.client(n) for n in range(size)],
            projects=projects,
            tags=[worlds.tag(n) for n in range(size)],
            user_groups=[worlds.user_group(n) for n in range(size)],
            time_entries=[
                worlds.time_entry(
                    n, f"2026-03-{1 + n % 19:02}T08:{n % 60:02}:00Z", userId=people[n % 2]["id"]
                )
                for n in range(size)
            ],
        ),
        tracker=worlds.tracker_data(
            stories=[
                worlds.story(1000 + n, story_type="release" if n % 50 == 0 else "feature")
                for n in range(size)
            ],
            activity=[
                worlds.activity(1 + n, f"2026-03-{1 + n % 19:02}T08:00:00Z") for n in range(size)
            ],
            labels=[worlds.label(n + 1) for n in range(7)],
            epics=[worlds.epic(n + 1) for n in range(3)],
        ),
    )


def server_keys(world: World) -> dict[str, list[Any]]:
    """What the fourteen tables must hold, straight from the server's records."""

    def ids(records: list[Record]) -> list[Any]:
        return sorted(record["id"] for record in records)

    clockify, tracker = world.clockify, world.tracker
    return {
        "clockify.users": ids(clockify.users),
        "clockify.clients": ids(clockify.clients),
        "clockify.projects": ids(clockify.projects),
        "clockify.tasks": ids([task for project in clockify.projects for task in project["tasks"]]),
        "clockify.tags": ids(clockify.tags),
        "clockify.user_groups": ids(clockify.user_groups),
        "clockify.time_entries": ids(clockify.time_entries),
        "pivotal_tracker.projects": ids(tracker.projects),
        "pivotal_tracker.stories": ids(tracker.stories),
        "pivotal_tracker.project_memberships": ids(tracker.memberships),
        "pivotal_tracker.labels": ids(tracker.labels),
        "pivotal_tracker.epics": ids(tracker.epics),
        "pivotal_tracker.releases": ids(
            [story for story in tracker.stories if story["story_type"] == "release"]
        ),
        "pivotal_tracker.activity": sorted(record["guid"] for record in tracker.activity),
    }


def table_keys(project: Project) -> dict[str, list[Any]]:
    return {
        table: project.keys(table, "guid" if table.endswith("activity") else "id")
        for table in server_keys(project.world)
    }


@pytest.mark.slow
@pytest.mark.parametrize("size", LIST_SIZES)
def test_all_tables_equal_the_server_and_a_second_run_changes_nothing(
    tmp_path: Path, size: int
) -> None:
    with running_project(tmp_path, sized_world(size)) as project:
        first = project.materialize(*ALL_PUBLISHED)
        assert first.success
        assert table_keys(project) == server_keys(project.world)

        second = project.materialize(*ALL_PUBLISHED)
        assert second.success
        assert table_keys(project) == server_keys(project.world)
        for asset in ALL_PUBLISHED:
            facts = metadata_of(second, asset)
            changes = [facts[f"rows_{kind}"] for kind in ("added", "changed", "removed")]
            assert changes == [0, 0, 0], asset


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Project]:
    """A project with three of everything that the tests below touch."""
    world = worlds.world(
        clockify=worlds.clockify_data(
            tags=[worlds.tag(n) for n in range(3)],
            clients=[worlds.client(n) for n in range(3)],
            time_entries=[
                worlds.time_entry(n, "2026-03-02T08:00:00Z", description=text)
                for n, text in enumerate(ODD_TEXTS)
            ],
        ),
        tracker=worlds.tracker_data(stories=[worlds.story(1001), worlds.story(1002)]),
    )
    with running_project(tmp_path, world) as project:
        yield project


def test_a_run_of_two_assets_reads_two_streams(small: Project) -> None:
    result = small.materialize("clockify/tags", "clockify/clients")
    assert result.success
    assert {
        event.asset_key.to_user_string() for event in result.get_asset_materialization_events()
    } == {
        "clockify/tags",
        "clockify/clients",
    }
    assert {path.rsplit("/", 1)[-1] for path in small.server.requests.by_path} <= {
        "users",  # the check
        "tags",
        "clients",
    }


def test_texts_and_ids_arrive_unchanged(small: Project) -> None:
    odd_id = "5e1000000000000000000000"
    small.world.clockify.tags.append({**worlds.tag(9), "id": odd_id})
    assert small.materialize("clockify/time_entries", "clockify/tags").success
    texts = [
        row[0] for row in small.query("SELECT description FROM clockify.time_entries ORDER BY id")
    ]
    assert texts == ODD_TEXTS
    assert odd_id in small.keys("clockify.tags")


def test_a_read_of_many_days_tells_its_numbers_once_with_the_last(small: Project) -> None:
    result = small.materialize("clockify/time_entries")
    by_day = {
        event.partition: {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
    }
    last = max(by_day)
    assert (by_day[last]["rows_read"], by_day[last]["rows_added"]) == (len(ODD_TEXTS),) * 2
    assert len(by_day) > 10
    assert all(facts == {"mode": "live"} for day, facts in by_day.items() if day != last)


def test_a_deleted_record_moves_to_the_deleted_history(small: Project) -> None:
    small.materialize("clockify/tags")
    gone = small.world.clockify.tags[1]["id"]
    mutations.remove(small.world, "clockify.tags", gone, small.world.now)
    facts = metadata_of(small.materialize("clockify/tags"), "clockify/tags")
    assert facts["rows_removed"] == 1
    assert gone not in small.keys("clockify.tags")
    assert small.keys("clockify.tags_deleted") == [gone]


def test_an_emptied_list_empties_the_table(small: Project) -> None:
    small.materialize("clockify/tags")
    small.world.clockify.tags.clear()
    assert small.materialize("clockify/tags").success
    assert small.keys("clockify.tags") == []


def test_a_failing_stream_keeps_its_table_while_the_others_publish(small: Project) -> None:
    small.materialize("clockify/tags", "clockify/clients")
    small.world.clockify.tags.pop()
    small.world.clockify.clients.pop()
    small.server.add_fault("/tags", "html", status=200, times=None)
    result = small.materialize("clockify/tags", "clockify/clients")
    sentence = failure_of(result)
    assert "tags" in sentence
    assert "CLOCKIFY_API_URL" in sentence
    assert len(small.keys("clockify.tags")) == 3
    assert len(small.keys("clockify.clients")) == 2
    assert metadata_of(result, "clockify/clients")["rows_removed"] == 1


SECRET = "c2VjcmV0LWtleS1vZi10aGUtdGVzdA=="


@pytest.mark.parametrize(
    ("change", "asset", "expected"),
    [
        ({"CLOCKIFY_API_KEY": SECRET}, "clockify/tags", "CLOCKIFY_API_KEY"),
        (
            {"PIVOTAL_TRACKER_API_TOKEN": SECRET},
            "pivotal_tracker/labels",
            "PIVOTAL_TRACKER_API_TOKEN",
        ),
        ({"CLOCKIFY_WORKSPACE_ID": "0" * 24}, "clockify/tags", "CLOCKIFY_WORKSPACE_ID"),
    ],
)
def test_a_refused_credential_is_one_sentence_and_changes_nothing(
    small: Project, change: dict[str, str], asset: str, expected: str
) -> None:
    small.environment.update(change)
    result = small.materialize(asset)
    sentence = failure_of(result)
    assert expected in sentence
    assert "nothing was changed" in sentence
    assert "\n" not in sentence
    assert SECRET not in everything_recorded(result, small.instance)
    assert not any(
        SECRET.encode() in path.read_bytes() for path in small.folder.rglob("*") if path.is_file()
    )


def test_a_server_that_answers_html_is_one_sentence(small: Project) -> None:
    small.server.add_fault("/users", "html", status=200, times=None)
    sentence = failure_of(small.materialize("clockify/tags"))
    assert "CLOCKIFY_API_URL" in sentence
    assert "\n" not in sentence


def test_an_unknown_host_is_one_sentence(small: Project) -> None:
    small.environment["CLOCKIFY_API_URL"] = "http://clockify.invalid"
    sentence = failure_of(small.materialize("clockify/tags"))
    assert "CLOCKIFY_API_URL" in sentence
    assert "\n" not in sentence
