"""Stories that went on in another system: both ids mean one story."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.metrics.effort.story_crosswalk import STORY_CROSSWALK
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until

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
    rows = write_until(con, TIME_STORY_LINKS, crosswalk=CROSSWALK)
    return [(row["story_id"], row["weight"], row["notation"]) for row in rows]


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
    rows = write_until(con, STORY_CROSSWALK, crosswalk=CROSSWALK)
    assert [(row["story_id"], row["known_story_id"]) for row in rows] == [
        (187654321, 187654321),
        (187654322, None),
        (187654323, None),
        (187654324, 200000004),
    ]


def test_without_a_crosswalk_the_table_is_empty() -> None:
    assert write_until(warehouse(), STORY_CROSSWALK) == []
