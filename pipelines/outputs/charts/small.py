"""Small pictures of charts, in few colours: all of them together fit into one page of Dagster's history.

Not here: where they are shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.outputs.charts.few_colours import in_few_colours
from pipelines.outputs.charts.kept import drawn_once
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.render import spec

if TYPE_CHECKING:
    import duckdb

_SCALE = 0.6
#: Enough for every colour of a drawing and the shades at its edges.
_COLOURS = 32


def small_png(chart: Chart, con: duckdb.DuckDBPyConnection, as_of: datetime) -> bytes:
    """The chart as a PNG of about a sixth of the bytes of ``render.png``; its text can just be read."""
    specification = spec(chart, con, as_of)
    return drawn_once(specification, "png small", lambda: _drawn(specification))


def _drawn(specification: dict[str, Any]) -> bytes:
    import vl_convert

    return in_few_colours(vl_convert.vegalite_to_png(specification, scale=_SCALE), _COLOURS)
