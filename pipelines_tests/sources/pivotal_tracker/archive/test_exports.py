"""CSV and zip exports: what they say becomes v5 resources, what is wrong with them is said with line and column."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipelines.sources.pivotal_tracker.archive.exports.files import read_exports
from pipelines.sources.pivotal_tracker.archive.exports.names import FIRST_MADE_ID, Names
from pipelines.sources.pivotal_tracker.archive.lists import Record
from pipelines.sources.pivotal_tracker.archive.notes import Notes
from pipelines_tests.sources.pivotal_tracker.archive.export_files import (
    export,
    resources,
    story,
    told,
)


def written(folder: Path, *rows: object, name: str = "harbor.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(export(*rows).encode(encoding))  # type: ignore[arg-type]
    return path


def only_story(folder: Path, zone: str | None = None, **cells: object) -> Record:
    stories = resources(written(folder, story(**cells)), zone=zone)["stories"]  # type: ignore[arg-type]
    assert len(stories) == 1
    return stories[0]


def test_a_row_is_a_story(tmp_path: Path) -> None:
    found = only_story(tmp_path, Labels="Dunning, ui", Estimate="3", Priority="p2 - Medium")
    assert {name: found[name] for name in found if name not in ("labels", "project_id")} == {
        "kind": "story",
        "id": 187654321,
        "name": "Retry failed card charges",
        "url": "https://www.pivotaltracker.com/story/show/187654321",
        "created_at": "2024-03-04T00:00:00Z",
        "accepted_at": "2024-03-19T23:59:59Z",
        "updated_at": "2024-03-19T23:59:59Z",
        "story_type": "feature",
        "story_priority": "p2",
        "current_state": "accepted",
        "estimate": 3,
        "requested_by_id": found["requested_by_id"],
        "owner_ids": [],
        **{part: [] for part in ("comments", "tasks", "blockers", "reviews")},
        **{part: [] for part in ("pull_requests", "branches")},
    }
    assert [label["name"] for label in found["labels"]] == ["dunning", "ui"]
    assert found["requested_by_id"] >= FIRST_MADE_ID


def test_dates_are_days_of_the_projects_zone(tmp_path: Path) -> None:
    """Denver is at -07:00 until Mar 10, 2024, at -06:00 after it."""
    found = only_story(tmp_path, "America/Denver", Accepted_at="March 19, 2024")
    assert (found["created_at"], found["accepted_at"]) == (
        "2024-03-04T07:00:00Z",
        "2024-03-20T05:59:59Z",
    )


@pytest.mark.parametrize(
    ("cell", "estimate"), [("", None), ("-1", None), ("0", 0), ("8", 8), ("0.5", 0.5)]
)
def test_estimates(tmp_path: Path, cell: str, estimate: float | None) -> None:
    assert only_story(tmp_path, Estimate=cell).get("estimate") == estimate


def test_twelve_owners_and_one(tmp_path: Path) -> None:
    names = [f"Person {number}" for number in range(12)]
    path = written(tmp_path, story(Owned_By=names), story(Id="2", Owned_By=["Person 3"]))
    found = resources(path)
    many, one = found["stories"]
    assert len(set(many["owner_ids"])) == 12
    assert one["owner_ids"] == [many["owner_ids"][3]] == [one["owned_by_id"]]
    people = [membership["person"]["name"] for membership in found["memberships"]]
    assert sorted(people) == sorted([*names, "Rafa Lind"])


def test_pairs_and_triples_stay_together(tmp_path: Path) -> None:
    found = only_story(
        tmp_path,
        Blocker=["Needs keys", "", "Waits for #187650777"],
        Blocker_Status=["Resolved", "", "blocked"],
        Task=["Add flag", "Remove flag"],
        Task_Status=["Completed", "not completed"],
        Reviewer=["Ines Okafor", "", "Bo"],
        Review_Type=["Code", "Security", "Test (QA)"],
        Review_Status=["pass", "", "in_review"],
    )
    assert [(b["description"], b["resolved"]) for b in found["blockers"]] == [
        ("Needs keys", True),
        ("Waits for #187650777", False),
    ]
    assert [(t["description"], t["complete"], t["position"]) for t in found["tasks"]] == [
        ("Add flag", True, 1),
        ("Remove flag", False, 2),
    ]
    reviews = [
        (r["review_type"]["name"], r["status"], "reviewer_id" in r) for r in found["reviews"]
    ]
    assert reviews == [
        ("Code", "pass", True),
        ("Security", "unstarted", False),
        ("Test (QA)", "in_review", True),
    ]


def test_comments_have_author_and_day_where_the_cell_says_so(tmp_path: Path) -> None:
    cells = [
        'Said "no",\nthen yes (really) (Ines Okafor - Mar 8, 2024)',
        "(Bo (Contractor) - May 6, 2024)",
        "Nothing at its end",
        "Ends (with - Smarch 8, 2024)",
    ]
    found = only_story(tmp_path, Comment=cells)
    first, second, third, fourth = found["comments"]
    assert first["text"] == 'Said "no",\nthen yes (really)'
    assert first["created_at"] == "2024-03-08T00:00:00Z"
    assert "text" not in second
    assert second["person_id"] != first["person_id"]
    assert (third["text"], fourth["text"]) == (cells[2], cells[3])
    assert not {"person_id", "created_at"} & (third.keys() | fourth.keys())
    assert found["updated_at"] == "2024-05-06T00:00:00Z"


def test_epics_and_releases_are_rows(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        story(Labels="dunning"),
        story(Id="5120077", Type="epic", Labels="Dunning", Current_State="", Accepted_at=""),
        story(Id="3", Type="Release", Current_State="unstarted", Deadline="Apr 2, 2024"),
    )
    found = resources(path)
    assert [epic["id"] for epic in found["epics"]] == [5120077]
    assert found["epics"][0]["label"]["id"] == found["stories"][0]["labels"][0]["id"]
    assert [(r["id"], r["deadline"]) for r in found["releases"]] == [(3, "2024-04-02T00:00:00Z")]
    assert [row["id"] for row in found["stories"]] == [187654321, 3]
    assert "story_ids" not in found["releases"][0]


def test_iterations_come_from_their_columns(tmp_path: Path) -> None:
    """Iteration 3 ends on its last day; the project began two iterations of two weeks before it."""
    window = {"Iteration_Start": "Mar 5, 2024", "Iteration_End": "Mar 18, 2024"}
    path = written(
        tmp_path,
        story(Iteration="3", **window),
        story(Id="2", Iteration="3", **window),
        story(Id="3", Iteration="4", Iteration_Start="Mar 19, 2024", Iteration_End="Apr 2, 2024"),
        story(Id="4", Current_State="unscheduled", Accepted_at=""),
    )
    found = resources(path, zone="America/Denver")
    third, fourth = found["iterations"]
    assert (third["number"], third["length"], third["story_ids"]) == (3, 2, [187654321, 2])
    assert (third["start"], third["finish"]) == ("2024-03-05T07:00:00Z", "2024-03-19T06:00:00Z")
    assert (fourth["start"], fourth["finish"]) == (third["finish"], "2024-04-02T06:00:00Z")
    project = found["projects"][0]
    assert (project["iteration_length"], project["week_start_day"]) == (2, "Tuesday")
    assert project["start_date"] == "2024-02-06"
    assert not {"velocity", "points", "team_strength"} & third.keys()


def test_nothing_is_invented(tmp_path: Path) -> None:
    found = resources(written(tmp_path, story(Requested_By="")))
    assert found.keys() == {"stories", "projects"}
    assert found["projects"][0].keys() == {"kind", "id", "name", "created_at"}


def test_files_with_one_name_are_one_project_and_the_newest_has_the_last_word(
    tmp_path: Path,
) -> None:
    window = {"Iteration_Start": "Mar 4, 2024", "Iteration_End": "Mar 10, 2024"}
    old = written(
        tmp_path, story(Iteration="1", **window), story(Id="2"), name="harbor_20240301_0930.csv"
    )
    new = written(tmp_path, story(Title="Renamed"), story(Id="3"), name="harbor_20250320_1512.csv")
    other = written(tmp_path, story(Id="9"), name="fjord_20250320_1512.csv")
    found = resources(new, other, old)
    assert [project["name"] for project in found["projects"]] == ["harbor", "fjord"]
    of_harbor = [s for s in found["stories"] if s["project_id"] == found["projects"][0]["id"]]
    assert [(s["id"], s["name"]) for s in of_harbor][-2:] == [
        (187654321, "Renamed"),
        (3, of_harbor[0]["name"]),
    ]
    assert found["iterations"][0]["story_ids"] == []


def test_a_subfolder_is_a_project(tmp_path: Path) -> None:
    for name in ("Harbor Billing/a.csv", "Harbor Billing/b.csv"):
        written(tmp_path, story(), name=name)
    paths = sorted(tmp_path.rglob("*.csv"))
    assert [p.name for p in read_exports(paths, tmp_path, Notes()).projects] == ["Harbor Billing"]


def test_a_zip_has_tables_and_attachments(tmp_path: Path) -> None:
    path = tmp_path / "harbor_20250320_1512.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("harbor_20250320_1512.csv", export(story()))
        archive.writestr("__MACOSX/._harbor.csv", b"\0")
        archive.writestr("187654321/flow.png", b"12345")
        archive.writestr("187654321/table.csv", "no,export\n")
    found = resources(path)
    assert [project["name"] for project in found["projects"]] == ["harbor"]
    files = found["stories"][0]["comments"][0]["file_attachments"]
    assert [(file["filename"], file["size"]) for file in files] == [
        ("flow.png", 5),
        ("table.csv", 10),
    ]


def test_known_names_have_their_own_ids(tmp_path: Path) -> None:
    names = Names(
        projects={"harbor": {"id": 99, "time_zone": {"olson_name": "Asia/Tokyo"}}},
        people={"rafa lind": {"id": 3310001, "name": "Rafa Lind"}},
        labels={(99, "ui"): {"id": 25440010, "name": "ui"}},
    )
    found = resources(written(tmp_path, story(Labels="UI")), names=names)
    row = found["stories"][0]
    assert (row["project_id"], row["requested_by_id"]) == (99, 3310001)
    assert row["labels"] == [{"id": 25440010, "name": "ui"}]
    assert row["created_at"] == "2024-03-03T15:00:00Z"
    assert "memberships" not in found


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "cp1252"],
    ids=["plain", "mark", "utf-16", "windows"],
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, story(Title="naïve €"), encoding=encoding)
    found, notes = told(path, zone="UTC")
    assert found["stories"][0]["name"] == "naïve €"
    assert bool(notes) == (encoding == "cp1252")


def test_separators_blank_lines_and_foreign_columns(tmp_path: Path) -> None:
    path = tmp_path / "harbor.csv"
    path.write_text(
        "Id;Title;;Type;Current State;Estimate;Team\r\n\r\n"
        '1;"A; b";;feature;started;2;Blue\r\n;;;;;;\r\n2;C;;chore;unstarted\r\n'
    )
    found, notes = told(path, zone="UTC")
    assert [(s["id"], s["name"], s.get("estimate")) for s in found["stories"]] == [
        (1, "A; b", 2),
        (2, "C", None),
    ]
    assert notes == ["harbor.csv: columns that are not Tracker's were left out: Team."]


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"Id": ""}, "line 3, column Id: is empty, and the row was left out."),
        ({"Id": "#x"}, "column Id: 'x' is not a whole number, and the row was left out."),
        ({"Id": "1.87E+08"}, "column Id: '1.87E+08' has lost digits in a spreadsheet"),
        ({"Type": "task"}, "column Type: 'task' is none of feature, bug"),
        ({"Current_State": "done"}, "column Current State: 'done' is none of unscheduled"),
    ],
)
def test_a_row_that_says_too_little_is_left_out_and_told(
    tmp_path: Path, cells: dict[str, str], note: str
) -> None:
    found, notes = told(written(tmp_path, story(), story(**{"Id": "2", **cells}), story(Id="3")))
    assert [row["id"] for row in found["stories"]] == [187654321, 3]
    assert len(notes) == 1
    assert notes[0].startswith("harbor.csv, line 3")
    assert note in notes[0]


@pytest.mark.parametrize(
    ("cells", "field", "value", "note"),
    [
        ({"Created_at": "Smarch 4"}, "created_at", None, "Created at: 'Smarch 4' is not a date"),
        ({"Accepted_at": "Mar 4, 2203"}, "accepted_at", None, "'Mar 4, 2203' is not a date"),
        ({"Estimate": "many"}, "estimate", None, "Estimate: 'many' is not a number of points"),
        ({"Priority": "Urgent"}, "story_priority", "urgent", "Priority: 'urgent' is none of none"),
        (
            {"Iteration": "x"},
            "name",
            "Retry failed card charges",
            "Iteration: 'x' is not the number",
        ),
    ],
)
def test_a_cell_that_says_nothing_is_told_and_the_row_kept(
    tmp_path: Path, cells: dict[str, str], field: str, value: object, note: str
) -> None:
    found, notes = told(written(tmp_path, story(**cells)))
    assert found["stories"][0].get(field) == value
    assert len(notes) == 1
    assert note in notes[0]


def test_unknown_words_of_parts_are_told(tmp_path: Path) -> None:
    cells = {"Task": ["t"], "Task_Status": ["so so"], "Blocker": ["b"], "Blocker_Status": ["hm"]}
    review = {"Reviewer": ["Bo"], "Review_Type": ["Code"], "Review_Status": ["Passed"]}
    found, notes = told(written(tmp_path, story(**cells, **review)))
    row = found["stories"][0]
    assert not row["tasks"][0]["complete"]
    assert not row["blockers"][0]["resolved"]
    assert row["reviews"][0]["status"] == "passed"
    assert len(notes) == 3


def test_the_same_word_in_many_rows_is_told_once(tmp_path: Path) -> None:
    _, notes = told(written(tmp_path, *(story(Id=str(n), Priority="high") for n in range(1, 9))))
    assert notes == [
        "harbor.csv, line 2, column Priority: 'high' is none of none, p0 - critical, p1 - high, "
        "p2 - medium, p3 - low, p0, p1, p2, p3, and was kept as it is (8 times)."
    ]


def test_an_iteration_that_ends_before_it_starts_is_left_out(tmp_path: Path) -> None:
    window = {"Iteration": "1", "Iteration_Start": "Mar 4, 2024", "Iteration_End": "Mar 4, 2024"}
    found, notes = told(written(tmp_path, story(**window)))
    assert "iterations" not in found
    assert "column Iteration End: 2024-03-04 is not after" in notes[0]


def test_a_line_is_where_the_row_begins(tmp_path: Path) -> None:
    _, notes = told(written(tmp_path, story(Description="two\nlines"), story(Id="x")))
    assert notes[0].startswith("harbor.csv, line 4, column Id")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"name,hours\nx,1\n",
            "harbor.csv, line 1: is not an export of Tracker, column Id is missing.",
        ),
        (b"", "line 1: is not an export of Tracker"),
        (b"\x89PNG\r\n\0\0", "line 1: is not an export of Tracker"),
        (b"\x89PNG\0\r\n", "line 1: is not a text file"),
    ],
)
def test_a_file_that_is_no_export_is_left_out(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "harbor.csv"
    path.write_bytes(content)
    found, notes = told(path, written(tmp_path, story(), name="fjord.csv"))
    assert [row["id"] for row in found["stories"]] == [187654321]
    assert len(notes) == 1
    assert message in notes[0]
