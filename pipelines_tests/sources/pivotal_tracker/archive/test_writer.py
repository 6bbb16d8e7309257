"""Archives of a host: whole when they appear, without secrets, resumed where they were interrupted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator import mutations
from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.model import Record, World
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.host import Host
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest
from pipelines.sources.pivotal_tracker.archive.writer import write_archive
from pipelines.sources.pivotal_tracker.versions import tracker_api
from pipelines_tests.sources.pivotal_tracker.archive.conftest import NOW, host_of
from pipelines_tests.support import worlds
from pipelines_tests.support.processes import process

ATTACHMENT = {"kind": "file_attachment", "id": 1, "filename": "flow.png", "size": 48213}


def two_projects() -> World:
    return worlds.world(
        tracker=worlds.tracker_data(
            projects=[worlds.project(1), worlds.project(2)],
            memberships=[worlds.membership(project_id=1)],
            stories=[worlds.story(10, project_id=1), worlds.story(20, project_id=2)],
            comments=[worlds.comment(5, 10, file_attachments=[ATTACHMENT])],
            activity=[worlds.activity(1, "2026-03-01T08:00:00Z", project_id=1)],
        )
    )


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(two_projects()) as running:
        yield running


def keep(server: SimulatorServer, target: Path, **options: Any) -> tuple[Manifest, list[str]]:
    lines: list[str] = []
    manifest = write_archive(host_of(server, **options), target, now=NOW, report=lines.append)
    return manifest, lines


def rows_of(target: Path, name: str) -> list[Record]:
    return [json.loads(line) for line in (target / name).read_text().splitlines()]


def test_everything_is_kept_and_counted(server: SimulatorServer, tmp_path: Path) -> None:
    manifest, lines = keep(server, tmp_path / "kept")
    assert Manifest.read(tmp_path / "kept") == manifest
    assert (manifest.attachments, manifest.attachment_bytes) == (1, 48213)
    assert (manifest.missing, manifest.changed_while_read) == ([], [])
    counts = {file.path: file.rows for file in manifest.files}
    assert counts["projects.jsonl"] == 2
    assert counts["projects/1/stories.jsonl"] == 1
    assert counts["projects/1/activity.jsonl"] == 1
    (story,) = rows_of(tmp_path / "kept", "projects/1/stories.jsonl")
    assert story["comments"][0]["file_attachments"] == [ATTACHMENT]
    assert "project 2 of 2, Project 2: 1 stories" in lines


def test_no_secret_is_kept(server: SimulatorServer, tmp_path: Path) -> None:
    keep(server, tmp_path / "kept")
    files = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert TRACKER_TOKEN not in text
        assert "api_token" not in text


@pytest.mark.parametrize("path", ["projects/1/stories.jsonl", "projects.jsonl"])
def test_a_broken_archive_is_recognised(server: SimulatorServer, tmp_path: Path, path: str) -> None:
    manifest, _ = keep(server, tmp_path / "kept")
    file = tmp_path / "kept" / path
    content = file.read_bytes()
    file.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(ArchiveError, match=f"{path} was changed"):
        manifest.verify(tmp_path / "kept")
    file.unlink()
    with pytest.raises(ArchiveError, match=f"{path} is missing"):
        manifest.verify(tmp_path / "kept")


def test_an_interrupted_archive_is_none_and_goes_on_where_it_was(
    server: SimulatorServer, tmp_path: Path
) -> None:
    target = tmp_path / "kept"
    server.add_fault("/projects/2/stories", status=500, times=None)
    with pytest.raises(ArchiveError, match="not complete: Tracker answered 500"):
        keep(server, target)
    assert not target.exists()
    server.clear_faults()
    server.requests.clear()
    _, lines = keep(server, target)
    assert "project 1 of 2, Project 1: kept already" in lines
    assert not [seen for seen in server.requests.seen if "/projects/1/" in seen.path]
    assert [row["id"] for row in rows_of(target, "projects/2/stories.jsonl")] == [20]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_what_changed_since_an_interruption_is_read_again(
    server: SimulatorServer, tmp_path: Path
) -> None:
    server.add_fault("/projects/2/stories", status=500, times=None)
    with pytest.raises(ArchiveError):
        keep(server, tmp_path / "kept")
    server.clear_faults()
    mutations.update_story(server.world, 10, NOW, name="Renamed")
    keep(server, tmp_path / "kept")
    assert rows_of(tmp_path / "kept", "projects/1/stories.jsonl")[0]["name"] == "Renamed"


def test_a_project_that_changes_meanwhile_is_read_again(
    server: SimulatorServer, tmp_path: Path
) -> None:
    lines: list[str] = []

    def change_once(line: str) -> None:
        lines.append(line)
        if line == "project 1 of 2, Project 1: 1 stories":
            name = server.world.tracker.stories[0]["name"]
            if name != "Renamed":
                mutations.update_story(server.world, 10, NOW, name="Renamed")

    manifest = write_archive(host_of(server), tmp_path / "kept", now=NOW, report=change_once)
    assert any("changed meanwhile" in line for line in lines)
    assert rows_of(tmp_path / "kept", "projects/1/stories.jsonl")[0]["name"] == "Renamed"
    assert manifest.changed_while_read == []


def test_a_token_that_is_revoked_meanwhile_leaves_no_archive(
    server: SimulatorServer, tmp_path: Path
) -> None:
    """The lists that are refused from then on must not pass for lists that the host has not."""
    server.revoke_credentials("tracker", after=6)
    with pytest.raises(ArchiveError, match="PIVOTAL_TRACKER_API_TOKEN"):
        keep(server, tmp_path / "kept")
    server.clear_faults()
    manifest, _ = keep(server, tmp_path / "kept")
    assert manifest.missing == []


def test_nothing_is_overwritten(server: SimulatorServer, tmp_path: Path) -> None:
    keep(server, tmp_path / "kept")
    with pytest.raises(ArchiveError, match="exists already"):
        keep(server, tmp_path / "kept")


def test_a_busy_or_failing_host_is_asked_again(server: SimulatorServer, tmp_path: Path) -> None:
    waits: list[float] = []
    server.add_fault("/projects/1/stories", status=429, times=2)
    server.add_fault("/projects/2/activity", status=503, times=1)
    manifest, _ = keep(server, tmp_path / "kept", sleep=waits.append)
    assert len([wait for wait in waits if wait]) == 3
    assert manifest.missing == []


def test_a_refused_token_names_its_setting(server: SimulatorServer, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="PIVOTAL_TRACKER_API_TOKEN"):
        write_archive(host_of(server, "0" * 32), tmp_path / "kept", now=NOW, report=print)


def test_a_look_alike_says_what_it_has_not_and_gives_comments_story_by_story(
    server: SimulatorServer, tmp_path: Path
) -> None:
    server.change_behaviour(look_alike=True)
    manifest, _ = keep(server, tmp_path / "kept")
    missing = {(m.project_id, m.list, m.status) for m in manifest.missing}
    assert missing == {
        (project, name, 404)
        for project in (1, 2)
        for name in ("epics", "releases", "iterations", "story_transitions")
    }
    (story,) = rows_of(tmp_path / "kept", "projects/1/stories.jsonl")
    assert story["title"] == "Story 10"
    assert [comment["id"] for comment in story["comments"]] == [5]


def test_pages_of_a_look_alike_are_put_together() -> None:
    stories = [worlds.story(number) for number in range(1, 121)]
    world = worlds.world(tracker=worlds.tracker_data(stories=stories))
    with SimulatorServer(world) as server:
        server.change_behaviour(look_alike=True)
        path = f"/projects/{worlds.PROJECT_ID}/stories"
        ids = [row["id"] for row in host_of(server).rows(path, is_paged=True)]
    assert sorted(ids) == list(range(1, 121))


def keep_elsewhere(url: str, target: Path) -> None:
    """What a process does that is killed."""
    config = {"api_token": TRACKER_TOKEN, "api_url": url}
    write_archive(Host(tracker_api(config)), target, now=NOW, report=print)


def test_a_killed_archive_is_none_and_the_next_one_is_whole(
    server: SimulatorServer, tmp_path: Path
) -> None:
    target = tmp_path / "kept"
    server.change_behaviour(latency_ms=50)
    with process(keep_elsewhere, server.url, target):
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("kept.partial/projects/1/stories.jsonl")):
            assert time.monotonic() < deadline, "the archive did not come as far as its stories"
            time.sleep(0.01)
    assert not target.exists()
    (tmp_path / "kept.partial" / ".manifest.json.abc").write_text("half of one")
    server.change_behaviour(latency_ms=0)
    manifest, _ = keep(server, target)
    manifest.verify(target)
    files = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert files == {file.path for file in manifest.files} | {"manifest.json"}
