"""What lies at the archive's path: one part or several, merged so that a thing is one row, served as v5."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.model import Record, TrackerData
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.host import Host
from pipelines.sources.pivotal_tracker.archive.source import archive_config, archive_store
from pipelines.sources.pivotal_tracker.archive.store import Store
from pipelines.sources.pivotal_tracker.archive.writer import write_archive
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor
from pipelines.sources.pivotal_tracker.versions import tracker_api
from pipelines_tests.sources.pivotal_tracker.archive.conftest import NOW, host_of
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story
from pipelines_tests.support import worlds
from pipelines_tests.support.reading import read


def kept(target: Path, data: TrackerData, *, made_at: datetime = NOW, **switches: Any) -> Path:
    """An archive of a host with ``data``."""
    with SimulatorServer(worlds.world(tracker=data), Behaviour(**switches)) as server:
        write_archive(host_of(server), target, now=made_at, report=lambda _: None)
    return target


def config(path: Path, home: Path, *, zone: str | None = None, crosswalk: Any = ()) -> Any:
    return archive_config(path, time_zone=zone, crosswalk=tuple(crosswalk), home=home)


def served(path: Path, home: Path, **options: Any) -> Host:
    """The archive, as an archivist sees the server that answers from it."""
    return Host(tracker_api(config(path, home, **options)))


def rows(
    host: Host, name: str, project_id: int = worlds.PROJECT_ID, fields: str = ""
) -> list[Record]:
    path = f"/projects/{project_id}/{name}"
    return list(host.rows(path, fields, is_paged=name in ("stories", "activity")))


def store_of(path: Path, home: Path) -> Store:
    return Store.open(archive_store(path, time_zone=None, crosswalk=(), home=home))


def test_a_csv_file_is_an_archive(tmp_path: Path) -> None:
    """Through the connector: owners by name, no transitions, and the warning that says so."""
    path = tmp_path / "harbor.csv"
    window = {"Iteration": "3", "Iteration_Start": "Mar 18, 2024", "Iteration_End": "Mar 24, 2024"}
    path.write_text(export(story(Owned_By=["Bo"], Comment=["Hm (Bo - Mar 8, 2024)"], **window)))
    streams = ["projects", "stories", "comments", "project_memberships", "iterations"]
    found = read(
        "pivotal_tracker", config(path, tmp_path), [*streams, "story_transitions", "activity"]
    )
    assert found.errors == {}
    assert found.ids("stories") == [187654321]
    people = {m["person"]["id"]: m["person"]["name"] for m in found.records["project_memberships"]}
    (row,) = found.records["stories"]
    assert [people[owner] for owner in row["owner_ids"]] == ["Bo"]
    assert people[row["requested_by_id"]] == "Rafa Lind"
    assert found.records["comments"][0]["story_id"] == 187654321
    assert [i["number"] for i in found.records["iterations"]] == [3]
    assert found.records["story_transitions"] == found.records["activity"] == []
    assert any("/story_transitions answered 404" in warning for warning in found.refusals)


def test_other_dumps_are_read_in_any_layout(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    (folder / "101" / "stories").mkdir(parents=True)
    data = worlds.tracker_data(stories=[worlds.story(1), worlds.story(2)])
    transition = worlds.story_transition(1, "started", "2026-03-01T08:00:00Z")
    files = {
        "projects.json": {"data": data.projects, "pagination": {"total": 1}},
        "101/stories.json": data.stories,
        "101/stories/1_comments.json": [worlds.comment(5, 1), worlds.comment(6, 2)],
        "101/transitions.json": [transition],
        "101/activity.json": [worlds.activity(1, "2026-03-01T08:00:00Z")],
        "me.json": {"kind": "me", "id": 1},
    }
    for name, body in files.items():
        (folder / name).write_text(json.dumps(body))
    host = served(folder, tmp_path)
    assert [project["id"] for project in host.projects()] == [worlds.PROJECT_ID]
    fields = ":default,comments"
    assert [[c["id"] for c in s["comments"]] for s in rows(host, "stories", fields=fields)] == [
        [5],
        [6],
    ]
    assert [row["state"] for row in rows(host, "story_transitions")] == ["started"]
    assert len(rows(host, "activity")) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "stories.json",
            '[\n{"kind": "story",}]',
            "stories.json: is not JSON (line 2, column 17: ",
        ),
        ("notes.json", '{"a": [1]}', "notes.json: holds no resources of Tracker's API"),
        (
            "stories.json",
            '[{"kind": "story", "id": 7}]',
            "stories.json: story names no project and was left out",
        ),
        (
            "stories.jsonl",
            "{}",
            "lies in no archive with a manifest.json, so that rows may be missing",
        ),
        ("harbor.zip", "no zip", "harbor.zip: cannot be read as a zip file"),
        ("readme.txt", "hello", "holds no archive, no JSON dump and no CSV or zip export"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / name).write_text(content)
    with pytest.raises(ArchiveError) as error:
        config(folder, tmp_path)
    assert message in str(error.value)
    assert list(tmp_path.glob("archives/*")) == []


def test_nothing_at_the_path_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="PIVOTAL_TRACKER_ARCHIVE"):
        config(tmp_path / "nowhere", tmp_path)


def test_an_unfinished_archive_is_refused_and_left_out_beside_others(tmp_path: Path) -> None:
    archive = kept(tmp_path / "all" / "kept", worlds.tracker_data())
    partial = tmp_path / "all" / "later.partial"
    shutil.copytree(archive, partial)
    (partial / "manifest.json").unlink()
    with pytest.raises(ArchiveError, match="is not finished: run `make archive` again"):
        config(partial, tmp_path)
    notes = store_of(tmp_path / "all", tmp_path).notes()
    assert notes == ["later.partial: is not finished and was left out."]


def test_a_changed_file_of_an_archive_is_refused(tmp_path: Path) -> None:
    archive = kept(tmp_path / "kept", worlds.tracker_data(stories=[worlds.story(1)]))
    file = archive / "projects" / str(worlds.PROJECT_ID) / "stories.jsonl"
    file.write_bytes(file.read_bytes() + b"{}\n")
    with pytest.raises(ArchiveError, match=r"stories\.jsonl was changed"):
        config(archive, tmp_path)


def test_stories_of_an_export_and_of_a_dump_are_one(tmp_path: Path) -> None:
    """The dump has the last word; the project, its people and labels are the dump's."""
    folder = tmp_path / "all"
    person = worlds.person(77, name="Rafa Lind")
    data = worlds.tracker_data(
        projects=[worlds.project(name="Harbor")],
        memberships=[worlds.membership(person=person)],
        labels=[worlds.label(201, name="ui")],
        stories=[worlds.story(1, name="Newer")],
    )
    kept(folder / "kept", data)
    (folder / "harbor_20240301_0930.csv").write_text(
        export(story(Id="1", Title="Older"), story(Id="2", Labels="ui"))
    )
    host = served(folder, tmp_path)
    assert [project["id"] for project in host.projects()] == [worlds.PROJECT_ID]
    by_id = {row["id"]: row for row in rows(host, "stories")}
    assert by_id[1]["name"] == "Newer"
    assert "accepted_at" not in by_id[1]
    assert by_id[2]["requested_by_id"] == 77
    assert [label["id"] for label in by_id[2]["labels"]] == [201]
    assert len(rows(host, "memberships")) == 1


def test_a_look_alike_is_filled_up_with_what_it_never_sends(tmp_path: Path) -> None:
    """Epics and iterations come from the older archive; a title, being newer, replaces a name."""
    folder = tmp_path / "all"
    data = worlds.tracker_data(
        epics=[worlds.epic(301)], stories=[worlds.story(1, name="Old"), worlds.story(2)]
    )
    kept(folder / "tracker", data, made_at=NOW - timedelta(days=300))
    newer = worlds.tracker_data(stories=[worlds.story(1, name="New"), worlds.story(3)])
    kept(folder / "look-alike", newer, look_alike=True)
    host = served(folder, tmp_path)
    assert {row["id"]: row["name"] for row in rows(host, "stories")} == {
        2: "Story 2",
        1: "New",
        3: "Story 3",
    }
    assert [row["id"] for row in rows(host, "epics")] == [301]
    (project,) = host.projects()
    assert project["time_zone"]["olson_name"]


def test_a_successor_on_a_look_alike_goes_on_under_the_original_id(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    kept(
        folder / "tracker",
        worlds.tracker_data(stories=[worlds.story(1, name="Old")]),
        made_at=NOW - timedelta(days=1),
    )
    newer = worlds.tracker_data(
        stories=[worlds.story(9001, name="New"), worlds.story(9002)],
        comments=[worlds.comment(5, 9001)],
    )
    kept(folder / "look-alike", newer, look_alike=True)
    crosswalk = [Successor(1, "9001", TRACKER_V5), Successor(2, "E-2", "linear")]
    stories = rows(served(folder, tmp_path, crosswalk=crosswalk), "stories", fields="name,comments")
    assert [(row["id"], row["name"]) for row in stories] == [(1, "New"), (9002, "Story 9002")]
    assert stories[0]["comments"][0]["story_id"] == 1


def test_a_store_is_made_once_and_again_when_a_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "harbor.csv"
    path.write_text(export(story()))
    first = archive_store(path, time_zone=None, crosswalk=(), home=tmp_path)
    assert archive_store(path, time_zone=None, crosswalk=(), home=tmp_path) == first
    assert archive_store(path, time_zone="UTC", crosswalk=(), home=tmp_path) != first
    path.write_text(export(story(), story(Id="2")))
    second = archive_store(path, time_zone=None, crosswalk=(), home=tmp_path)
    assert second != first
    assert list((tmp_path / "archives").iterdir()) == [second]


def test_a_store_is_made_again_when_only_attachments_change(tmp_path: Path) -> None:
    """They are read by name and size: one that is only written again is the same."""
    folder = tmp_path / "unzipped"
    (folder / "1").mkdir(parents=True)
    (folder / "harbor.csv").write_text(export(story()))
    attachment = folder / "1" / "a.png"
    attachment.write_bytes(b"1")
    stores = [archive_store(folder, time_zone=None, crosswalk=(), home=tmp_path)]
    for content, other in ((b"2", None), (b"22", None), (b"22", "b.png"), (b"22", "../notes.txt")):
        attachment.write_bytes(content)
        if other:
            (folder / "1" / other).write_bytes(b"3")
        stores.append(archive_store(folder, time_zone=None, crosswalk=(), home=tmp_path))
    same, *later = stores[1:]
    assert same == stores[0]
    assert len({same, *later}) == 4


def test_the_server_answers_as_the_api_does(tmp_path: Path) -> None:
    log = [worlds.activity(n, f"2026-03-0{n}T08:00:00Z") for n in (1, 2, 3)]
    data = worlds.tracker_data(activity=log, stories=[worlds.story(n) for n in range(1, 8)])
    archive = kept(tmp_path / "kept", data)
    signed_in = config(archive, tmp_path)
    session = requests.Session()
    session.headers["X-TrackerToken"] = signed_in["api_token"]
    base = f"{signed_in['api_url']}/services/v5/projects/{worlds.PROJECT_ID}"

    page = session.get(f"{base}/stories", params={"limit": 3, "offset": 6, "fields": "name"})
    assert page.json() == [{"id": 7, "name": "Story 7"}]
    headers = {
        k.lower(): v for k, v in page.headers.items() if k.lower().startswith("x-tracker-pa")
    }
    assert set(headers.values()) == {"7", "3", "6", "1"}
    bounds = {"occurred_after": "2026-03-01T08:00:00Z", "occurred_before": "2026-03-03T08:00:00Z"}
    versions = [a["project_version"] for a in session.get(f"{base}/activity", params=bounds).json()]
    assert versions == [2]
    assert session.get(f"{base}/stories/7").json()["name"] == "Story 7"
    assert session.get(f"{base}/stories/8").json()["code"] == "unfound_resource"
    assert session.get(f"{base}/webhooks").json()["code"] == "route_not_found"
    assert session.get(f"{base}0").status_code == 403
    assert requests.get(f"{base}/stories", timeout=120).json()["code"] == "invalid_authentication"


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "harbor.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("harbor.csv", export(story()))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Retry failed", b"Retry fouled"))
    with pytest.raises(
        ArchiveError,
        match=r"harbor\.zip/harbor\.csv: is damaged \(Bad CRC-32 .*copy or unzip it anew",
    ):
        config(path, tmp_path)
