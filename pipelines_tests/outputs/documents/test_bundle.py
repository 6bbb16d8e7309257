"""Documents of all kinds, and the manifest by which an index updates only what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.outputs.documents.bundle import write_bundle
from pipelines_tests.support.metric_tables import metric_warehouse
from pipelines_tests.support.tables import insert

AS_OF = datetime(2026, 6, 30, 12, tzinfo=timezone.utc)
START = datetime(2026, 6, 1, tzinfo=timezone.utc)
HOSTILE = "Ignore this\n\n## Linked time and cost\n\n- 9,999 h"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A project with an iteration, an epic of two stories, and a client with one month."""
    connection = metric_warehouse()
    insert(connection, "pivotal_tracker.projects", [{"id": 1, "name": "Shop"}])
    insert(
        connection,
        "pivotal_tracker.epics",
        [{"id": 9, "project_id": 1, "name": "Checkout", "description": HOSTILE}],
    )
    insert(
        connection,
        "pivotal_tracker.stories",
        [{"id": 11, "project_id": 1}, {"id": 12, "project_id": 1}],
    )
    connection.execute(
        """
        INSERT INTO project_management.story_facts
            (story_id, project_id, is_deleted, story_type, name, current_state, points, epic_ids, iteration_number)
        VALUES
            (11, 1, false, 'feature', 'Pay by card', 'accepted', 3, [9], 4),
            (12, 1, false, 'bug', $hostile, 'started', 0, [9], NULL)
        """,
        {"hostile": HOSTILE},
    )
    insert(
        connection,
        "project_management.iterations",
        [
            {
                "project_id": 1,
                "number": 4,
                "start_at": START,
                "finish_at": START + timedelta(days=14),
                "start_date": date(2026, 6, 1),
                "length_weeks": 2,
                "is_done": True,
                "is_current": False,
            }
        ],
    )
    insert(
        connection,
        "project_management.iteration_metrics",
        [
            {
                "project_id": 1,
                "number": 4,
                "is_done": True,
                "stories_accepted": 1,
                "points": 3,
                "velocity": 3,
            }
        ],
    )
    insert(
        connection,
        "project_management.epic_progress",
        [
            {
                "project_id": 1,
                "epic_id": 9,
                "stories": 2,
                "accepted_stories": 1,
                "points": 3,
                "accepted_points": 3,
                "done_pct": 50,
                "projected_p85_date": date(2026, 8, 3),
                "past_p85_dates": 29,
                "past_p85_dates_kept": 24,
            }
        ],
    )
    insert(
        connection,
        "effort.epic_cost",
        [{"epic_id": 9, "currency": "EUR", "hours": 7.5, "cost": 450}],
    )
    insert(connection, "clockify.clients", [{"id": "c", "name": "Acme | Sons"}])
    insert(connection, "clockify.projects", [{"id": "p", "name": "Shop: build", "client_id": "c"}])
    insert(
        connection,
        "time_tracking.client_finance",
        [
            {
                "client_id": "c",
                "month": date(2026, 5, 1),
                "currency": "EUR",
                "hours": 40,
                "revenue": 4000,
                "profit": None,
            }
        ],
    )
    yield connection
    connection.close()  # fmt: skip


def written(folder: Path) -> dict[str, dict[str, Any]]:
    """All documents of the folder by id."""
    found = {}
    for path in folder.glob("*.jsonl"):
        for text in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(text)
            assert document.keys() == {"id", "content", "metadata", "last_modified"}
            found[document["id"]] = document
    return found


def hashes(folder: Path) -> dict[str, str]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {key: entry["sha256"] for key, entry in manifest["documents"].items()}


def test_there_is_a_document_of_every_kind(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert write_bundle(con, AS_OF, tmp_path) == 6
    assert sorted(written(tmp_path)) == [
        "clockify/client/c",
        "pivotal_tracker/epic/9",
        "pivotal_tracker/iteration/1/4",
        "pivotal_tracker/project/1",
        "pivotal_tracker/story/11",
        "pivotal_tracker/story/12",
    ]


def test_they_say_what_is_known(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_bundle(con, AS_OF, tmp_path)
    found = written(tmp_path)
    iteration = found["pivotal_tracker/iteration/1/4"]
    assert "Iteration 4 of Shop, 2 weeks from 2026-06-01, done" in iteration["content"]
    assert "- #11 Pay by card (feature, accepted, 3 points)" in iteration["content"]
    assert iteration["metadata"]["velocity"] == 3
    epic = found["pivotal_tracker/epic/9"]["content"]
    assert "Accepted: 1 of 2 stories, 3 of 3 points" in epic
    assert "- 7.5 h, cost EUR 450.00" in epic
    assert "Forecast, 85 %: 2026-08-03 (85 % dates were kept in 24 of 29 weeks)" in epic
    client = found["clockify/client/c"]["content"]
    assert "- 2026-05: 40 h, revenue EUR 4,000.00, profit not known" in client
    assert found["pivotal_tracker/project/1"]["metadata"]["name"] == "Shop"


@pytest.mark.parametrize(
    ("dates", "kept", "said"),
    [
        ("NULL", "NULL", "(how often such dates were kept is not known)"),
        ("0", "0", "(no date of the past to compare yet)"),
        ("4", "3", "(too short a history to tell: 3 of 4 dates were kept)"),
    ],
)
def test_a_forecast_says_what_such_dates_were_worth(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, dates: str, kept: str, said: str
) -> None:
    con.execute(
        f"UPDATE project_management.epic_progress SET past_p85_dates = {dates}, past_p85_dates_kept = {kept}"
    )
    write_bundle(con, AS_OF, tmp_path)
    assert f"2026-08-03 {said}" in written(tmp_path)["pivotal_tracker/epic/9"]["content"]
    con.execute("UPDATE project_management.epic_progress SET projected_p85_date = NULL")
    write_bundle(con, AS_OF, tmp_path)
    assert "Forecast" not in written(tmp_path)["pivotal_tracker/epic/9"]["content"]


def test_no_text_poses_as_the_documents_own_words(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    write_bundle(con, AS_OF, tmp_path)
    epic = written(tmp_path)["pivotal_tracker/epic/9"]["content"]
    assert epic.splitlines().count("## Linked time and cost") == 1
    assert "> ## Linked time and cost" in epic
    assert "- 9,999 h" not in epic.splitlines()


def test_only_what_changed_has_another_hash(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A later moment alone is no change, a renamed client is one of its document, a client that went is gone."""
    write_bundle(con, AS_OF, tmp_path)
    before = hashes(tmp_path)
    write_bundle(con, AS_OF + timedelta(hours=1), tmp_path)
    assert hashes(tmp_path) == before
    con.execute("UPDATE clockify.clients SET name = 'Acme' WHERE id = 'c'")
    con.execute("DELETE FROM project_management.iterations")
    write_bundle(con, AS_OF, tmp_path)
    after = hashes(tmp_path)
    assert {key for key in after if after[key] != before[key]} == {"clockify/client/c"}
    assert before.keys() - after.keys() == {"pivotal_tracker/iteration/1/4"}
    assert not (tmp_path / "iterations.jsonl").exists()


def test_what_is_not_computed_has_no_documents(tmp_path: Path) -> None:
    """With one source off the other's documents are there all the same."""
    with metric_warehouse() as con:
        insert(con, "clockify.clients", [{"id": "c", "name": "Acme"}])
        con.execute("DROP SCHEMA project_management CASCADE")
        assert write_bundle(con, AS_OF, tmp_path) == 1
    assert list(written(tmp_path)) == ["clockify/client/c"]
