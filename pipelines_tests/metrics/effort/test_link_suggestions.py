"""Suggestions for time that names no story: what they rest on, what accepting them does, and how often they are right."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.metrics.effort.accepted_links import AcceptedLinksError, read_accepted_links
from pipelines.metrics.effort.link_coverage import LINK_COVERAGE
from pipelines.metrics.effort.link_suggestions import LINK_SUGGESTIONS, WORTH_A_LOOK
from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.outputs.links_review import write_links_review
from pipelines_tests.metrics.effort.support import AS_OF, add_entry, add_story, warehouse
from pipelines_tests.support.tables import insert

RUN = MetricRun(as_of=AS_OF, settings=MetricSettings())
CARD, MAIL = 187654321, 187654322
START = datetime(2026, 6, 1, 8, tzinfo=timezone.utc)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Ann works on one story after the other for twenty days each and names it in all entries but two.

    Both entries without a name are on the eighteenth day of the first: one says what it is about, one is a stand-up, like
    twenty others that name no story either.
    """
    con = warehouse()
    insert(con, "clockify.users", [{"id": "u1", "email": "ann@x.example", "name": "Ann"}])
    person = {"id": 5, "email": "ann@x.example", "name": "Ann"}
    insert(
        con, "pivotal_tracker.project_memberships", [{"id": 1, "project_id": 1, "person": person}]
    )
    for number, (story, name) in enumerate(
        {CARD: "Pay by credit card", MAIL: "Remind customers by mail"}.items()
    ):
        begun = START + timedelta(days=20 * number)
        add_story(
            con,
            story,
            project_id=1,
            name=name,
            story_type="feature",
            owner_ids=[5],
            created_at=START - timedelta(days=9),
            first_started_at=begun,
            is_deleted=False,
            label_names=[],
        )
        insert(
            con, "pivotal_tracker.stories", [{"id": story, "project_id": 1, "description": None}]
        )
        insert(
            con,
            "project_management.story_states",
            [
                {
                    "story_id": story,
                    "seq": 1,
                    "project_id": 1,
                    "state": "started",
                    "entered_at": begun,
                    "left_at": begun + timedelta(days=20),
                    "is_deleted": False,
                }
            ],
        )
        for day in range(20):
            at = begun + timedelta(days=day, hours=1)
            _entry(con, f"n{number}-{day}", at, f"#{story} {name}")
            _entry(con, f"standup{number}-{day}", at + timedelta(hours=3), "Stand-up", hours=0.25)
    _entry(con, "about-it", START + timedelta(days=18, hours=5), "credit card payment")
    yield con
    con.close()  # fmt: skip


def _entry(
    con: duckdb.DuckDBPyConnection, key: str, at: datetime, text: str, hours: float = 1.0
) -> None:
    add_entry(
        con, key, description=text, project_id="p", project_name="Shop", user_name="Ann", hours=hours,
        started_at=at.isoformat(), local_date=at.date(),
    )  # fmt: skip


def computed(con: duckdb.DuckDBPyConnection, run: MetricRun = RUN) -> list[dict[str, Any]]:
    """The suggestions, after everything that they are made from."""
    for table in TABLES:
        write_metric(con, table, run)
        if table is LINK_COVERAGE:
            break
    cursor = con.execute("FROM effort.link_suggestions ORDER BY score DESC, entry_id")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_an_entry_that_is_about_a_story_gets_it_with_reasons(
    con: duckdb.DuckDBPyConnection,
) -> None:
    best = next(row for row in computed(con) if row["entry_id"] == "about-it")
    assert (best["story_id"], best["rank"]) == (CARD, 1)
    assert best["score"] >= WORTH_A_LOOK
    assert any("its text is like the story's" in reason for reason in best["reasons"])
    assert "the only story that the person had in progress" in best["reasons"]


def test_a_stand_up_is_no_storys(con: duckdb.DuckDBPyConnection) -> None:
    """Forty of them, and none ever named a story."""
    assert not [row for row in computed(con) if row["entry_id"].startswith("standup")]


def test_suggestions_count_nowhere_but_where_they_say_what_could_be_gained(
    con: duckdb.DuckDBPyConnection,
) -> None:
    computed(con)
    row = con.execute(
        "SELECT sum(linked_hours), sum(unlinked_hours), sum(suggested_hours) FROM effort.link_coverage"
    ).fetchone()
    assert row == (40.0, 11.0, 1.0)


def test_without_linked_time_there_is_nothing_to_learn_from() -> None:
    con = warehouse()
    _entry(con, "e", START, "Pay by card")
    assert computed(con) == []


def test_an_accepted_suggestion_is_a_link_and_no_suggestion_any_more(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """From the file that is written to the file that is filled in."""
    computed(con)
    written = tmp_path / "links.csv"
    assert write_links_review(con, written, above=WORTH_A_LOOK) == 1
    with written.open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["entry_id"], line["story_name"], line["person"]) == (
        "about-it", "Pay by credit card", "Ann",
    )  # fmt: skip
    assert read(tmp_path, written.read_text()) == ()
    accepted = read(
        tmp_path, written.read_text().replace("\n,", "\nyes,").replace('\n"",', "\nyes,")
    )
    assert accepted == (("about-it", CARD),)

    left = computed(con, replace(RUN, accepted=accepted))
    assert not [row for row in left if row["entry_id"] == "about-it"]
    link = con.execute(
        "SELECT story_id, method, confidence, hours FROM effort.time_story_links WHERE entry_id = 'about-it'"
    ).fetchall()
    assert link == [(CARD, "accepted", "high", 1.0)]


def test_a_name_in_the_entry_goes_before_what_was_accepted(con: duckdb.DuckDBPyConnection) -> None:
    computed(con, replace(RUN, accepted=[("n0-0", MAIL), ("gone", CARD), ("about-it", 999)]))
    links = con.execute(
        "SELECT story_id, method FROM effort.time_story_links WHERE entry_id IN ('n0-0', 'gone', 'about-it')"
    ).fetchall()
    assert links == [(CARD, "description")]


def test_what_was_accepted_and_is_not_there_is_told(con: duckdb.DuckDBPyConnection) -> None:
    run = replace(RUN, accepted=[("gone", CARD), ("about-it", CARD)])
    computed(con, run)
    (table,) = (table for table in TABLES if table.name == "story_references")
    assert table.notes is not None
    assert table.notes(con, run)["told"].startswith(
        "1 of 2 accepted links name an entry or a story"
    )
    assert table.notes(con, RUN) == {}


def read(folder: Path, text: str) -> tuple[tuple[str, int], ...]:
    (folder / "accepted.csv").write_text(text, encoding="utf-8")
    settings = MetricSettings.model_validate({"links": {"accepted": "accepted.csv"}})
    return read_accepted_links(settings, folder / "settings.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("entry_id,story_id\na,1\n", "line 1: column accept is missing"),
        ("entry_id,story_id,accept\na,1,perhaps\n", "line 2: accept is yes, no or empty"),
        ("entry_id,story_id,accept\na,one,yes\n", "line 2: an accepted line needs"),
        ("entry_id,story_id,accept\n,1,yes\n", "line 2: an accepted line needs"),
    ],
)
def test_a_wrong_file_gets_one_sentence_with_the_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(AcceptedLinksError, match=sentence):
        read(tmp_path, text)


def test_without_a_file_nothing_is_accepted_and_a_missing_one_is_told(tmp_path: Path) -> None:
    assert read_accepted_links(MetricSettings(), None) == ()
    named = MetricSettings.model_validate({"links": {"accepted": "gone.csv"}})
    with pytest.raises(AcceptedLinksError, match=r"gone\.csv: cannot be read"):
        read_accepted_links(named, tmp_path / "settings.toml")


def test_the_same_pair_accepted_twice_counts_once(tmp_path: Path) -> None:
    text = "story_id,accept,entry_id,more\n7,yes,a,\n7,X,a,\n8,no,a,\n9,,a,\n"
    assert read(tmp_path, text) == (("a", 7),)


def test_it_is_a_table_of_effort() -> None:
    assert LINK_SUGGESTIONS in TABLES
