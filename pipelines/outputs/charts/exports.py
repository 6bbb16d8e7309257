"""All metric tables as files, for whoever wants them without DuckDB.

Not here: what is in the tables, and the page that lies beside them (``report``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.charts.tables import exists
from pipelines.project.files import replaced

if TYPE_CHECKING:
    import duckdb

_FORMATS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}


def export_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write ``<schema>.<table>.parquet`` and ``.csv`` of every metric table into ``folder``; returns their paths.

    Rows are in the order of the table's grain. Each file is replaced in one step; a table that is not computed yet
    has no files, and those of an earlier export go.
    """
    paths = []
    for table in (table for tables in FAMILIES.values() for table in tables):
        for suffix, options in _FORMATS.items():
            path = folder / f"{table.address}.{suffix}"
            if not exists(con, table.address):
                path.unlink(missing_ok=True)
                continue
            query = f"FROM {table.address} ORDER BY {', '.join(table.grain)}"
            with replaced(path) as written:
                target = str(written).replace("'", "''")
                con.execute(f"COPY ({query}) TO '{target}' ({options})")
            paths.append(path)
    return paths
