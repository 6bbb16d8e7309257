"""Months that are closed stay as they were booked; what changes later is an adjustment of the open month."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.metrics.effort.capitalization_closed import CAPITALIZATION_CLOSED
from pipelines.metrics.effort.capitalization_monthly import CAPITALIZATION_MONTHLY
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import CapitalizationSettings, MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.effort.support import create, rows, warehouse
from pipelines_tests.support.tables import insert

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def books() -> duckdb.DuckDBPyConnection:
    """An empty ``capitalization_monthly``, to be filled by hand."""
    con = warehouse()
    create(con, CAPITALIZATION_MONTHLY)
    return con


def now_says(con: duckdb.DuckDBPyConnection, *said: tuple[date, str, float, float | None]) -> None:
    """What ``capitalization_monthly`` says at the moment: month, category, hours, cost in EUR."""
    con.execute("DELETE FROM effort.capitalization_monthly")
    insert(
        con,
        "effort.capitalization_monthly",
        [
            {
                "user_id": "ann",
                "month": month,
                "category": category,
                "currency": "EUR",
                "hours": hours,
                "cost": cost,
            }
            for month, category, hours, cost in said
        ],
    )


def close(
    con: duckdb.DuckDBPyConnection, *day: int, after_days: int | None = 10
) -> list[tuple[Any, ...]]:
    """The books as of a day of 2026 (month, day)."""
    as_of = datetime(2026, *day, 12, tzinfo=timezone.utc)
    chosen = MetricSettings(capitalization=CapitalizationSettings(close_after_days=after_days))
    write_metric(con, CAPITALIZATION_CLOSED, MetricRun(as_of=as_of, settings=chosen))
    columns = ("booked_month", "kind", "month", "category", "hours", "cost", "booked_at")
    found = rows(
        con, "FROM effort.capitalization_closed ORDER BY booked_month, kind DESC, month, category"
    )
    return [tuple(row[name] for name in columns) for row in found]


def test_a_relabelled_story_is_an_adjustment_of_the_open_month() -> None:
    """January: 7 h capex, closed on February 11th. On the 20th they are no longer capitalizable."""
    con = books()
    now_says(con, (JANUARY, "capex", 7, 280))
    assert close(con, 2, 10) == []
    eleventh = datetime(2026, 2, 11, 12, tzinfo=timezone.utc)
    booked = (JANUARY, "booked", JANUARY, "capex", 7.0, Decimal(280), eleventh)
    assert close(con, 2, 11) == [booked]
    now_says(con, (JANUARY, "unclassified", 7, 280), (FEBRUARY, "capex", 3, 120))
    adjusted = [
        (FEBRUARY, "adjustment", JANUARY, "capex", -7.0, Decimal(-280), None),
        (FEBRUARY, "adjustment", JANUARY, "unclassified", 7.0, Decimal(280), None),
    ]
    assert close(con, 2, 20) == [booked, *adjusted]
    # Set back: nothing to adjust. Again, until February is closed with the adjustments in its books.
    now_says(con, (JANUARY, "capex", 7, 280))
    assert close(con, 2, 21) == [booked]
    now_says(con, (JANUARY, "unclassified", 7, 280), (FEBRUARY, "capex", 3, 120))
    assert close(con, 2, 22) == [booked, *adjusted]
    march = datetime(2026, 3, 11, 12, tzinfo=timezone.utc)
    kept = [(*row[:-1], march) for row in adjusted]
    in_february = (FEBRUARY, "booked", FEBRUARY, "capex", 3.0, Decimal(120), march)
    assert close(con, 3, 11) == [booked, in_february, *kept]
    # A changed rate after that is March's.
    now_says(con, (JANUARY, "unclassified", 7, 300), (FEBRUARY, "capex", 3, 120))
    rate = (MARCH, "adjustment", JANUARY, "unclassified", 0.0, Decimal(20), None)
    assert close(con, 3, 12) == [booked, in_february, *kept, rate]


def test_it_is_off_by_default_and_keeps_what_was_booked() -> None:
    con = books()
    now_says(con, (JANUARY, "capex", 7, None))
    assert close(con, 6, 1, after_days=None) == []
    booked = close(con, 6, 1)
    assert [row[:5] for row in booked] == [(JANUARY, "booked", JANUARY, "capex", 7.0)]
    now_says(con)
    assert close(con, 7, 1, after_days=None) == booked


SAID = st.lists(
    st.tuples(
        st.sampled_from([JANUARY, FEBRUARY, MARCH]),
        st.sampled_from(["capex", "opex", "unclassified"]),
        st.integers(1, 9).map(float),
        st.sampled_from([None, 100, 250]),
    ),
    max_size=6,
    unique_by=lambda row: row[:2],
)


@hypothesis_settings(max_examples=20)
@given(st.lists(SAID, min_size=2, max_size=5))
def test_closed_months_never_change_and_the_books_add_up(edits: list[list[Any]]) -> None:
    """Whatever somebody edits from one month to the next: closed rows stay, and all rows sum to what is true now."""
    con = books()
    closed: list[tuple[Any, ...]] = []
    for month, said in enumerate(edits, start=2):
        now_says(con, *said)
        found = close(con, month, 20)
        assert [row for row in found if row in closed] == closed
        assert not [row for row in found if row[-1] is None and row[0] != date(2026, month, 1)]
        closed = [row for row in found if row[-1] is not None]
        sums = """
            SELECT category, month, sum(hours) AS hours, coalesce(sum(cost), 0) AS cost
            FROM {table}
            WHERE month IN (SELECT month FROM effort.capitalization_closed WHERE kind = 'booked')
            GROUP BY ALL HAVING sum(hours) <> 0 OR coalesce(sum(cost), 0) <> 0
            ORDER BY ALL
        """
        books_say = rows(con, sums.format(table="effort.capitalization_closed"))
        truth = rows(con, sums.format(table="effort.capitalization_monthly"))
        assert books_say == truth
