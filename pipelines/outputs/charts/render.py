"""Turns charts into Vega-Lite specifications and into pictures, without a browser and without network.

Not here: the look (``theme``) and what is drawn (the chart files).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.few_colours import in_few_colours
from pipelines.outputs.charts.kept import drawn_once
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import collected, empty
from pipelines.outputs.charts.theme import PICTURE, Ink, config
from pipelines.project.texts.drawings import for_drawing

if TYPE_CHECKING:
    import altair as alt
    import duckdb

#: Dagster keeps pictures in its event log, so they must stay small.
MOST_BYTES = 100_000
#: A picture is at most so many pixels high, or nobody sees it in one piece.
MOST_HEIGHT = 1800
#: Pixels of the picture per pixel of the chart: the sharpest that stays small is taken.
_SCALES = (1.5, 1.25, 1.0)


def spec(
    chart: Chart, con: duckdb.DuckDBPyConnection, as_of: datetime, ink: Ink = PICTURE
) -> dict[str, Any]:
    """The chart as a Vega-Lite specification with all data inside.

    Tables that do not exist yet do not fail it: the chart then says which ones are missing.
    """
    missing = [table for table in chart.inputs if not exists(con, table)]
    if missing:
        return spec_of_nothing(chart, f"Not computed yet: {', '.join(missing)}.", ink)
    return _finished(chart, lambda: chart.build(con, as_of), ink)


def spec_of_project(
    chart: Chart,
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    project: int,
    name: str,
    ink: Ink = PICTURE,
) -> dict[str, Any]:
    """The panel of one project of a chart that has a panel for each."""
    if chart.build_one is None:
        raise ValueError(f"The chart {chart.name} has no panels by project.")
    build_one = chart.build_one
    return _finished(chart, lambda: build_one(con, as_of, project, name), ink)


def spec_of_nothing(chart: Chart, sentence: str, ink: Ink = PICTURE) -> dict[str, Any]:
    """The same with ``sentence`` in the place of what cannot be drawn."""
    return _finished(chart, lambda: empty(chart.title, sentence), ink)


def _finished(chart: Chart, build: Callable[[], alt.TopLevelMixin], ink: Ink) -> dict[str, Any]:
    from altair.utils.schemapi import debug_mode

    # To validate each part against Vega-Lite's schema takes longer than all the rest; the tests do that.
    with collected() as datasets, debug_mode(False):
        view = build().to_dict(validate=False)
    specification: dict[str, Any] = for_drawing({**view, "datasets": datasets})
    notes = " ".join(specification["title"].get("subtitle", []))
    specification["description"] = f"{chart.title}. {notes}".strip()
    specification["config"] = config(ink)
    return specification


def png(chart: Chart, con: duckdb.DuckDBPyConnection, as_of: datetime) -> bytes:
    """The chart as a PNG of less than ``MOST_BYTES``; the same tables and ``as_of`` give the same bytes."""
    specification = spec(chart, con, as_of)
    return drawn_once(specification, "png", lambda: _picture(specification))


def _picture(specification: dict[str, Any]) -> bytes:
    import vl_convert

    for scale in _SCALES:
        picture = in_few_colours(vl_convert.vegalite_to_png(specification, scale=scale))
        if len(picture) < MOST_BYTES and _height(picture) <= MOST_HEIGHT:
            break
    return picture


def _height(picture: bytes) -> int:
    """The height in the header of a PNG."""
    return int.from_bytes(picture[20:24], "big")
