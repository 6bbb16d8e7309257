"""What single stories cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.metrics.effort.group_cost import LABEL_COST
from pipelines.metrics.effort.story_effort import STORY_EFFORT
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert

START, ACCEPT = "2026-06-02T09:00:00Z", "2026-06-04T16:00:00Z"


def test_hours_money_people_and_phases_of_a_story() -> None:
    """u1: 1 h before the start and 2 h during; u2: 0.5 h after acceptance, half of an hour shared with story 2.

    Hours 3.5; cost 40 + 80 + 10 = 130; revenue only of the two billed entries: 100 + 200 = 300.
    """
    con = warehouse()
    add_story(con, 1, first_started_at=START, last_accepted_at=ACCEPT)
    add_story(con, 2)
    eur = {"currency": "EUR", "cost_currency": "EUR"}
    add_entry(
        con, "e1", description="#1", started_at="2026-06-01T09:00:00Z", cost=40, revenue=100, **eur
    )
    add_entry(
        con,
        "e2",
        description="#1",
        started_at="2026-06-03T09:00:00Z",
        hours=2.0,
        cost=80,
        revenue=200,
        **eur,
    )
    add_entry(
        con,
        "e3",
        description="#1 #2",
        started_at="2026-06-05T09:00:00Z",
        user_id="u2",
        cost=20,
        **eur,
    )
    first, second = write_until(con, STORY_EFFORT)
    assert first == {
        "story_id": 1,
        "currency": "EUR",
        "hours": 3.5,
        "cost": Decimal(130),
        "revenue": Decimal(300),
        "contributors": 2,
        "hours_before_start": 1.0,
        "hours_after_accept": 0.5,
        "uncosted_hours": 0.0,
        "hours_source": "entries",
        "amounts_reason": None,
    }
    assert (second["hours"], second["cost"], second["revenue"]) == (0.5, Decimal(10), None)


def test_currencies_are_rows_of_their_own() -> None:
    """1 h at 40 EUR, 2 h at 6,000 JPY, 3 h unrated without a currency: three rows, 6 h in all."""
    con = warehouse()
    add_story(con, 1)
    add_entry(con, "e1", description="#1", cost=40, currency="EUR", cost_currency="EUR")
    add_entry(
        con, "e2", description="#1", hours=2.0, cost=12000, currency="JPY", cost_currency="JPY"
    )
    add_entry(con, "e3", description="#1", hours=3.0)
    rows = write_until(con, STORY_EFFORT)
    assert [
        (row["currency"], row["hours"], row["cost"], row["uncosted_hours"]) for row in rows
    ] == [
        ("EUR", 1.0, Decimal(40), 0.0),
        ("JPY", 2.0, Decimal(12000), 0.0),
        (None, 3.0, None, 3.0),
    ]


def test_a_cost_in_another_currency_than_the_rate_has_a_row_without_hours() -> None:
    """Billed in USD, paid in EUR: 2 h and 300 USD revenue in one row, 90 EUR cost in the other."""
    con = warehouse()
    add_story(con, 1)
    add_entry(
        con,
        "e1",
        description="#1",
        hours=2.0,
        revenue=300,
        currency="USD",
        cost=90,
        cost_currency="EUR",
    )
    rows = write_until(con, STORY_EFFORT)
    assert [(row["currency"], row["hours"], row["cost"], row["revenue"]) for row in rows] == [
        ("EUR", 0.0, Decimal(90), None),
        ("USD", 2.0, None, Decimal(300)),
    ]
    assert sum(row["uncosted_hours"] for row in rows) == 0


def test_money_is_rounded_once_and_not_in_every_share() -> None:
    """Three entries of 10.00 shared by three stories: each story 3 x 3.3333333333 = 10.0000, not 9.9999."""
    con = warehouse()
    for story_id in (1, 2, 3):
        add_story(con, story_id)
    for entry_id in ("e1", "e2", "e3"):
        add_entry(con, entry_id, description="#1 #2 #3", cost=10, cost_currency="EUR")
    assert [row["cost"] for row in write_until(con, STORY_EFFORT) if row["cost"]] == [
        Decimal("10.0000")
    ] * 3


def test_deleted_stories_keep_their_effort_and_untouched_ones_have_none() -> None:
    con = warehouse()
    add_story(con, 1, is_deleted=True)
    add_story(con, 2)
    add_entry(con, "e1", description="#1")
    assert [(row["story_id"], row["hours"]) for row in write_until(con, STORY_EFFORT)] == [
        (1, pytest.approx(1.0))
    ]


def test_a_task_that_names_stories_brings_the_hours_that_were_never_read() -> None:
    """A task of 20 h names stories 1 and 2; 12 h of it were read, 3 of them at a description that names story 3.

    Missing are 8 h, 4 h for each of both; story 1 has 4.5 + 4 h, without money. Story 3 is not named by the task.
    """
    con = warehouse()
    for story_id in (1, 2, 3):
        add_story(con, story_id, label_ids=[9])
    task = {"task_id": "t", "task_name": "search #1 #2"}
    eur = {"currency": "EUR", "cost_currency": "EUR"}
    add_entry(con, "e1", hours=9.0, cost=360, revenue=720, **task, **eur)
    add_entry(con, "e2", hours=3.0, cost=120, revenue=240, description="#3", **task, **eur)
    insert(
        con,
        "time_tracking.history_coverage",
        [
            {"kind": "task", "id": "t", "status": "history_truncated", "missing_hours": 8.0},
            {"kind": "task", "id": "u", "status": "history_truncated", "missing_hours": 5.0},
        ],
    )
    columns = ("story_id", "currency", "hours", "cost", "amounts_reason", "hours_source")
    found = {tuple(row[column] for column in columns) for row in write_until(con, STORY_EFFORT)}
    cut = "history_truncated"
    assert found == {
        (1, "EUR", 4.5, None, cut, "entries"),
        (1, None, 4.0, None, cut, "clockify"),
        (2, "EUR", 4.5, None, cut, "entries"),
        (2, None, 4.0, None, cut, "clockify"),
        (3, "EUR", 3.0, Decimal(120), None, "entries"),
    }
    labels = {
        (row["currency"], row["hours"], row["cost"], row["hours_source"])
        for row in write_until(con, LABEL_COST)
    }
    assert labels == {("EUR", 12.0, None, "entries"), (None, 8.0, None, "clockify")}
