"""Periods, on days calculated by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipelines.outputs.report.spans import SpanError, named_span, spans_sql, usual_spans


def test_the_usual_periods_on_a_day_in_february() -> None:
    spans = {span.name: span for span in usual_spans(date(2026, 2, 10))}
    assert [span.label for span in spans.values()] == [
        "Last 4 weeks",
        "This month so far",
        "Last month",
        "Last quarter",
        "Last 12 months",
    ]
    assert spans["four_weeks"].days == "13 Jan 2026 to 9 Feb 2026"
    assert spans["four_weeks"].days_before == "16 Dec 2025 to 12 Jan 2026"
    assert spans["month_so_far"].days == "1 Feb 2026 to 9 Feb 2026"
    assert spans["month_so_far"].days_before == "1 Jan 2026 to 9 Jan 2026"
    assert spans["month"].days == "1 Jan 2026 to 31 Jan 2026"
    assert spans["month"].days_before == "1 Dec 2025 to 31 Dec 2025"
    assert spans["quarter"].days == "1 Oct 2025 to 31 Dec 2025"
    assert spans["quarter"].days_before == "1 Jul 2025 to 30 Sep 2025"
    assert spans["year"].days == "1 Feb 2025 to 31 Jan 2026"
    assert spans["year"].days_before == "1 Feb 2024 to 31 Jan 2025"


def test_the_first_day_of_a_month_has_no_month_so_far_and_a_short_month_before_ends_with_it() -> (
    None
):
    assert "month_so_far" not in {span.name for span in usual_spans(date(2026, 3, 1))}
    [so_far] = [span for span in usual_spans(date(2026, 3, 31)) if span.name == "month_so_far"]
    assert so_far.days_before == "1 Feb 2026 to 28 Feb 2026"


@pytest.mark.parametrize(
    ("text", "label", "days", "before"),
    [
        ("2026-Q3", "Q3 2026", "1 Jul 2026 to 30 Sep 2026", "1 Apr 2026 to 30 Jun 2026"),
        ("2026-02", "February 2026", "1 Feb 2026 to 28 Feb 2026", "1 Jan 2026 to 31 Jan 2026"),
        ("2026", "2026", "1 Jan 2026 to 31 Dec 2026", "1 Jan 2025 to 31 Dec 2025"),
        (
            "2026-07-01..2026-07-14",
            "1 Jul 2026 to 14 Jul 2026",
            "1 Jul 2026 to 14 Jul 2026",
            "17 Jun 2026 to 30 Jun 2026",
        ),
    ],
)
def test_a_period_is_named(text: str, label: str, days: str, before: str) -> None:
    span = named_span(text)
    assert (span.label, span.days, span.days_before) == (label, days, before)


@pytest.mark.parametrize(
    "text",
    ["Q3", "2026-Q5", "2026-13", "2026-02-30..2026-03-01", "2026-03-02..2026-03-01", "0000", ""],
)
def test_what_is_no_period_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(SpanError, match=r"2026-Q3"):
        named_span(text)


def test_periods_are_sql() -> None:
    con = duckdb.connect()
    text = spans_sql([named_span("2026-Q3")])
    assert con.execute(f"WITH {text} FROM spans ORDER BY is_previous").fetchall() == [
        ("chosen", False, date(2026, 7, 1), date(2026, 9, 30), True),
        ("chosen", True, date(2026, 4, 1), date(2026, 6, 30), True),
    ]
