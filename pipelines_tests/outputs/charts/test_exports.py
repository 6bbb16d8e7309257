"""Exports hold what the tables hold, in an order that does not change."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.charts.dimensions import DIMENSIONS, Dimension
from pipelines.outputs.charts.exports import export_tables
from pipelines_tests.support.tables import insert


def test_every_metric_table_is_written_twice(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    paths = export_tables(con, tmp_path)
    tables = [table.address for tables in FAMILIES.values() for table in tables]
    tables += [dimension.name for dimension in DIMENSIONS]
    assert sorted(path.name for path in paths) == sorted(
        f"{table}.{suffix}" for table in tables for suffix in ("csv", "parquet")
    )
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.name)
def test_a_dimension_has_one_row_per_key(
    dimension: Dimension, crowded: duckdb.DuckDBPyConnection
) -> None:
    source = f"({dimension.sql})"
    [(rows, keys)] = crowded.execute(
        f"SELECT count(*), count(DISTINCT {dimension.key}) FROM {source}"
    ).fetchall()
    assert rows == keys


def test_dates_cover_the_years_of_the_data(con: duckdb.DuckDBPyConnection) -> None:
    """From 1 January of the first year to a year ahead of the last one."""
    for day in (date(2025, 3, 3), date(2026, 6, 10)):
        insert(con, "time_tracking.time_daily", [{"user_id": "u", "local_date": day}])
    [dates] = [dimension for dimension in DIMENSIONS if dimension.name == "dim_dates"]
    query = f"SELECT min(date), max(date) FROM ({dates.sql})"
    assert con.execute(query).fetchall() == [(date(2025, 1, 1), date(2028, 1, 1))]
    row = con.execute(f"FROM ({dates.sql}) WHERE date = DATE '2026-08-12'").fetchone()
    assert row == (
        date(2026, 8, 12),
        2026,
        "2026-Q3",
        "2026-08",
        date(2026, 8, 1),
        date(2026, 8, 10),
        3,
    )


def test_rows_are_those_of_the_table_in_the_order_of_its_grain(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for user, hours in (("v", 1.5), ("u", 2.25)):
        row = {
            "user_id": user,
            "week_start": date(2026, 6, 1),
            "project_id": "p",
            "tracked_hours": hours,
        }
        insert(con, "effort.link_coverage", [row])
    folder = tmp_path / "it's a folder"
    export_tables(con, folder)
    expected = con.execute("FROM effort.link_coverage ORDER BY user_id").fetchall()
    for suffix in ("parquet", "csv"):
        path = str(folder / f"effort.link_coverage.{suffix}").replace("'", "''")
        assert duckdb.sql(f"FROM '{path}'").fetchall() == expected


FORMULAS = {
    "=1+1": "'=1+1",
    "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0",
    "-2+3": "'-2+3",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "\r=1": "'\r=1",
    "\n=1": "'\n=1",
    "  =1": "'  =1",
    "\u00a0=1": "'\u00a0=1",
    "\uff1d1+1": "'\uff1d1+1",
    "\tword": "'\tword",
    "-12.5": "-12.5",
    "+41": "+41",
    "-1e3": "-1e3",
    "-1-1": "'-1-1",
    "a=b": "a=b",
    'say "=1"': 'say "=1"',
    "": "",
    "ordinary": "ordinary",
}


def test_no_text_in_a_csv_file_is_a_formula(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    week = date(2026, 6, 1)
    for text in FORMULAS:
        row = {"user_id": text, "week_start": week, "project_id": None, "tracked_hours": -1.5}
        insert(con, "effort.link_coverage", [row])
    export_tables(con, tmp_path)
    with (tmp_path / "effort.link_coverage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["user_id"] for row in rows] == [FORMULAS[text] for text in sorted(FORMULAS)]
    assert {row["tracked_hours"] for row in rows} == {"-1.5"}
    kept = duckdb.sql(f"FROM '{tmp_path}/effort.link_coverage.parquet'").fetchall()
    assert sorted(row[0] for row in kept) == sorted(FORMULAS)


def test_files_of_a_table_that_is_gone_go(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tables(con, tmp_path)
    con.execute("DROP TABLE effort.people")
    export_tables(con, tmp_path)
    assert not list(tmp_path.glob("effort.people.*"))
    assert list(tmp_path.glob("effort.link_coverage.*"))
