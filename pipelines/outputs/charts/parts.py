"""Building blocks that several charts share: rows as JSON, panels, axes, bars, the empty state.

Not here: colours and sizes (``theme``), which projects are shown (``by_project``), anything that only one chart needs.
"""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.outputs.charts.theme import LABEL_ABOVE, PANEL_HEIGHT, WIDTH

if TYPE_CHECKING:
    import altair as alt
    import duckdb

_NOTE_CHARACTERS = 84
_EMPTY_CHARACTERS = 60


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


def titled(view: alt.TopLevelMixin, title: str, *notes: str) -> alt.TopLevelMixin:
    """The chart under its title, with the notes below it, one a line."""
    import altair as alt

    lines = [line for note in notes for line in textwrap.wrap(note, _NOTE_CHARACTERS)]
    return view.properties(title=alt.TitleParams(title, subtitle=lines))


def panels(
    views: Sequence[alt.Chart | alt.LayerChart], *, shared_x: bool = False
) -> alt.TopLevelMixin:
    """The views one below the other, with one legend, and with one scale of x if that is shared."""
    import altair as alt

    stacked = alt.vconcat(*views)
    return stacked.resolve_scale(x="shared") if shared_x else stacked


def panel(
    name: str | None, *layers: alt.Chart, height: int = PANEL_HEIGHT, note: str = ""
) -> alt.LayerChart:
    """Layers as one panel, under its name if there are several, and a note in one line."""
    import altair as alt

    if name is None:
        return alt.LayerChart(layer=layers, width=WIDTH, height=height)
    heading = alt.TitleParams(
        name,
        subtitle=note or alt.Undefined,
        fontSize=15,
        fontWeight="bold",
        offset=6,
        frame="group",
        limit=WIDTH,
    )
    return alt.LayerChart(layer=layers, width=WIDTH, height=height, title=heading)


def empty(title: str, reason: str) -> alt.TopLevelMixin:
    """A picture that says why there is nothing to see."""
    import altair as alt

    text = alt.Chart(beside([{"text": textwrap.wrap(reason, _EMPTY_CHARACTERS)}]))
    mark = text.mark_text(fontSize=14, lineHeight=18, baseline="middle").encode(text="text:N")
    return titled(mark.properties(width=WIDTH, height=90), title, "Nothing to show yet.")


_collected: ContextVar[dict[str, list[dict[str, Any]]]] = ContextVar(
    "rows of the chart that is being built"
)


@contextmanager
def collected() -> Iterator[dict[str, list[dict[str, Any]]]]:
    """The rows of all charts that are built in the block, by the name under which the charts ask for them.

    A chart of several parts copies its parts, with whatever is inside them. Rows beside it are not copied.
    """
    datasets: dict[str, list[dict[str, Any]]] = {}
    token = _collected.set(datasets)
    try:
        yield datasets
    finally:
        _collected.reset(token)


def beside(data: list[dict[str, Any]]) -> alt.NamedData:
    """The rows as a chart's data: they are ``collected`` beside it, and it has their name."""
    import altair as alt

    text = json.dumps(data, sort_keys=True)
    name = f"data-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    _collected.get()[name] = data
    return alt.NamedData(name)


Span = tuple[date, date]


def span(as_of: datetime, *, back: int, ahead: int = 0) -> Span:
    """The first and the last day of a time axis, so many days before and after now."""
    return as_of.date() - timedelta(days=back), as_of.date() + timedelta(days=ahead)


def days(
    field: str,
    shown: Span | None = None,
    *,
    padding: int = 0,
    ticks: Sequence[str] = (),
    label: str = "%-d %b",
) -> alt.X:
    """A time axis of days, those ``shown`` or else those of the data.

    ``ticks`` are the days that carry a ``label``, where bars begin with them. Days have no zone: UTC keeps a reader's zone
    from moving them.
    """
    import altair as alt

    scale = alt.Scale(type="utc", padding=padding)
    if shown:
        scale = alt.Scale(type="utc", domain=[day.isoformat() for day in shown], nice=False)
    marked: dict[str, Any] = {"values": [_utc(day) for day in ticks]} if ticks else {"tickCount": 6}
    axis = alt.Axis(format=label, **marked)
    return alt.X(f"{field}:T", title=None, scale=scale, axis=axis)


def _utc(day: str) -> int:
    """The start of an ISO day as Vega counts time: milliseconds since 1970."""
    return int(datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp() * 1000)


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


def percentile_labels(percentiles: Mapping[str, float], gap: float) -> alt.Chart:
    """``85 %: 3.4 d`` for each percentile by its name, in ``days``.

    Each text has a place (``label``) at least ``gap`` days from the next one, so that no two overlap.
    """
    import altair as alt

    places = spread(list(percentiles.values()), gap)
    return alt.Chart(
        beside(
            [
                {"days": days, "label": place, "share": share, "text": f"{share}: {days:.1f} d"}
                for (share, days), place in zip(percentiles.items(), places, strict=True)
            ]
        )
    )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved up so far that neighbours are at least ``gap`` apart, for labels."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    return moved


def above_marks(base: alt.Chart, text: str) -> alt.Chart:
    """The texts of the rows at the left, each above the mark of its row: a longer text fits there than beside an axis."""
    import altair as alt

    above = base.mark_text(align="left", baseline="bottom", dy=-LABEL_ABOVE, limit=WIDTH)
    texts: alt.Chart = above.encode(x=alt.value(0), text=f"{text}:N")
    return texts


def stacked_bars(
    data: list[dict[str, Any]],
    value: str,
    *,
    first: str,
    last: str,
    colour: str,
    colours_of: Mapping[str, str],
    tips: Sequence[alt.Tooltip],
    y: alt.Y,
    shown: Span | None = None,
    legend: alt.Legend | None = None,
    label: str = "%-d %b",
) -> alt.Chart:
    """Bars from the day ``first`` to the day ``last``, stacked in the order of the rows' ``place``.

    ``label`` is how the first day is written. Rows marked ``is_partial`` are pale. Vega-Lite itself stacks only bars with one end on the time axis.
    """
    import altair as alt

    stacked: alt.Chart = (
        alt.Chart(beside(data))
        .mark_bar(clip=True)
        .transform_stack(
            stack=value,
            groupby=[first],
            sort=[alt.SortField("place")],
            as_=["stack_from", "stack_to"],
        )
        .encode(
            x=days(first, shown, ticks=sorted({row[first] for row in data}), label=label),
            x2=f"{last}:T",
            y=y,
            y2="stack_to:Q",
            color=alt.Color(
                f"{colour}:N",
                scale=colours(colours_of),
                title=None,
                legend=legend or alt.Undefined,
            ),
            opacity=alt.condition("datum.is_partial", alt.value(0.5), alt.value(1)),
            tooltip=list(tips),
        )
    )
    return stacked
