"""How values are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.outputs.report.figure import Figure, Kind, Reading, Value
from pipelines.outputs.report.wording import raw, trend, written


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234, "count", "1,234"),
        (0, "count", "0"),
        (17.5, "points", "17.5"),
        (20.0, "points", "20"),
        (56.72, "hours", "56.7 h"),
        (1539.42, "hours", "1,539 h"),
        (81.6, "days", "3.4 days"),
        (81.55, "percent", "81.5 %"),
        (date(2026, 12, 5), "date", "5 Dec 2026"),
        (Decimal("1234.5"), "money", "EUR 1,234"),
        (Decimal("12.345"), "money", "EUR 12.35"),
        (Decimal("-2500"), "money", "EUR -2,500"),
        (None, "money", "not known"),
    ],
)
def test_values_have_units(value: Value | None, kind: Kind, text: str) -> None:
    assert written(value, kind, "EUR") == text


def test_a_currency_without_cents_has_none() -> None:
    assert written(Decimal("125.79"), "money", "JPY") == "JPY 126"
    assert written(0, "money", "KRW") == "KRW 0"


def test_raw_values_are_those_of_the_table() -> None:
    values = [None, 3, 0.1 + 0.2, Decimal("12.3400"), date(2026, 1, 2)]
    assert [raw(value) for value in values] == [
        "",
        "3",
        "0.30000000000000004",
        "12.3400",
        "2026-01-02",
    ]


@pytest.mark.parametrize(
    ("better", "now", "before", "expected"),
    [
        ("more", 3, 2, ("up", "better")),
        ("more", 1, 2, ("down", "worse")),
        ("less", 1, 2, ("down", "better")),
        ("less", Decimal(3), Decimal(2), ("up", "worse")),
        (None, 3, 2, ("up", "")),
        ("more", 2, 2, ("same", "")),
        ("more", 2, None, None),
        ("more", None, 2, None),
        (None, date(2026, 1, 2), date(2026, 1, 1), None),
    ],
)
def test_a_trend_needs_two_numbers(
    better: str | None, now: Value | None, before: Value | None, expected: tuple[str, str] | None
) -> None:
    figure = Figure("f", "F", "Meaning.", ("s.t",), "SELECT 1", "count", "now", "before", better)  # type: ignore[arg-type]
    assert trend(figure, Reading(now, before)) == expected
