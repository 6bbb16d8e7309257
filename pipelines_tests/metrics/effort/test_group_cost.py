"""What epics, labels and releases cost."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from pipelines.metrics.effort.group_cost import EPIC_COST, LABEL_COST, RELEASE_COST
from pipelines.metrics.model import MetricTable
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert

START, ACCEPT = "2026-06-02T09:00:00Z", "2026-06-04T16:00:00Z"


def company() -> duckdb.DuckDBPyConnection:
    """Story 1 has groups 10 and 20, story 2 has 10 (listed twice), story 3 none; 4 h, 2 h and 1 h at 10 EUR an hour."""
    con = warehouse()
    for story_id, groups, hours in ((1, [10, 20], 4.0), (2, [10, 10], 2.0), (3, [], 1.0)):
        add_story(
            con,
            story_id,
            label_ids=groups,
            epic_ids=groups,
            first_started_at=START,
            last_accepted_at=ACCEPT,
        )
        add_entry(
            con,
            f"e{story_id}",
            description=f"#{story_id}",
            user_id=f"u{story_id}",
            started_at="2026-06-01T09:00:00Z",
            hours=hours,
            cost=10 * hours,
            revenue=20 * hours,
            currency="EUR",
            cost_currency="EUR",
        )
    return con


@pytest.mark.parametrize("table", [EPIC_COST, LABEL_COST])
def test_stories_count_in_full_in_each_group_or_divided_among_them(table: MetricTable) -> None:
    """Group 10: 4 + 2 = 6 h full, 4/2 + 2 = 4 h allocated; 20: 4 and 2 h; none: 1 h. Allocated: 7 h, as worked."""
    rows = write_until(company(), table)
    assert {row.pop("amounts_reason") for row in rows} == {None}
    assert {row.pop("hours_source") for row in rows} == {"entries"}
    assert [tuple(row.values()) for row in rows] == [
        (10, "EUR", 6.0, 60, 120, 2, 6.0, 0.0, 0.0, 6.0, 4.0, 40, 80),
        (20, "EUR", 4.0, 40, 80, 1, 4.0, 0.0, 0.0, 4.0, 2.0, 20, 40),
        (None, "EUR", 1.0, 10, 20, 1, 1.0, 0.0, 0.0, 1.0, 1.0, 10, 20),
    ]


def test_a_person_who_worked_on_two_stories_of_a_group_is_one_contributor() -> None:
    con = company()
    add_entry(con, "more", description="#2", user_id="u1")
    contributors = {
        (row["label_id"], row["currency"]): row["contributors"]
        for row in write_until(con, LABEL_COST)
    }
    assert contributors == {(10, "EUR"): 2, (20, "EUR"): 1, (None, "EUR"): 1, (10, None): 1}


def test_a_release_costs_what_its_stories_and_itself_cost() -> None:
    """Release 9 lists stories 1 and 2 (4 h + 2 h) and took half an hour itself; story 3 is in none."""
    con = company()
    add_story(con, 9, story_type="release")
    insert(con, "pivotal_tracker.releases", [{"id": 9, "project_id": 7, "story_ids": [1, 2]}])
    add_entry(con, "e9", description="#9", hours=0.5, cost=5, currency="EUR", cost_currency="EUR")
    rows = write_until(con, RELEASE_COST)
    assert [(row["release_id"], row["hours"], row["cost"]) for row in rows] == [
        (9, 6.5, Decimal(65)),
        (None, 1.0, Decimal(10)),
    ]


def test_releases_without_listed_stories_are_no_error() -> None:
    con = company()
    insert(con, "pivotal_tracker.releases", [{"id": 9, "project_id": 7}])
    rows = write_until(con, RELEASE_COST)
    assert [(row["release_id"], row["hours"]) for row in rows] == [(None, 7.0)]
