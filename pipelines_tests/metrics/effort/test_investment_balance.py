"""What kinds of work time goes into, exclusive and exhaustive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.metrics.effort.investment_balance import INVESTMENT_BALANCE
from pipelines.metrics.settings import InvestmentSettings, MetricSettings, StoryRule
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
EUR = {"cost_currency": "EUR"}


def test_hours_by_category_beside_what_was_accepted() -> None:
    """Project 7 in June: features 3 h (60 %), bugs 1 h (20 %), a release 1 h (uncategorized, 20 %).

    One feature of 5 points accepted; 2 h without a link belong to no Tracker project.
    """
    con = warehouse()
    insert(con, "pivotal_tracker.projects", [{"id": 7, "time_zone": {"olson_name": "UTC"}}])
    accepted = {"current_state": "accepted", "accepted_at": "2026-06-10T12:00:00Z"}
    add_story(con, 1, points=5, **accepted)
    add_story(con, 2, points=8, current_state="started")
    add_story(con, 3, story_type="bug")
    add_story(con, 4, story_type="release", **accepted)
    add_entry(con, "e1", description="#1", hours=1.0, cost=40, **EUR)
    add_entry(con, "e2", description="#2", hours=2.0, cost=80, **EUR)
    add_entry(con, "e3", description="#3", hours=1.0)
    add_entry(con, "e4", description="#4", hours=1.0, cost=40, **EUR)
    add_entry(con, "e5", hours=2.0, cost=80, **EUR)
    rows = write_until(con, INVESTMENT_BALANCE)
    assert [tuple(row.values()) for row in rows] == [
        (7, JUNE, "bugs", 1.0, None, None, "unrated", 0.0, 0, 20.0),
        (7, JUNE, "features", 3.0, Decimal(120), "EUR", None, 5.0, 1, 60.0),
        (7, JUNE, "uncategorized", 1.0, Decimal(40), "EUR", None, 0.0, 0, 20.0),
        (None, JUNE, "uncategorized", 2.0, Decimal(80), "EUR", None, 0.0, 0, 100.0),
    ]


@pytest.mark.parametrize("other", ["JPY", None])
def test_costs_of_two_currencies_are_not_added(other: str | None) -> None:
    """An unknown currency may be another one, too."""
    con = warehouse()
    add_story(con, 1)
    add_entry(con, "e1", description="#1", cost=40, cost_currency="EUR")
    add_entry(con, "e2", description="#1", cost=9000, cost_currency=other)
    (row,) = write_until(con, INVESTMENT_BALANCE)
    assert (row["hours"], row["cost"], row["currency"]) == (2.0, None, None)
    assert row["cost_reason"] == "several_currencies"


def test_stories_count_in_the_local_month_of_acceptance_even_without_hours() -> None:
    """Accepted on 1 July 03:00 UTC, which is 30 June in Denver: June. The other one has no hours in July."""
    con = warehouse()
    insert(
        con, "pivotal_tracker.projects", [{"id": 7, "time_zone": {"olson_name": "America/Denver"}}]
    )
    for story_id, accepted_at in ((1, "2026-07-01T03:00:00Z"), (2, "2026-07-01T07:00:00Z")):
        add_story(con, story_id, points=2, current_state="accepted", accepted_at=accepted_at)
    add_entry(con, "e1", description="#1", hours=4.0)
    june, july = write_until(con, INVESTMENT_BALANCE)
    assert (june["month"], june["hours"], june["points"], june["stories"]) == (JUNE, 4.0, 2.0, 1)
    assert (july["month"], july["hours"], july["points"], july["stories"]) == (JULY, 0.0, 2.0, 1)
    assert (july["share_pct"], july["cost_reason"]) == (None, "no_hours")


def test_deleted_stories_count_with_their_hours_but_not_as_accepted() -> None:
    con = warehouse()
    add_story(
        con,
        1,
        points=3,
        current_state="accepted",
        accepted_at="2026-06-10T12:00:00Z",
        is_deleted=True,
    )
    add_entry(con, "e1", description="#1")
    (row,) = write_until(con, INVESTMENT_BALANCE)
    assert (row["hours"], row["points"], row["stories"]) == (1.0, 0.0, 0)


def test_configured_categories_in_order() -> None:
    """Label debt before type: story 2 is debt although it is a feature; the chore fits nothing."""
    con = warehouse()
    add_story(con, 1)
    add_story(con, 2, label_names=["debt"])
    add_story(con, 3, story_type="chore")
    for story_id in (1, 2, 3):
        add_entry(con, f"e{story_id}", description=f"#{story_id}")
    settings = MetricSettings(
        investment=InvestmentSettings(
            categories=(
                StoryRule(name="debt", labels=("Debt",)),
                StoryRule(name="new", story_types=("feature",)),
            )
        )
    )
    rows = write_until(con, INVESTMENT_BALANCE, settings)
    assert {row["category"]: row["share_pct"] for row in rows} == {
        "debt": pytest.approx(100 / 3),
        "new": pytest.approx(100 / 3),
        "uncategorized": pytest.approx(100 / 3),
    }
