"""What a headline figure is, and how it is read from the tables.

Each figure is one SQL query over metric tables. The page shows the very text that was run, so that whoever doubts a
figure can run it again. Not here: any figure, any wording of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pipelines.metrics.tables_there import exists

if TYPE_CHECKING:
    import duckdb

Value = int | float | Decimal | date
Kind = Literal["count", "points", "hours", "days", "percent", "date", "money"]


@dataclass(frozen=True)
class Figure:
    """One figure, for the whole company or for each project or currency.

    ``sql`` gives rows with ``value`` and, where it makes sense, ``previous`` (the same of the period before),
    ``subject`` (Tracker project id), ``currency`` and ``note``; ``$as_of`` in it is the moment that counts as now. NULL is
    unknown. The definition shown with it is that of the first of ``tables``, all of which the query reads.
    ``period`` says of which days the value is, ``before`` of which the previous one; both stand beside the values.
    ``kind`` says how a value is written; ``days`` are hours, written in days. ``better`` says which change is good.
    """

    name: str
    label: str
    meaning: str
    tables: tuple[str, ...]
    sql: str
    kind: Kind
    period: str
    before: str | None = None
    better: Literal["more", "less"] | None = None


@dataclass(frozen=True)
class Reading:
    """A value of a figure; ``subject`` and ``currency`` tell several readings of one figure apart.

    ``note`` says in a few words what to think of the value, or why there is none.
    """

    value: Value | None = None
    previous: Value | None = None
    subject: int | None = None
    currency: str | None = None
    note: str | None = None


def query_text(figure: Figure, as_of: datetime) -> str:
    """The query of the figure, complete, as it is run and shown."""
    return completed(figure.sql, as_of)


def completed(sql: str, as_of: datetime) -> str:
    """SQL with the moment that counts as now."""
    return sql.strip().replace("$as_of", f"TIMESTAMPTZ '{as_of.isoformat()}'")


def read(con: duckdb.DuckDBPyConnection, figure: Figure, as_of: datetime) -> list[Reading]:
    """The readings of the figure; none when a table that it needs is not computed yet."""
    if not all(exists(con, table) for table in figure.tables):
        return []
    cursor = con.execute(query_text(figure, as_of))
    names = [column[0] for column in cursor.description or ()]
    return [Reading(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
