"""What a list is: a table of rows on a page that somebody acts on, read by one query.

A section of the page may have lists beside its charts. Not here: any list, the page that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pipelines.metrics.tables_there import exists
from pipelines.outputs.report.figure import Kind, completed
from pipelines.outputs.report.links import safe_url
from pipelines.outputs.report.wording import UNKNOWN, written
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

_MOST_ROWS = 12


@dataclass(frozen=True)
class Column:
    """A column of a list: ``field`` of the query under ``label``.

    ``kind`` says how a value is written; money takes its currency from the query's column ``currency``. ``url`` is the
    column of the query that has the address of what the cell names. ``unknown`` is written where there is no value.
    ``page`` is the kind of page that the cell leads to and the column of the query with its id.
    """

    field: str
    label: str
    kind: Kind | Literal["text"] = "text"
    url: str | None = None
    unknown: str = UNKNOWN
    page: tuple[str, str] | None = None


@dataclass(frozen=True)
class Listing:
    """A list: its query reads ``tables``, gives its rows in their order and has ``columns``.

    ``$as_of`` in the query is the moment that counts as now. ``meaning`` is one sentence that says what is listed, with its
    period; ``nothing`` is said where there is no row. At most ``most`` rows are shown, and the page says of how many.
    """

    name: str
    title: str
    meaning: str
    tables: tuple[str, ...]
    sql: str
    columns: tuple[Column, ...]
    nothing: str
    most: int = _MOST_ROWS


@dataclass(frozen=True)
class Cell:
    """A value as it is written."""

    text: str
    kind: str
    url: str | None = None


@dataclass(frozen=True)
class Shown:
    """A list with its rows, ready for the page; ``failure`` says why there are none."""

    listing: Listing
    rows: Sequence[Sequence[Cell]] = ()
    total: int = 0
    failure: str = ""


#: The address of the page of a subject of some kind, if there is one.
PageOf = Callable[[str, str], str | None]


def no_page(kind: str, subject: str) -> str | None:  # noqa: ARG001
    """Where there are no pages to lead to."""
    return None


def shown(
    con: duckdb.DuckDBPyConnection, listing: Listing, as_of: datetime, page_of: PageOf = no_page
) -> Shown:
    """The list as it is now. Tables that do not exist yet, and a query that fails, are told in its place."""
    missing = [table for table in listing.tables if not exists(con, table)]
    if missing:
        return Shown(listing, failure=f"Not computed yet: {', '.join(missing)}.")
    try:
        found = records(con, completed(listing.sql, as_of))
    except Exception as error:  # noqa: BLE001 (a list that fails is told in its place, and the page goes on)
        return Shown(listing, failure=f"This could not be read: {first_line(error)}")
    return with_rows(listing, found, page_of)


def with_rows(
    listing: Listing, found: Sequence[dict[str, Any]], page_of: PageOf = no_page
) -> Shown:
    """The list with these rows of its query, as far as they are shown."""
    cells = [
        [_cell(column, row, page_of) for column in listing.columns] for row in found[: listing.most]
    ]
    return Shown(listing, cells, len(found))


def records(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The rows of a query by the names of their columns."""
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def records_if_readable(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]] | None:
    """The rows of a query; None where it fails, so that one broken table takes no other part of the report along."""
    try:
        return records(con, sql)
    except Exception:  # noqa: BLE001 (lists and figures of the same table tell the reason)
        return None


def _cell(column: Column, row: dict[str, Any], page_of: PageOf) -> Cell:
    value = row[column.field]
    url = safe_url(row[column.url]) if column.url else None
    if column.page and row[column.page[1]] is not None:
        url = page_of(column.page[0], str(row[column.page[1]]))
    if value is None:
        return Cell(column.unknown, column.kind, url)
    if column.kind == "text":
        return Cell(str(value), column.kind, url)
    return Cell(written(value, column.kind, row.get("currency")), column.kind, url)
