"""Laws that hold whatever the data: hours and money are conserved, shares are whole, nothing is NaN."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.effort.investment_balance import INVESTMENT_BALANCE
from pipelines.metrics.effort.reconciliation import RECONCILIATION
from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import CapitalizationSettings, MetricSettings
from pipelines.metrics.tables_there import exists
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.effort.support import (
    AS_OF,
    add_entry,
    add_story,
    create,
    rows,
    warehouse,
)

SETTINGS = MetricSettings(capitalization=CapitalizationSettings(labels=("l1",)))
COMPUTED = [table for table in TABLES if table is not RECONCILIATION]

stories = st.fixed_dictionaries(
    {
        "story_type": st.sampled_from(["feature", "bug", "chore", "release"]),
        "groups": st.lists(st.integers(1, 3), max_size=3),
        "points": st.integers(0, 8),
        "accepted": st.booleans(),
        "is_deleted": st.booleans(),
    }
)
mentions = st.lists(
    st.sampled_from(["#1", "#2", "#3", "#4", "#187654399", "/story/show/2", "mail", "#5 is next"]),
    max_size=4,
).map(" ".join)
entries = st.fixed_dictionaries(
    {
        "description": mentions,
        "task_name": st.none() | mentions,
        "user_id": st.sampled_from(["u1", "u2"]),
        "seconds": st.integers(0, 100_000),
        "rate": st.none() | st.integers(0, 20_000),
        "cost_rate": st.none() | st.integers(0, 20_000),
        "currency": st.sampled_from([None, "EUR", "JPY"]),
        "cost_currency": st.sampled_from([None, "EUR", "JPY"]),
    }
)


def company(
    some_stories: list[dict[str, Any]], some_entries: list[dict[str, Any]]
) -> duckdb.DuckDBPyConnection:
    """Every effort table but the checks, computed from up to four stories and the entries."""
    con = warehouse()
    for story_id, story in enumerate(some_stories, start=1):
        accepted_at = "2026-06-05T12:00:00Z" if story["accepted"] else None
        add_story(
            con,
            story_id,
            story_type=story["story_type"],
            label_ids=story["groups"],
            label_names=[f"l{group}" for group in story["groups"]],
            epic_ids=story["groups"],
            estimate=story["points"],
            points=story["points"],
            current_state="accepted" if story["accepted"] else "started",
            accepted_at=accepted_at,
            last_accepted_at=accepted_at,
            iteration_number=1 if story["accepted"] else None,
            is_deleted=story["is_deleted"],
        )
    for number, entry in enumerate(some_entries):
        rates = {key: entry[key] and entry[key] / 100 for key in ("rate", "cost_rate")}
        seconds = entry["seconds"]
        values = entry | rates | {"seconds_rounded": seconds}
        add_entry(con, f"e{number}", hours=seconds / 3600, **values)
    create_empty_inputs(con)
    run = MetricRun(as_of=AS_OF, settings=SETTINGS)
    for table in COMPUTED:
        write_metric(con, table, run)
    return con


def create_empty_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """What else the tables read of other families."""
    needed = {address for table in COMPUTED for address in table.inputs}
    for table in (table for tables in FAMILIES.values() for table in tables):
        if table.address in needed and table not in TABLES and not exists(con, table.address):
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
            create(con, table)


def hours(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    (total,) = con.execute(f"SELECT coalesce(sum(hours), 0) FROM ({sql})").fetchone() or (0,)
    return float(total)


def money(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str | None, Decimal]:
    """Currency -> total, of a query of (currency, amount)."""
    cursor = con.execute(
        f"SELECT currency, sum(amount) FROM ({sql}) AS t(currency, amount) GROUP BY 1"
    )
    return {currency: amount for currency, amount in cursor.fetchall() if amount}


def assert_same_money(left: dict[str | None, Decimal], right: dict[str | None, Decimal]) -> None:
    """Equal but for the rounding of each row to four places."""
    for currency in left.keys() | right.keys():
        difference = left.get(currency, Decimal(0)) - right.get(currency, Decimal(0))
        assert abs(difference) < Decimal("0.01"), currency


@settings(max_examples=15)
@given(st.lists(stories, max_size=4), st.lists(entries, max_size=8))
def test_laws(some_stories: list[dict[str, Any]], some_entries: list[dict[str, Any]]) -> None:
    con = company(some_stories, some_entries)
    worked = hours(con, "SELECT hours FROM time_tracking.time_entry_facts")
    linked = hours(con, "SELECT hours FROM effort.time_story_links")
    tolerance = 1e-6

    # Weights of an entry sum to 1.
    assert not rows(
        con,
        "SELECT entry_id FROM effort.time_story_links GROUP BY 1 HAVING abs(sum(weight) - 1) > 1e-9",
    )

    # Hours are conserved by every table that holds all of them, linked or not.
    unlinked = hours(con, "SELECT unlinked_hours AS hours FROM effort.link_coverage")
    assert abs(linked + unlinked - worked) < tolerance
    for everything in (
        "SELECT hours FROM effort.capitalization_monthly",
        "SELECT hours FROM effort.investment_balance",
    ):
        assert abs(hours(con, everything) - worked) < tolerance
    for all_links in (
        "SELECT hours FROM effort.story_effort",
        "SELECT hours FROM effort.release_cost",
        "SELECT hours_allocated AS hours FROM effort.epic_cost",
        "SELECT hours_allocated AS hours FROM effort.label_cost",
    ):
        assert abs(hours(con, all_links) - linked) < tolerance

    # So is money, currency by currency.
    cost = money(con, "SELECT cost_currency, cost FROM effort.time_story_links")
    revenue = money(con, "SELECT currency, revenue FROM effort.time_story_links")
    for table in ("story_effort", "release_cost"):
        assert_same_money(money(con, f"SELECT currency, cost FROM effort.{table}"), cost)
        assert_same_money(money(con, f"SELECT currency, revenue FROM effort.{table}"), revenue)
    for table in ("epic_cost", "label_cost"):
        assert_same_money(money(con, f"SELECT currency, cost_allocated FROM effort.{table}"), cost)
        assert_same_money(
            money(con, f"SELECT currency, revenue_allocated FROM effort.{table}"), revenue
        )
    assert_same_money(
        money(con, "SELECT currency, cost FROM effort.capitalization_monthly"),
        money(
            con,
            "SELECT cost_currency, CAST(cost_rate * seconds / 3600 AS DECIMAL(28, 10)) "
            "FROM time_tracking.time_entry_facts",
        ),
    )

    # Shares of a project's month add up to 100 %, or to nothing where there are no hours.
    shares = rows(
        con,
        f"SELECT sum(share_pct) AS total FROM {INVESTMENT_BALANCE.address} "
        "GROUP BY project_id, month",
    )
    assert all(row["total"] is None or abs(row["total"] - 100) < tolerance for row in shares)

    for table in COMPUTED:
        grain = ", ".join(table.grain)
        assert not rows(
            con, f"SELECT {grain} FROM {table.address} GROUP BY ALL HAVING count(*) > 1"
        )
        for column in table.columns:
            if column.type == "DOUBLE":
                assert not rows(
                    con,
                    f"SELECT 1 FROM {table.address} WHERE isnan({column.name}) OR isinf({column.name})",
                )
