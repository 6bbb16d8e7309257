"""How values are written for people. The raw value stays beside them on the page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from pipelines.metrics.time_tracking.money import WITHOUT_MINOR_UNIT
from pipelines.outputs.report.figure import Figure, Kind, Value

UNKNOWN = "not known"


def written(value: Value | None, kind: Kind, currency: str | None = None) -> str:
    """The value with its unit: ``1,234``, ``56.7 h``, ``3.4 days``, ``81.5 %``, ``26 Dec 2026``, ``EUR 1,234``."""
    if value is None:
        return UNKNOWN
    if isinstance(value, date):
        return day(value)
    number = float(value)
    if kind == "days":
        return f"{number / 24:,.1f} days"
    if kind == "hours":
        return f"{number:,.0f} h" if number >= 1000 else f"{number:,.1f} h"
    if kind == "percent":
        return f"{number:.1f} %"
    if kind == "money":
        is_whole = abs(number) >= 1000 or currency in WITHOUT_MINOR_UNIT
        return f"{currency} {number:,.0f}" if is_whole else f"{currency} {number:,.2f}"
    return f"{number:,.1f}".removesuffix(".0")


def beside(figure: Figure) -> str:
    """The label of a figure as it follows its value: ``2.5 h`` ``booked twice``."""
    label = figure.label.removeprefix("Hours ") if figure.kind == "hours" else figure.label
    return label if figure.kind == "count" else label[:1].lower() + label[1:]


def day(value: date) -> str:
    """A day as every page writes it: ``26 Dec 2026``."""
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """A moment as every page writes it: ``26 Dec 2026, 14:05 UTC``."""
    return f"{day(value)}, {value:%H:%M %Z}"


def raw(value: Value | None) -> str:
    """The value as the table has it, for machines; empty when unknown."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


class Judged(Protocol):
    """What knows which change of it is good."""

    @property
    def better(self) -> Literal["more", "less"] | None: ...


class Compared(Protocol):
    """A value beside the one before."""

    @property
    def value(self) -> Value | None: ...

    @property
    def previous(self) -> Value | None: ...


def trend(
    figure: Judged, reading: Compared
) -> tuple[Literal["up", "down", "same"], Literal["better", "worse", ""]] | None:
    """Where the value went since the period before, and whether that is good; None when nothing can be compared."""
    now, before = reading.value, reading.previous
    if not isinstance(now, int | float | Decimal) or not isinstance(before, int | float | Decimal):
        return None
    if float(now) == float(before):
        return "same", ""
    direction: Literal["up", "down"] = "up" if float(now) > float(before) else "down"
    if figure.better is None:
        return direction, ""
    return direction, "better" if (direction == "up") == (figure.better == "more") else "worse"
