"""What a question is: one query that names what it counts, so that the number and the names cannot disagree.

Not here: any question, how the page shows one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.report.figure import Figure, Kind, completed

if TYPE_CHECKING:
    import duckdb

#: So many are named under a question, and in a message.
MOST_NAMED = 5


@dataclass(frozen=True)
class Named:
    """One of what a question counts: who or what it is, how much of the number it is, and where to see it."""

    name: str
    amount: float
    note: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Question:
    """A figure that should be zero, and what to do while it is not.

    ``found`` is SQL of what is counted: a row each with ``name``, ``amount`` and, where there is more to say, ``note`` and
    ``url``. The figure is the sum of ``amount``. ``worst`` is the order in which they are named. ``chart`` shows all of
    them by name. ``detail`` is SQL of one sentence about them.
    """

    figure: Figure
    action: str
    found: str
    worst: str = "amount DESC, name"
    chart: Chart | None = None
    detail: str | None = None


def question(
    name: str,
    label: str,
    *tables: str,
    found: str,
    action: str,
    period: str,
    kind: Kind = "count",
    worst: str = "amount DESC, name",
    chart: Chart | None = None,
    detail: str | None = None,
) -> Question:
    """A question whose figure is the sum of the amounts that ``found`` gives."""
    sql = f"SELECT coalesce(sum(amount), 0) AS value\nFROM (\n{found.strip()}\n)"
    figure = Figure(
        name=name,
        label=label,
        meaning=f"{label}.",
        tables=tables,
        sql=sql,
        kind=kind,
        period=period,
        better="less",
    )
    return Question(figure, action, found, worst, chart, detail)


def named(
    con: duckdb.DuckDBPyConnection,
    asked: Question,
    as_of: datetime,
    *,
    most: int | None = MOST_NAMED,
) -> list[Named]:
    """What the question counts, the worst first; all of it with ``most=None``."""
    limit = "" if most is None else f"LIMIT {most}"
    found = completed(asked.found, as_of)
    query = f"FROM (\n{found}\n)\nWHERE amount > 0\nORDER BY {asked.worst}\n{limit}"
    cursor = con.execute(query)
    columns = [column[0] for column in cursor.description or ()]
    known = ("name", "amount", "note", "url")
    return [
        Named(
            **{column: value for column, value in zip(columns, row, strict=True) if column in known}
        )
        for row in cursor.fetchall()
    ]


def total(con: duckdb.DuckDBPyConnection, asked: Question, as_of: datetime) -> int:
    """How many there are to name."""
    found = completed(asked.found, as_of)
    row = con.execute(f"SELECT count(*) FROM (\n{found}\n)\nWHERE amount > 0").fetchone()
    return int(row[0]) if row else 0


def unique(questions: Iterable[Question]) -> tuple[Question, ...]:
    """The questions in their order; their names are their anchors on the page, so each comes once."""
    found = tuple(questions)
    names = [asked.figure.name for asked in found]
    if len(set(names)) != len(names):
        raise ValueError(f"Two questions have one name: {sorted(names)}")
    return found
