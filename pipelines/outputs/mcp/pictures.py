"""The report's charts as pictures, of all projects or of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import existing
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.render import png
from pipelines.outputs.mcp.errors import Question, did_you_mean
from pipelines.outputs.mcp.lookup import clockify_project, tracker_project
from pipelines.outputs.snapshot.open import Moment
from pipelines.warehouse.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb


def chart(
    con: duckdb.DuckDBPyConnection, moment: Moment, name: str, project: str | int | None
) -> tuple[Chart, bytes]:
    """The chart and its picture. ``project`` is one of Tracker's, or of Clockify's where the chart is about time."""
    chosen = next((chart for chart in CHARTS if chart.name == name), None)
    if chosen is None:
        names = [chart.name for chart in CHARTS]
        raise Question(
            f"There is no chart {name}.{did_you_mean(name, names)} All: {', '.join(names)}."
        )
    if project is None:
        return chosen, png(chosen, con, moment.of(chosen.asset))
    is_time = chosen.asset.startswith("time_tracking.")
    identity: str | int = (
        clockify_project(con, str(project))[0] if is_time else tracker_project(con, project)[0]
    )
    with _only(con, chosen, identity):
        return chosen, png(chosen, con, moment.of(chosen.asset))


@contextmanager
def _only(con: duckdb.DuckDBPyConnection, chart: Chart, project: str | int) -> Iterator[None]:
    """The chart's tables as views of one project's rows, in the connection's own memory."""
    con.execute("USE memory")
    try:
        for address in chart.inputs:
            _view(con, address, project)
        if not any(_has_project(con, address) for address in chart.inputs):
            raise Question(
                f"The chart {chart.name} is of the whole company: ask without a project."
            )
        yield
    finally:
        con.execute("USE snapshot")


def _view(con: duckdb.DuckDBPyConnection, address: str, project: str | int) -> None:
    schema, name = address.split(".")
    con.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{identifier(schema)}")
    source = f"snapshot.{identifier(schema)}.{identifier(name)}"
    column = _project_column(con, address)
    chosen = literal(project) if isinstance(project, str) else str(project)
    condition = f" WHERE {column} = {chosen}" if column else ""
    if address in _in_snapshot(con):
        con.execute(
            f"CREATE OR REPLACE VIEW memory.{identifier(schema)}.{identifier(name)} AS FROM {source}{condition}"
        )


def _project_column(con: duckdb.DuckDBPyConnection, address: str) -> str | None:
    schema, name = address.split(".")
    if address in ("pivotal_tracker.projects", "clockify.projects"):
        return "id"
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'snapshot' "
        "AND schema_name = $schema AND table_name = $name AND column_name = 'project_id'",
        {"schema": schema, "name": name},
    ).fetchone()
    return found[0] if found else None


def _has_project(con: duckdb.DuckDBPyConnection, address: str) -> bool:
    return not address.endswith(".projects") and _project_column(con, address) is not None


def _in_snapshot(con: duckdb.DuckDBPyConnection) -> set[str]:
    con.execute("USE snapshot")
    tables = existing(con)
    con.execute("USE memory")
    return tables
