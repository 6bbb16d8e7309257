"""Charts as metadata: what the Dagster UI shows inline beside a metric's definition."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.kept import drawings_kept
from pipelines.outputs.charts.model import Chart
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

#: Metadata of a materialization that the command line repeats when it ends: sentences, one a line.
TOLD = "told"


def chart_metadata(
    connection: duckdb.DuckDBPyConnection, address: str, as_of: datetime, folder: Path
) -> dict[str, dg.MarkdownMetadataValue | str]:
    """The charts of the table at ``address``: pictures by name, and messages for failed ones.

    ``folder`` is where drawings are kept.
    """
    pictures: dict[str, dg.MarkdownMetadataValue | str] = {}
    failures = []
    for chart in CHARTS:
        if chart.asset != address:
            continue
        try:
            with drawings_kept(folder):
                url = _data_url(connection, chart, as_of)
        except Exception as error:  # noqa: BLE001 (a picture that cannot be drawn is no reason to draw no other)
            failures.append(f"The chart {chart.name} could not be drawn: {first_line(error)}")
        else:
            pictures[chart.name] = dg.MetadataValue.md(f"![{chart.title}]({url})")
    return {**pictures, **({TOLD: "\n".join(failures)} if failures else {})}


def _data_url(connection: duckdb.DuckDBPyConnection, chart: Chart, as_of: datetime) -> str:
    from pipelines.outputs.charts.render import png

    picture = base64.b64encode(png(chart, connection, as_of)).decode("ascii")
    return f"data:image/png;base64,{picture}"
