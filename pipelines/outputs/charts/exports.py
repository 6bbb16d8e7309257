"""All metric tables as files, for whoever wants them without DuckDB.

Not here: what is in the tables, and the page that lies beside them (``report``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.dimensions import DIMENSIONS
from pipelines.project.files import replaced
from pipelines.project.texts.spreadsheet import harmless_cell
from pipelines.warehouse.errors import first_line
from pipelines.warehouse.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb

_FORMATS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}
#: Programs that open these compute cells that look like formulas.
_SPREADSHEETS = {"csv"}


class ExportError(Exception):
    """Files that could not be written, and why; the others are there."""


def export_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write ``<schema>.<table>.parquet`` and ``.csv`` of every metric table into ``folder``; returns their paths.

    The dimensions, which name what ids stand for, are written beside them.

    Rows are in the order of the table's grain. Each file is replaced in one step; a table that is not computed yet
    has no files, and those of an earlier export go. In CSV a text that looks like a formula has an apostrophe before it.
    Raises ``ExportError`` when all that can be written is, and some could not.
    """
    import duckdb

    paths, failures = [], []
    for name, needed, source, grain in _exported():
        for suffix, options in _FORMATS.items():
            path = folder / f"{name}.{suffix}"
            if not all(exists(con, address) for address in needed):
                path.unlink(missing_ok=True)
                continue
            columns = _harmless(con, source) if suffix in _SPREADSHEETS else "*"
            order = ", ".join(f"exported.{identifier(column)}" for column in grain)
            query = f"SELECT {columns} FROM {source} AS exported ORDER BY {order}"
            try:
                with replaced(path) as written:
                    con.execute(f"COPY ({query}) TO {literal(str(written))} ({options})")
            except (duckdb.Error, OSError) as error:
                failures.append(f"{path.name} could not be written ({first_line(error)}).")
            else:
                paths.append(path)
    if failures:
        raise ExportError(" ".join(failures))
    return paths


def _exported() -> Iterator[tuple[str, tuple[str, ...], str, tuple[str, ...]]]:
    """What is exported: its name, the tables it needs, SQL behind FROM, and the columns it is ordered by."""
    for table in (table for tables in FAMILIES.values() for table in tables):
        yield table.address, (table.address,), table.address, tuple(table.grain)
    for dimension in DIMENSIONS:
        yield dimension.name, dimension.tables, f"({dimension.sql})", (dimension.key,)


def _harmless(con: duckdb.DuckDBPyConnection, source: str) -> str:
    """The columns of what is exported as SQL, in which no text is a formula."""
    described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    columns = [(identifier(name), kind) for name, kind, *_ in described]
    return ", ".join(
        f"{harmless_cell(f'exported.{name}')} AS {name}"
        if kind == "VARCHAR"
        else f"exported.{name}"
        for name, kind in columns
    )
