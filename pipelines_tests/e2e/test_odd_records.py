"""One odd record is set aside, named and kept; everybody else's are read, and nothing is removed for its sake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines_tests.support.plain_server import WORKSPACE, Answers, plain_server
from pipelines_tests.support.project import Project

ROOT = f"/api/v1/workspaces/{WORKSPACE}"
ANN, BOB = "64e687e29ae1f428e7ebe001", "64e687e29ae1f428e7ebe002"
ANNS, BOBS = (f"{ROOT}/user/{user}/time-entries" for user in (ANN, BOB))
ENTRIES = "clockify/time_entries"


def user(identity: str, name: str) -> dict[str, Any]:
    return {"id": identity, "name": name, "memberships": [], "settings": {"timeZone": "UTC"}}


def entry(number: int, start: Any = "2026-03-02T08:00:00Z", owner: str = ANN, **other: Any) -> Any:
    interval = {"start": start, "end": "2026-03-02T09:00:00Z", "duration": "PT1H"}
    return {"id": f"e{number}", "userId": owner, "timeInterval": interval, **other}


def sound_answers() -> dict[str, Any]:
    lists = ("clients", "tags", "user-groups", "projects", "custom-fields", "holidays")
    return {
        **{f"{ROOT}/{name}": [] for name in (*lists, "approval-requests")},
        f"{ROOT}/time-off/requests": {"count": 0, "requests": []},
        "/api/v1/workspaces": [{"id": WORKSPACE, "name": "Case", "memberships": []}],
        f"{ROOT}/users": [user(ANN, "Ann"), user(BOB, "Bob")],
        ANNS: [entry(1), entry(2)],
        BOBS: [entry(3, owner=BOB)],
    }


class Bench:
    def __init__(self, folder: Path, answers: Answers, project: Project) -> None:
        self.folder, self.answers, self.project = folder, answers, project

    def sync(self, *streams: str) -> dg.ExecuteInProcessResult:
        result = self.project.materialize(*(streams or (ENTRIES,)))
        assert result.success, [event.message for event in result.all_events if event.is_failure]
        return result

    def entries(self) -> list[str]:
        return self.project.keys("clockify.time_entries")

    def aside(self, table: str = "clockify.time_entries", columns: str = "id, reason") -> list[Any]:
        return self.project.query(f"SELECT {columns} FROM {table}_unreadable ORDER BY ALL")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    answers = sound_answers()
    with (
        plain_server(answers) as server,
        dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance,
    ):
        yield Bench(
            tmp_path,
            answers,
            Project(tmp_path, server, instance, PIPELINES_AS_OF="2026-03-20T12:00:00Z"),
        )


NO_INSTANT = "timeInterval.start is no instant"


def test_entries_of_no_day_are_set_aside_until_they_are_mended(bench: Bench) -> None:
    """e2 was read before and stays as it was; e4 to e6 were never readable; e7 begins with a leap second."""
    bench.sync()
    bench.answers[ANNS] = [
        entry(1),
        {**entry(2), "timeInterval": None},
        entry(4, None),
        entry(5, "+12026-03-02T08:00:00Z"),
        {key: value for key, value in entry(6).items() if key != "timeInterval"},
        entry(7, "2026-03-02T23:59:60Z"),
    ]
    result = bench.sync()
    assert bench.entries() == ["e1", "e2", "e3", "e7"]
    assert bench.aside() == [(f"e{number}", NO_INSTANT) for number in (2, 4, 5, 6)]
    [(owner, raw)] = bench.aside(columns="user_id, raw")[:1]
    assert (owner, json.loads(raw)["timeInterval"]) == (ANN, None)
    [check] = [
        found for found in result.get_asset_check_evaluations() if found.check_name == "unreadable"
    ]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description.startswith(f"4 records could not be placed: {NO_INSTANT} (4).")

    bench.answers[ANNS] = [entry(number) for number in (1, 2, 4, 5, 6, 7)]
    bench.sync()
    assert bench.entries() == [f"e{number}" for number in range(1, 8)]
    assert bench.aside() == []


def test_rows_that_are_no_records_keep_their_persons_rows(bench: Bench) -> None:
    """Ann's e2 may be one of the three that cannot be told; Bob's e3 is gone."""
    bench.answers[BOBS] = [entry(3, owner=BOB), entry(8, owner=BOB)]
    bench.sync()
    bench.answers[ANNS] = [entry(1), None, "text", {**entry(9), "id": None}]
    bench.answers[BOBS] = [entry(8, owner=BOB)]
    bench.sync()
    assert bench.entries() == ["e1", "e2", "e8"]
    assert [reason for _, reason in bench.aside()] == ["has no usable id", *["is no object"] * 2]


def test_half_an_emoji_and_deep_nesting_in_an_answer(bench: Bench) -> None:
    good, deep = json.dumps(entry(1)), "[" * 3000 + "]" * 3000
    bench.answers[ANNS] = f"""[{good}, {{"id": "e4", "deep": {deep}}},
        {json.dumps(entry(5, description="half ? emoji")).replace("?", chr(92) + "ud83d")}]""".encode()
    bench.sync()
    assert bench.entries() == ["e1", "e3", "e5"]
    assert bench.project.query(
        "SELECT description, _extra ->> 'description' FROM clockify.time_entries WHERE id = 'e5'"
    ) == [("half \ufffd emoji", '"half \\ud83d emoji"')]
    [(reason, raw)] = bench.aside(columns="reason, raw")
    assert reason == "is no JSON or nested too deep"
    assert "e4" in raw


def test_parts_of_other_lists(bench: Bench) -> None:
    """A project whose tasks are no list, a task that is none, a person and a request without an id."""
    bench.answers[f"{ROOT}/projects"] = [
        {"id": "p1", "name": "One", "tasks": "text"},
        {
            "id": "p2",
            "name": "Two",
            "tasks": [{"id": "t1", "name": "Task", "projectId": "p2"}, None],
        },
    ]
    bench.answers[f"{ROOT}/users"].append({**user(ANN, "Nobody"), "id": None})
    bench.answers[f"{ROOT}/approval-requests"] = [
        {"approvalRequest": None},
        {"approvalRequest": {"id": "a1"}},
    ]
    bench.sync(*(f"clockify/{name}" for name in ("users", "tasks", "approval_requests")), ENTRIES)
    assert bench.project.keys("clockify.users") == [ANN, BOB]
    assert bench.project.keys("clockify.tasks") == ["t1"]
    assert bench.project.keys("clockify.approval_requests") == ["a1"]
    assert bench.entries() == ["e1", "e2", "e3"]
    for table in ("users", "tasks", "approval_requests"):
        assert bench.aside(f"clockify.{table}"), table


def test_an_answer_of_nothing_but_odd_records_is_refused(bench: Bench) -> None:
    bench.sync("clockify/users")
    bench.answers[f"{ROOT}/users"] = [{"message": "no list", "code": 1}]
    result = bench.project.materialize("clockify/users")
    assert not result.success
    assert bench.project.keys("clockify.users") == [ANN, BOB]
