"""Which project, which part is the latest, what is left out: folders and files as they lie on people's disks."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.lists import Record
from pipelines.sources.pivotal_tracker.archive.source import archive_store
from pipelines.sources.pivotal_tracker.archive.store import Store
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story

OLD, NEW = "20240301_093011", "20250320_151233"
PROJECT: Record = {"kind": "project", "id": 77, "name": "Harbor", "version": 9}


def dumped(story_id: int, updated: str = "2024-01-02T10:00:00Z", **values: Any) -> Record:
    return {
        "kind": "story",
        "id": story_id,
        "project_id": 77,
        "name": f"Story {story_id}",
        "story_type": "feature",
        "current_state": "started",
        "created_at": "2024-01-01T10:00:00Z",
        "updated_at": updated,
        **values,
    }


def write(folder: Path, **files: Any) -> Path:
    """JSON files by name without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / f"{name}.json").write_text(json.dumps(body))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    path.mkdir()
    return path


def opened(folder: Path, zone: str | None = "UTC") -> Store:
    return Store.open(
        archive_store(folder, time_zone=zone, crosswalk=(), home=folder.parent / "home")
    )


def stories(store: Store) -> Iterator[Record]:
    for project in store.projects():
        yield from store.page("stories", project["id"], limit=-1)


def names(store: Store) -> list[str]:
    return sorted(project["name"] for project in store.projects())


def files_of(row: Record) -> list[str]:
    return [f["filename"] for c in row["comments"] for f in c.get("file_attachments", [])]


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_files_of_several_projects_in_one_zip(folder: Path) -> None:
    members = {
        f"alpha_{NEW}.csv": export(story(Id="1")),
        f"beta_{NEW}.csv": export(story(Id="2")),
        f"beta_{NEW}_project_history.csv": "Occurred At,Message\nnow,x\n",
    }
    zipped(folder / "tracker_backup.zip", members)
    store = opened(folder)
    assert names(store) == ["alpha", "beta"]
    (note,) = store.notes()
    assert note == (
        f"tracker_backup.zip/beta_{NEW}_project_history.csv, line 1: is not an export of Tracker, "
        "column Id is missing. It was left out."
    )


def test_an_unzipped_export_is_what_its_zip_is(folder: Path) -> None:
    """The zip beside its unzipped folder, an older one, attachments in all of them: each file once."""
    for stamp, title in ((OLD, "Old"), (NEW, "New")):
        table = export(story(Id="101", Title=title))
        members = {f"harbor_{stamp}.csv": table, "101/mock up.png": b"12345"}
        zipped(folder / f"harbor_{stamp}-export.zip", members)
        unzipped = folder / f"harbor_{stamp}-export"
        (unzipped / "101").mkdir(parents=True)
        (unzipped / f"harbor_{stamp}.csv").write_text(table)
        (unzipped / "101" / "mock up.png").write_bytes(b"12345")
    store = opened(folder)
    assert names(store) == ["harbor"]
    (row,) = stories(store)
    assert row["name"] == "New"
    assert files_of(row) == ["mock up.png"]
    assert store.notes() == []


def test_attachments_beside_a_table_and_of_no_story(folder: Path) -> None:
    (folder / f"harbor_{NEW}.csv").write_text(export(story(Id="101")))
    for number in ("101", "999"):
        (folder / number).mkdir()
        (folder / number / "a.png").write_bytes(b"1")
    store = opened(folder)
    assert [files_of(row) for row in stories(store)] == [["a.png"]]
    assert store.notes() == ["999/a.png: belongs to a story that no export has, and was left out."]


def test_the_slug_of_a_project_finds_its_name(folder: Path) -> None:
    (folder / f"cf_bosh__dev__{NEW}.csv").write_text(export(story(Id="2")))
    write(folder / "dump", project={**PROJECT, "name": "CF BOSH (Dev)"})
    store = opened(folder)
    assert [(p["id"], p["name"]) for p in store.projects()] == [(77, "CF BOSH (Dev)")]
    assert [row["project_id"] for row in stories(store)] == [77]


def test_a_story_that_moved_is_where_the_later_export_has_it(folder: Path) -> None:
    (folder / f"zeta_{OLD}.csv").write_text(export(story(Id="1", Title="Before")))
    (folder / f"alpha_{NEW}.csv").write_text(export(story(Id="1", Title="After")))
    store = opened(folder)
    (row,) = stories(store)
    assert row["name"] == "After"
    assert store.project(row["project_id"]) is not None
    assert store.project(row["project_id"])["name"] == "alpha"  # type: ignore[index]


def test_the_dump_with_the_later_update_counts_wherever_it_lies(folder: Path) -> None:
    later = dumped(101, "2024-01-09T10:00:00Z", current_state="accepted")
    write(folder / "a_latest", project={**PROJECT, "version": 20, "name": "New"}, stories=[later])
    write(folder / "b_old", project=PROJECT, stories=[dumped(101), dumped(102)])
    store = opened(folder)
    assert names(store) == ["New"]
    assert {row["id"]: row["current_state"] for row in stories(store)} == {
        101: "accepted",
        102: "started",
    }


def test_a_later_export_goes_over_a_dump_and_keeps_what_it_cannot_know(folder: Path) -> None:
    """The export knows that the story was accepted since; when it was created, the dump knows to the second."""
    comment = {"kind": "comment", "id": 5, "story_id": 101, "text": "Hm", "person_id": 3}
    before = dumped(101, comments=[comment], estimate=3)
    write(folder, project=PROJECT, stories=[before])
    row = story(Id="101", Title="New", Created_at="Jan 1, 2024", Accepted_at="Feb 1, 2024")
    (folder / f"harbor_{OLD}.csv").write_text(export(row))
    (found,) = stories(opened(folder))
    assert (found["name"], found["current_state"], found["accepted_at"]) == (
        "New",
        "accepted",
        "2024-02-01T23:59:59Z",
    )
    assert found["created_at"] == "2024-01-01T10:00:00Z"
    assert [c["id"] for c in found["comments"]] == [5]
    assert "estimate" not in found


def test_an_export_before_the_dump_adds_what_the_dump_lacks_only(folder: Path) -> None:
    write(folder, project=PROJECT, stories=[dumped(101, "2024-06-01T10:00:00Z")])
    rows = [story(Id="101", Title="Older"), story(Id="102")]
    (folder / f"harbor_{OLD}.csv").write_text(export(*rows))
    found = {row["id"]: row["name"] for row in stories(opened(folder))}
    assert found == {101: "Story 101", 102: "Retry failed card charges"}


def test_windows_of_an_older_export_that_contradict_a_later_one(folder: Path) -> None:
    """The start floated: the older export predicted iteration 1 a week earlier."""
    weeks = [("Jun 23, 2014", "Jun 29, 2014"), ("Jun 30, 2014", "Jul 6, 2014")]
    weeks += [("Jul 7, 2014", "Jul 13, 2014"), ("Jul 14, 2014", "Jul 20, 2014")]

    def rows(first: int, count: int) -> str:
        return export(
            *(
                story(
                    Id=str(n),
                    Iteration=str(n),
                    Iteration_Start=weeks[first + n - 1][0],
                    Iteration_End=weeks[first + n - 1][1],
                )
                for n in range(1, count + 1)
            )
        )

    (folder / "fish_20140629_0900.csv").write_text(rows(0, 4))
    (folder / "fish_20140710_0900.csv").write_text(rows(1, 2))
    store = opened(folder)
    (project,) = store.projects()
    found = store.page("iterations", project["id"], limit=-1)
    assert [(row["number"], row["start"]) for row in found] == [
        (1, "2014-06-30T00:00:00Z"),
        (2, "2014-07-07T00:00:00Z"),
    ]
    assert project["start_date"] == "2014-06-30"


def test_what_is_no_export_is_left_out_and_told(folder: Path) -> None:
    (folder / "harbor.csv").write_text(export(story()))
    (folder / "users.csv").write_text("pt_user_name,email\nInes,i@example.com\n")
    (folder / "backup.sqlite3").write_bytes(b"x")
    (folder / "broken.zip").write_bytes(b"PK no zip")
    (folder / "broken.json").write_text("[{")
    (folder / "refused.json").write_text('{"code": "invalid_authentication", "error": "no"}')
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.csv").symlink_to(folder / "gone.csv")
    store = opened(folder)
    assert [row["id"] for row in stories(store)] == [187654321]
    notes = store.notes()
    for name in ("users.csv", "backup.sqlite3", "broken.zip", "broken.json", "refused.json"):
        assert sum(note.startswith(name) for note in notes) == 1, name
    for name in ("pipe.csv", "loop", "nowhere.csv"):
        assert sum(note.startswith(name) for note in notes) == 1, name
    assert len(notes) == 8


def test_a_damaged_zip_keeps_what_can_be_read(folder: Path) -> None:
    """The table is read up to the damage, and the other table whole."""
    rows = [story(Id=str(n), Description=f"{n} " * 500) for n in range(1, 200)]
    members = {f"alpha_{NEW}.csv": export(*rows), f"beta_{NEW}.csv": export(story(Id="900"))}
    path = zipped(folder / "backup.zip", members)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"150 150 150 ", b"150 151 150 ", 1))
    store = opened(folder)
    found = {row["id"] for row in stories(store)}
    assert {*range(1, 190), 900} <= found
    (note,) = store.notes()
    assert note.startswith(f"backup.zip/alpha_{NEW}.csv, line ")
    assert "is damaged (Bad CRC-32" in note
    assert "copy or unzip it anew" in note


def test_nothing_readable_is_refused_with_each_reason(folder: Path) -> None:
    (folder / "new_stories.csv").write_text("Title,Type\na,bug\n")
    (folder / "stories.json").write_text("[{")
    with pytest.raises(ArchiveError) as error:
        opened(folder)
    assert "new_stories.csv, line 1: is not an export of Tracker" in str(error.value)
    assert "stories.json: is not JSON" in str(error.value)


def test_an_export_of_which_no_row_can_be_read_is_refused(folder: Path) -> None:
    (folder / "harbor.csv").write_text(export(story(Id="x"), story(Type="task")))
    with pytest.raises(ArchiveError, match=r"line 2, column Id: 'x'.*line 3, column Type: 'task'"):
        opened(folder)


def test_stories_inside_iterations_projects_and_under_ids(folder: Path) -> None:
    write(
        folder,
        project={**PROJECT, "stories": [dumped(1)], "labels": [{"id": 4, "name": "ui"}]},
        iterations=[
            {
                "kind": "iteration",
                "number": 2,
                "project_id": 77,
                "start": "2024-01-08T07:00:00Z",
                "finish": "2024-01-15T07:00:00Z",
                "stories": [dumped(2)],
            }
        ],
        all={"stories": {"3": dumped(3)}},
    )
    store = opened(folder)
    assert sorted(row["id"] for row in stories(store)) == [1, 2, 3]
    assert [row["story_ids"] for row in store.page("iterations", 77, limit=-1)] == [[2]]
    assert [row["name"] for row in store.page("labels", 77, limit=-1)] == ["ui"]
    assert store.notes() == []


def test_empty_lists_and_a_project_without_a_name(folder: Path) -> None:
    write(folder, stories=[[dumped(1)]], epics=[[]], activity=[], releases={"data": []})
    store = opened(folder)
    assert names(store) == ["Project 77"]
    assert store.notes() == [
        "Project 77 has rows, but nothing tells its name, zone and iterations."
    ]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_in_other_encodings(folder: Path, codec: str) -> None:
    text = json.dumps([PROJECT, dumped(1, name="Überweisung")], ensure_ascii=False)
    (folder / "all.json").write_bytes(text.encode(codec))
    assert [row["name"] for row in stories(opened(folder))] == ["Überweisung"]


def test_a_record_a_line_milliseconds_and_odd_values(folder: Path) -> None:
    """Line 3 is cut off; a half of an emoji and NaN are no reason to lose a story."""
    lines = [
        json.dumps(PROJECT),
        json.dumps(dumped(1, created_at=1704103200000, updated_at=1704103200000)),
        '{"kind": "story", "id": 2, "na',
        json.dumps(dumped(3, name="half \ud83d", estimate=float("nan"))),
    ]
    (folder / "stories.ndjson").write_text("\n".join(lines))
    store = opened(folder)
    first, third = stories(store)
    assert first["created_at"] == "2024-01-01T10:00:00Z"
    assert (third["id"], third["estimate"]) == (3, None)
    assert store.notes() == ["stories.ndjson, line 3: is not JSON and was left out."]


def test_one_broken_byte_in_json_replaces_one_character(folder: Path) -> None:
    content = json.dumps([PROJECT, dumped(1, name="Größe")], ensure_ascii=False).encode()
    (folder / "all.json").write_bytes(content.replace("ß".encode(), b"\xff"))
    store = opened(folder)
    assert [row["name"] for row in stories(store)] == ["Grö\ufffde"]
    assert store.notes() == ["all.json: bytes that are no text were replaced by \ufffd."]


def test_names_of_removed_members_and_memberships_without_id(folder: Path) -> None:
    owner = {"id": 900, "user_id": 31, "name": "Ines Okafor", "initials": "IO"}
    member = {"person": {"id": 32, "name": "Rafa Lind"}, "role": "member", "project_id": 77}
    write(folder, project=PROJECT, stories=[dumped(1, owners=[owner])], memberships=[member])
    memberships = opened(folder).page("memberships", 77, limit=-1)
    assert {m["person"]["id"]: m["person"]["name"] for m in memberships} == {
        31: "Ines Okafor",
        32: "Rafa Lind",
    }
    assert len({m["id"] for m in memberships}) == 2


def test_comments_of_epics_and_of_stories_that_are_not_there(folder: Path) -> None:
    epic = {"kind": "epic", "id": 5, "project_id": 77, "name": "E", "comments": [{"id": 1}]}
    lost = {"kind": "comment", "id": 2, "story_id": 404, "text": "?"}
    write(folder, project=PROJECT, epics=[epic], comments=[lost])
    store = opened(folder)
    assert [c["epic_id"] for c in store.page("epic_comments", 77, limit=-1)] == [5]
    assert store.notes() == ["archive: comments of stories that are not there were left out."]


def test_a_list_that_is_cut_off_keeps_its_whole_records(folder: Path) -> None:
    text = json.dumps([PROJECT, dumped(1), dumped(2), dumped(3)])
    (folder / "stories.json").write_text(text[:-100])
    store = opened(folder)
    assert [row["id"] for row in stories(store)] == [1, 2]
    (note,) = store.notes()
    assert note.startswith("stories.json: is not JSON (line 1, column ")
    assert note.endswith("and what follows was left out.")
