"""Building blocks that several charts share: rows as JSON, the choice of projects, panels, axes, the empty state.

Not here: colours and sizes (``theme``), anything that only one chart needs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.charts.theme import PANEL_HEIGHT, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

#: More panels than this do not fit a screen, nor a picture of 150 KB.
MOST_PANELS = 4
_NOTE_CHARACTERS = 105
_EMPTY_CHARACTERS = 90


def rows(con: duckdb.DuckDBPyConnection, sql: str, **values: Any) -> list[dict[str, Any]]:
    """The rows of a query as JSON holds them: days and instants as ISO text, numbers with at most four decimals."""
    cursor = con.execute(sql, values)
    names = [column[0] for column in cursor.description or ()]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float | Decimal):
        return round(float(value), 4)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class TrackerProjects:
    """The projects that get a panel, most accepted stories first, and a note when some get none."""

    names: Mapping[int, str]
    notes: tuple[str, ...]


def tracker_projects(
    con: duckdb.DuckDBPyConnection, table: str, as_of: datetime
) -> TrackerProjects:
    """Of the projects in ``table`` (or a query in brackets), those that accepted the most stories in the last 90 days.

    Reads ``pivotal_tracker.projects`` and ``pivotal_tracker.stories`` too.
    """
    found = con.execute(
        f"""
        WITH
        measured AS (
            SELECT DISTINCT project_id
            FROM {table}
        ),
        recent AS (
            SELECT project_id, count(*) AS accepted
            FROM pivotal_tracker.stories
            WHERE accepted_at BETWEEN $as_of - INTERVAL 90 DAY AND $as_of
            GROUP BY ALL
        )
        SELECT measured.project_id, coalesce(project.name, 'Project ' || measured.project_id)
        FROM measured
        LEFT JOIN pivotal_tracker.projects AS project ON project.id = measured.project_id
        LEFT JOIN recent USING (project_id)
        ORDER BY recent.accepted DESC NULLS LAST, measured.project_id
        """,
        {"as_of": as_of},
    ).fetchall()
    notes: tuple[str, ...] = ()
    if len(found) > MOST_PANELS:
        notes = (
            f"{MOST_PANELS} of {len(found)} projects: those that accepted the most stories in 90 days.",
        )
    return TrackerProjects(dict(found[:MOST_PANELS]), notes)


def titled(view: alt.TopLevelMixin, title: str, *notes: str) -> alt.TopLevelMixin:
    """The chart under its title, with the notes below it, one a line."""
    import altair as alt

    lines = [line for note in notes for line in textwrap.wrap(note, _NOTE_CHARACTERS)]
    return view.properties(title=alt.TitleParams(title, subtitle=lines))


def panels(views: Sequence[alt.Chart | alt.LayerChart]) -> alt.TopLevelMixin:
    """The views one below the other, with one legend."""
    import altair as alt

    return alt.vconcat(*views)


def panel(name: str | None, *layers: alt.Chart, height: int = PANEL_HEIGHT) -> alt.LayerChart:
    """Layers as one panel, under its name if there are several."""
    import altair as alt

    if name is None:
        return alt.LayerChart(layer=layers, width=WIDTH, height=height)
    heading = alt.TitleParams(name, fontSize=12, fontWeight="bold", offset=6, frame="group")
    return alt.LayerChart(layer=layers, width=WIDTH, height=height, title=heading)


def empty(title: str, reason: str) -> alt.TopLevelMixin:
    """A picture that says why there is nothing to see."""
    import altair as alt

    text = alt.Chart(alt.InlineData([{"text": textwrap.wrap(reason, _EMPTY_CHARACTERS)}]))
    mark = text.mark_text(fontSize=13, lineHeight=18, baseline="middle").encode(text="text:N")
    return titled(mark.properties(width=WIDTH, height=90), title, "Nothing to show yet.")


def inline(data: list[dict[str, Any]]) -> alt.InlineData:
    """The rows as a chart's data."""
    import altair as alt

    return alt.InlineData(data)


def days(field: str, *, padding: int = 0) -> alt.X:
    """A time axis of days. Days have no zone: UTC keeps a reader's zone from moving them."""
    import altair as alt

    scale = alt.Scale(type="utc", padding=padding)
    axis = alt.Axis(format="%-d %b", tickCount=10)
    return alt.X(f"{field}:T", title=None, scale=scale, axis=axis)


def day_tip(field: str, title: str) -> alt.Tooltip:
    """A day in a tooltip."""
    import altair as alt

    return alt.Tooltip(f"{field}:T", timeUnit="utcyearmonthdate", title=title)


def colours(of: Mapping[str, str]) -> alt.Scale:
    """A colour scale with a fixed colour for each name, legend in this order."""
    import altair as alt

    return alt.Scale(domain=list(of), range=list(of.values()))


def labelled(layer: alt.Chart, label: str, colours_of: Mapping[str, str]) -> alt.Chart:
    """The layer in one colour, with its own entry in the legend.

    A constant would need no field, but altair's colour of a constant takes no scale.
    """
    import altair as alt

    return layer.transform_calculate(label=f"'{label}'").encode(
        color=alt.Color("label:N", scale=colours(colours_of), title=None)
    )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved up so far that neighbours are at least ``gap`` apart, for labels."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    return moved


def stacked(bars: alt.Chart, value: str, *, over: str, order: str) -> alt.Chart:
    """Bars with two ends on the time axis, stacked by ``order``; Vega-Lite itself stacks only bars with one."""
    import altair as alt

    return bars.transform_stack(
        stack=value,
        groupby=[over],
        sort=[alt.SortField(order)],
        as_=["stack_from", "stack_to"],
    ).encode(y2="stack_to:Q")
