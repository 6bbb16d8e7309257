"""Charts with one panel for each Tracker project: which projects are shown, in which order, and the frame around them.

The order is the same on the whole page: the busiest project first.
Not here: what is in a panel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import empty, panels, titled

if TYPE_CHECKING:
    import altair as alt
    import duckdb

#: What ``busiest_first`` reads besides the table it is given.
PROJECT_TABLES = ("pivotal_tracker.projects", "pivotal_tracker.stories")
#: More panels than this do not fit a screen, nor a picture of 150 KB.
_MOST_PANELS = 4

#: Draws the panel of a project: the connection, the project's id and name, and the moment that counts as now.
DrawPanel = Callable[["duckdb.DuckDBPyConnection", int, str, datetime], "alt.LayerChart"]


def project_chart(
    *,
    name: str,
    title: str,
    asset: str,
    draw: DrawPanel,
    note: str,
    nothing: str,
    inputs: tuple[str, ...] = (),
    projects: str | None = None,
    shared_x: bool = False,
) -> Chart:
    """A chart with a panel for each project in ``projects``, a query; by default those in the table ``asset``.

    ``note`` stands below the title; ``nothing`` says why there is no panel at all. ``inputs`` are the tables that
    panels read besides ``asset``. With ``shared_x`` all panels have one scale of x.
    """

    def shown_projects(con: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[int, str]:
        return busiest_first(con, projects or f"SELECT project_id FROM {asset}", as_of)

    def build_one(
        con: duckdb.DuckDBPyConnection, as_of: datetime, project: int, label: str
    ) -> alt.TopLevelMixin:
        return titled(panels([draw(con, project, label, as_of)]), title, note)

    def build(con: duckdb.DuckDBPyConnection, as_of: datetime) -> alt.TopLevelMixin:
        found = shown_projects(con, as_of)
        if not found:
            return empty(title, nothing)
        notes = [note]
        if len(found) > _MOST_PANELS:
            notes.append(
                f"{_MOST_PANELS} of {len(found)} projects: those that accepted the most stories in 90 days."
            )
        shown = list(found.items())[:_MOST_PANELS]
        views = [draw(con, project, label, as_of) for project, label in shown]
        return titled(panels(views, shared_x=shared_x), title, *notes)

    tables = (asset, *inputs, *PROJECT_TABLES)
    return Chart(name, title, asset, tables, build, shown_projects, build_one, draw.__module__)


def busiest_first(con: duckdb.DuckDBPyConnection, projects: str, as_of: datetime) -> dict[int, str]:
    """The names of the projects whose ``project_id`` the query finds, the busiest of the last 90 days first.

    The busiest is the one in which the most stories were accepted.
    """
    return dict(
        con.execute(
            f"""
            WITH
            chosen AS (
                SELECT DISTINCT project_id
                FROM ({projects})
            ),
            recent AS (
                SELECT project_id, count(*) AS accepted
                FROM pivotal_tracker.stories
                WHERE accepted_at BETWEEN $as_of - INTERVAL 90 DAY AND $as_of
                GROUP BY ALL
            )
            SELECT chosen.project_id, coalesce(project.name, 'Project ' || chosen.project_id)
            FROM chosen
            LEFT JOIN pivotal_tracker.projects AS project ON project.id = chosen.project_id
            LEFT JOIN recent USING (project_id)
            ORDER BY recent.accepted DESC NULLS LAST, chosen.project_id
            """,
            {"as_of": as_of},
        ).fetchall()
    )
