"""What is capital expenditure, by the default and by other rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.metrics.effort.capitalization_monthly import CAPITALIZATION_MONTHLY
from pipelines.metrics.settings import CapitalizationRule, CapitalizationSettings, MetricSettings
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until


def company() -> duckdb.DuckDBPyConnection:
    """Features 1 (labelled), 2 (not), bug 3 (labelled), chore 4, release 5; an hour on each, and one on nothing."""
    con = warehouse()
    add_story(con, 1, label_names=["billing", "capex-2026"])
    add_story(con, 2, label_names=["billing"])
    add_story(con, 3, story_type="bug", label_names=["capex-2026"])
    add_story(con, 4, story_type="chore")
    add_story(con, 5, story_type="release", label_names=["capex-2026"])
    for story_id in range(1, 6):
        add_entry(con, f"e{story_id}", description=f"#{story_id}", cost=40, cost_currency="EUR")
    add_entry(con, "unlinked", cost=40, cost_currency="EUR")
    return con


def categories(rows: list[dict[str, Any]]) -> dict[str, tuple[float, Decimal, str]]:
    return {row["category"]: (row["hours"], row["cost"], row["rule"]) for row in rows}


def test_default_rules() -> None:
    """Capitalizable: feature 1. Opex: bug 3, chore 4. Unclassified: feature 2, release 5, the unlinked hour."""
    settings = MetricSettings(capitalization=CapitalizationSettings(labels=("Capex-2026",)))
    assert categories(write_until(company(), CAPITALIZATION_MONTHLY, settings)) == {
        "capex": (1.0, Decimal(40), "capitalizable feature"),
        "opex": (2.0, Decimal(80), "bug or chore"),
        "unclassified": (3.0, Decimal(120), "no rule, unlinked"),
    }


def test_without_labels_nothing_is_capital() -> None:
    rows = write_until(company(), CAPITALIZATION_MONTHLY)
    assert {row["category"]: row["hours"] for row in rows} == {"opex": 2.0, "unclassified": 4.0}


def test_the_first_rule_that_fits_decides() -> None:
    """Everything labelled billing is opex, whatever comes later; then all features are capex: story 1 and 2 are opex."""
    rules = (
        CapitalizationRule(name="billing", category="opex", labels=("billing",)),
        CapitalizationRule(name="features", category="capex", story_types=("feature",)),
        CapitalizationRule(name="rest", category="opex"),
    )
    settings = MetricSettings(capitalization=CapitalizationSettings(rules=rules))
    assert categories(write_until(company(), CAPITALIZATION_MONTHLY, settings)) == {
        "opex": (5.0, Decimal(200), "billing, rest"),
        "unclassified": (1.0, Decimal(40), "unlinked"),
    }


def test_all_conditions_of_a_rule_must_hold() -> None:
    """Capitalizable and labelled billing and a feature: only story 1."""
    rules = (
        CapitalizationRule(
            name="r",
            category="capex",
            story_types=("feature",),
            labels=("billing",),
            capitalizable=True,
        ),
    )
    settings = MetricSettings(
        capitalization=CapitalizationSettings(labels=("capex-2026",), rules=rules)
    )
    rows = categories(write_until(company(), CAPITALIZATION_MONTHLY, settings))
    assert rows["capex"] == (1.0, Decimal(40), "r")


def test_without_rules_everything_is_unclassified() -> None:
    settings = MetricSettings(capitalization=CapitalizationSettings(rules=()))
    assert set(categories(write_until(company(), CAPITALIZATION_MONTHLY, settings))) == {
        "unclassified"
    }


def test_a_shared_entry_is_divided_and_currencies_and_months_are_kept_apart() -> None:
    """2 h at 80 EUR on a bug and an unlabelled feature on 30 June, 1 h at 9,000 JPY on the bug on 1 July."""
    con = warehouse()
    add_story(con, 1, story_type="bug")
    add_story(con, 2)
    add_entry(
        con,
        "e1",
        description="#1 #2",
        hours=2.0,
        local_date=date(2026, 6, 30),
        cost=80,
        cost_currency="EUR",
    )
    add_entry(
        con,
        "e2",
        description="#1",
        local_date=date(2026, 7, 1),
        cost=9000,
        cost_currency="JPY",
    )
    rows = write_until(con, CAPITALIZATION_MONTHLY)
    assert [tuple(row.values())[1:6] for row in rows] == [
        (date(2026, 6, 1), "opex", "EUR", 1.0, Decimal(40)),
        (date(2026, 6, 1), "unclassified", "EUR", 1.0, Decimal(40)),
        (date(2026, 7, 1), "opex", "JPY", 1.0, Decimal(9000)),
    ]


def test_time_before_the_first_start_and_after_the_last_acceptance_is_opex() -> None:
    """10 h on a capitalizable feature: 1 h before its start, 2 h after its acceptance, 7 h between. A bug has no phases."""
    con = warehouse()
    life = {
        "first_started_at": "2026-06-02T09:00:00Z",
        "last_accepted_at": "2026-06-10T09:00:00Z",
        "label_names": ["capex"],
    }
    add_story(con, 1, **life)
    add_story(con, 2, story_type="bug", **life)
    for story_id in (1, 2):
        for key, day, hours in (("before", 1, 1.0), ("during", 3, 7.0), ("after", 11, 2.0)):
            add_entry(
                con,
                f"{key} {story_id}",
                description=f"#{story_id}",
                hours=hours,
                started_at=f"2026-06-{day:02d}T08:00:00Z",
            )
    capex = CapitalizationSettings(labels=("capex",))
    rows = write_until(con, CAPITALIZATION_MONTHLY, MetricSettings(capitalization=capex))
    assert {row["category"]: (row["hours"], row["rule"]) for row in rows} == {
        "capex": (7.0, "capitalizable feature"),
        "opex": (13.0, "before start or after acceptance, bug or chore"),
    }


def test_a_rule_may_name_phases() -> None:
    """Only time of which the story's start is not known."""
    con = warehouse()
    add_story(con, 1)
    add_story(con, 2, first_started_at="2026-05-02T09:00:00Z")
    for story_id in (1, 2):
        add_entry(con, f"e{story_id}", description=f"#{story_id}")
    rules = (CapitalizationRule(name="unknown", category="opex", phases=("unknown",)),)
    settings = MetricSettings(capitalization=CapitalizationSettings(rules=rules))
    rows = write_until(con, CAPITALIZATION_MONTHLY, settings)
    assert {row["category"]: row["rule"] for row in rows} == {
        "opex": "unknown",
        "unclassified": "no rule",
    }
