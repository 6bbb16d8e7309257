"""Charts as metadata: what the Dagster UI shows inline beside a metric's definition."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.model import Chart

if TYPE_CHECKING:
    import duckdb


def chart_metadata(
    connection: duckdb.DuckDBPyConnection, address: str, as_of: datetime
) -> dict[str, dg.MarkdownMetadataValue]:
    """The charts of the metric table at ``address``, as pictures by their names."""
    return {
        chart.name: dg.MetadataValue.md(f"![{chart.title}]({_data_url(connection, chart, as_of)})")
        for chart in CHARTS
        if chart.asset == address
    }


def _data_url(connection: duckdb.DuckDBPyConnection, chart: Chart, as_of: datetime) -> str:
    from pipelines.outputs.charts.render import png

    picture = base64.b64encode(png(chart, connection, as_of)).decode("ascii")
    return f"data:image/png;base64,{picture}"
