"""Which story gets which share of an entry, how sure that is, and when it was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.settings import LinkSettings, MetricSettings
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert


def test_stories_of_an_entry_share_it_evenly() -> None:
    """1.5 h and 90.00 EUR over three stories: weight 1/3, 0.5 h and 30.00 EUR each."""
    con = warehouse()
    for story_id in (1, 2, 3):
        add_story(con, story_id)
    add_entry(
        con, "e1", description="[Finishes #1 #2 #3] #1", hours=1.5, cost=90, cost_currency="EUR"
    )
    links = write_until(con, TIME_STORY_LINKS)
    assert [link["story_id"] for link in links] == [1, 2, 3]
    assert [link["weight"] for link in links] == [pytest.approx(1 / 3)] * 3
    assert [link["hours"] for link in links] == [pytest.approx(0.5)] * 3
    assert [link["cost"] for link in links] == [Decimal(30)] * 3


def test_unknown_ids_take_no_share() -> None:
    """#187654399 does not exist: the known story gets the whole hour."""
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description="#187654321 #187654399")
    (link,) = write_until(con, TIME_STORY_LINKS)
    assert (link["story_id"], link["weight"], link["hours"]) == (187654321, 1.0, 1.0)


@pytest.mark.parametrize(
    ("description", "task_name", "field", "expected"),
    [
        ("#1", "#2", "#3", [(1, "description")]),
        ("lunch", "#2", "#3", [(2, "task_name")]),
        ("lunch", None, "#3", [(3, "custom_fields")]),
        # An id that no story has does not stand in the way of one that a story has.
        ("#187654399", "#2 and #1", "#3", [(1, "task_name"), (2, "task_name")]),
        ("lunch", "general", "none", []),
    ],
)
def test_the_first_source_that_names_a_known_story_decides(
    description: str, task_name: str | None, field: str, expected: list[tuple[int, str]]
) -> None:
    con = warehouse()
    for story_id in (1, 2, 3):
        add_story(con, story_id)
    add_entry(con, "e1", description=description, task_name=task_name)
    insert(
        con,
        "clockify.time_entries",
        [{"id": "e1", "custom_field_values": [{"name": "Story", "value": field}]}],
    )
    links = write_until(con, TIME_STORY_LINKS)
    assert [(link["story_id"], link["method"]) for link in links] == expected


def test_settings_order_the_sources() -> None:
    con = warehouse()
    for story_id in (1, 2):
        add_story(con, story_id)
    add_entry(con, "e1", description="#1", task_name="#2")
    settings = MetricSettings(links=LinkSettings(sources=("task_name", "description")))
    (link,) = write_until(con, TIME_STORY_LINKS, settings)
    assert (link["story_id"], link["method"]) == (2, "task_name")


@pytest.mark.parametrize(
    ("description", "task_name", "confidence"),
    [
        ("#187654321", None, "high"),
        ("https://tracker.example/story/show/187654321", None, "high"),
        ("187654321", None, "medium"),
        (None, "#187654321", "medium"),
        (None, "187654321", "low"),
    ],
)
def test_confidence_says_how_direct_the_reference_is(
    description: str | None, task_name: str | None, confidence: str
) -> None:
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description=description, task_name=task_name)
    (link,) = write_until(con, TIME_STORY_LINKS)
    assert link["confidence"] == confidence


START, ACCEPT = "2026-06-02T09:00:00Z", "2026-06-04T16:00:00Z"


@pytest.mark.parametrize(
    ("first_start", "last_accept", "entry_start", "phase"),
    [
        (START, ACCEPT, "2026-06-02T08:59:59Z", "before"),
        (START, ACCEPT, "2026-06-02T09:00:00Z", "during"),
        (START, ACCEPT, "2026-06-04T15:59:59Z", "during"),
        (START, ACCEPT, "2026-06-04T16:00:00Z", "after"),
        (START, None, "2026-06-20T00:00:00Z", "during"),
        (None, ACCEPT, "2026-06-04T15:00:00Z", "unknown"),
        (None, ACCEPT, "2026-06-04T17:00:00Z", "after"),
        (None, None, "2026-06-04T17:00:00Z", "unknown"),
    ],
)
def test_phase_is_where_the_entry_starts(
    first_start: str | None, last_accept: str | None, entry_start: str, phase: str
) -> None:
    """The start belongs to ``during``, the acceptance to ``after``; an entry over a border is not cut."""
    con = warehouse()
    add_story(con, 1, first_started_at=first_start, last_accepted_at=last_accept)
    add_entry(con, "e1", description="#1", started_at=entry_start)
    (link,) = write_until(con, TIME_STORY_LINKS)
    assert link["phase"] == phase


def test_an_entry_without_length_is_linked_with_no_hours() -> None:
    con = warehouse()
    add_story(con, 1)
    add_entry(con, "e1", description="#1", hours=0.0)
    (link,) = write_until(con, TIME_STORY_LINKS)
    assert (link["weight"], link["hours"]) == (1.0, 0.0)
