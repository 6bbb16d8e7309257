"""The periods of the pages: which days each covers, and which days it is compared with.

Not here: what is measured in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.outputs.report.wording import day

_PERIOD = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
_DAYS = re.compile(r"(?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)")


class SpanError(ValueError):
    """A period that cannot be read; the message says how to write one."""


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, compared with those from ``before_first`` to ``before_last``.

    ``name`` tells the periods of a page apart. ``whole_months`` says whether amounts kept by month can be added up.
    """

    name: str
    label: str
    first: date
    last: date
    before_first: date
    before_last: date
    whole_months: bool

    @property
    def days(self) -> str:
        """The days as text: ``1 Jul 2026 to 30 Sep 2026``."""
        return f"{day(self.first)} to {day(self.last)}"

    @property
    def days_before(self) -> str:
        return f"{day(self.before_first)} to {day(self.before_last)}"


def usual_spans(today: date) -> tuple[Span, ...]:
    """The periods that every page offers, the first of them shown at first; the day that is not over is in none."""
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    quarter = month.replace(month=3 * ((month.month - 1) // 3) + 1)
    so_far = yesterday.day if yesterday >= month else 0
    spans = [
        Span(
            "four_weeks",
            "Last 4 weeks",
            today - timedelta(days=28),
            yesterday,
            today - timedelta(days=56),
            today - timedelta(days=29),
            whole_months=False,
        ),
        _months("month", "Last month", _moved(month, -1), 1),
        _months("quarter", "Last quarter", _moved(quarter, -3), 3),
        _months("year", "Last 12 months", _moved(month, -12), 12),
    ]
    if so_far:
        before = _moved(month, -1)
        end = min(before + timedelta(days=so_far - 1), month - timedelta(days=1))
        spans.insert(
            1,
            Span(
                "month_so_far",
                "This month so far",
                month,
                yesterday,
                before,
                end,
                whole_months=False,
            ),
        )
    return tuple(spans)


def named_span(text: str) -> Span:
    """The period of a text: ``2026``, ``2026-Q3``, ``2026-07`` or ``2026-07-01..2026-07-14``.

    Compared with as many months or days before it. Raises ``SpanError``.
    """
    found = _PERIOD.fullmatch(text)
    if found:
        year = int(found["year"])
        if found["quarter"]:
            quarter = int(found["quarter"])
            return _months("chosen", f"Q{quarter} {year}", date(year, 3 * quarter - 2, 1), 3)
        if found["month"]:
            first = date(year, int(found["month"]), 1)
            return _months("chosen", f"{first:%B %Y}", first, 1)
        if year > 1:
            return _months("chosen", str(year), date(year, 1, 1), 12)
    ends = _DAYS.fullmatch(text)
    if ends:
        try:
            first, last = date.fromisoformat(ends["first"]), date.fromisoformat(ends["last"])
            length = (last - first).days + 1
            before = first - timedelta(days=length)
        except (ValueError, OverflowError):
            length = 0
        if length > 0:
            label = f"{day(first)} to {day(last)}"
            return Span(
                "chosen", label, first, last, before, first - timedelta(days=1), whole_months=False
            )
    raise SpanError(
        f"--period {text!r} is no period: write a year (2026), a quarter (2026-Q3), a month (2026-07) or days "
        "(2026-07-01..2026-07-14)."
    )


def spans_sql(spans: Sequence[Span]) -> str:
    """The periods as a common table expression: ``spans (span, is_previous, first_day, last_day, whole_months)``."""
    rows = []
    for span in spans:
        whole = str(span.whole_months).lower()
        rows += [
            f"('{span.name}', false, DATE '{span.first}', DATE '{span.last}', {whole})",
            f"('{span.name}', true, DATE '{span.before_first}', DATE '{span.before_last}', {whole})",
        ]
    values = ",\n        ".join(rows)
    return f"spans (span, is_previous, first_day, last_day, whole_months) AS (\n    VALUES\n        {values}\n)"


def _months(name: str, label: str, first: date, months: int) -> Span:
    """So many whole months from ``first`` on, and as many before."""
    return Span(
        name,
        label,
        first,
        _moved(first, months) - timedelta(days=1),
        _moved(first, -months),
        first - timedelta(days=1),
        whole_months=True,
    )


def _moved(first_of_month: date, months: int) -> date:
    """The first of the month so many months later."""
    count = 12 * first_of_month.year + first_of_month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
