"""Stories that went on in another system: both ids mean one story."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.metrics.effort.story_crosswalk import STORY_CROSSWALK
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor
from pipelines.sources.pivotal_tracker.importers import Titled
from pipelines_tests.metrics.effort.support import (
    AS_OF,
    add_entry,
    add_story,
    rows,
    warehouse,
    write_until,
)

CROSSWALK = (
    Successor(187654321, "ENG-12", "linear"),
    Successor(187654322, "77", "shortcut"),
    Successor(187654323, "200000003", TRACKER_V5),
    Successor(187654324, "200000004", TRACKER_V5),
)


def links(text: str, *known: int, task_name: str | None = None) -> list[tuple[Any, ...]]:
    """(story, weight, notation) of an entry's links, when the stories ``known`` exist."""
    con = warehouse()
    for story_id in known:
        add_story(con, story_id)
    add_entry(con, "e1", description=text, task_name=task_name)
    found = write_until(con, TIME_STORY_LINKS, crosswalk=CROSSWALK)
    return [(row["story_id"], row["weight"], row["notation"]) for row in found]


@pytest.mark.parametrize(
    "text",
    [
        "ENG-12",
        "eng-12: retry",
        "fix (ENG-12)",
        "https://linear.app/acme/issue/ENG-12/retry",
        "ENG-12-retry-charges",
    ],
)
def test_a_successors_key_is_the_story(text: str) -> None:
    assert links(text, 187654321) == [(187654321, 1.0, "successor")]


@pytest.mark.parametrize("text", ["ENG-123", "XENG-12", "77 hours", "ENG 12", "#770"])
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert links(text, 187654321, 187654322) == []


@pytest.mark.parametrize("text", ["#77", "https://app.shortcut.com/acme/story/77/retry"])
def test_a_short_number_needs_a_hash_or_a_url(text: str) -> None:
    assert links(text, 187654322) == [(187654322, 1.0, "successor")]


def test_a_tasks_name_speaks_for_its_entries() -> None:
    assert links("", 187654321, task_name="ENG-12") == [(187654321, 1.0, "successor")]


def test_either_id_is_one_story_whichever_is_known() -> None:
    assert links("#200000003", 187654323) == [(187654323, 1.0, "hash")]
    assert links("200000003", 187654323) == [(187654323, 1.0, "successor")]
    assert links("#187654324", 200000004) == [(200000004, 1.0, "hash")]
    assert links("#187654324 and #200000004", 200000004) == [(200000004, 1.0, "hash")]
    assert links("#187654324 and #200000004", 187654324, 200000004) == [(187654324, 1.0, "hash")]
    assert links("#187654321 ENG-12", 187654321) == [(187654321, 1.0, "hash")]


def test_the_table_says_which_story_is_known() -> None:
    con = warehouse()
    for story_id in (187654321, 200000004):
        add_story(con, story_id)
    found = write_until(con, STORY_CROSSWALK, crosswalk=CROSSWALK)
    assert [(row["story_id"], row["known_story_id"]) for row in found] == [
        (187654321, 187654321),
        (187654322, None),
        (187654323, None),
        (187654324, 200000004),
    ]


def test_without_a_crosswalk_the_table_is_empty() -> None:
    assert write_until(warehouse(), STORY_CROSSWALK) == []


def test_a_story_is_found_by_its_title_where_one_has_it() -> None:
    """Of six lines two find their story: two stories are called Refund, nobody has Search, and Login is there twice."""
    con = warehouse()
    names = {1: "Pay by card", 2: "Refund", 3: "Refund", 4: "Login", 5: " Sign UP "}
    for story_id, name in names.items():
        add_story(con, story_id, name=name)
    add_entry(con, "e1", description="ENG-1")
    lines = [("pay by CARD", 1), ("Refund", 2), ("Search", 3), ("Login", 4), ("Login", 5)]
    titles = [Titled(title, f"ENG-{number}", "linear") for title, number in lines]
    titles.append(Titled("Sign up", "ENG-6", "linear"))
    links = write_until(con, TIME_STORY_LINKS, titles=titles)
    assert [(row["story_id"], row["notation"]) for row in links] == [(1, "successor")]
    found = rows(con, "SELECT * FROM effort.story_crosswalk ORDER BY story_id")
    assert [(row["story_id"], row["successor_id"], row["matched_by"]) for row in found] == [
        (1, "ENG-1", "title"),
        (5, "ENG-6", "title"),
    ]
    run = MetricRun(as_of=AS_OF, settings=MetricSettings(), titles=titles)
    assert STORY_CROSSWALK.notes is not None
    assert "2 of 6 lines" in STORY_CROSSWALK.notes(con, run)["matched_by_title"]
