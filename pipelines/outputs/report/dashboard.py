"""All charts at a glance as Markdown with small pictures: what Dagster shows of the report without opening it.

Not here: how a chart is drawn (``outputs.charts``), and the report's page.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.small import small_png
from pipelines.outputs.report.sections import SECTIONS
from pipelines.project.texts.markdown import cell
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

#: Dagster keeps it in its event log, once for each report.
MOST_CHARACTERS = 400_000


def dashboard(con: duckdb.DuckDBPyConnection, as_of: datetime, tracker_as_of: datetime) -> str:
    """The charts by section; those that would make it longer than ``MOST_CHARACTERS`` are named instead."""
    lines: list[str] = []
    length = 0
    for section in SECTIONS:
        if section.charts:
            lines += ["", f"### {section.title}", ""]
        for chart in section.charts:
            is_of_tracker = chart.asset.startswith("project_management.")
            line = _line(con, chart, tracker_as_of if is_of_tracker else as_of)
            if length + len(line) > MOST_CHARACTERS:
                line = f"{chart.title}: in the report, and with `{chart.asset}`."
            length += len(line)
            lines.append(line)
    return "\n".join(lines).strip()


def _line(con: duckdb.DuckDBPyConnection, chart: Chart, as_of: datetime) -> str:
    try:
        picture = base64.b64encode(small_png(chart, con, as_of)).decode("ascii")
    except Exception as error:  # noqa: BLE001 (a picture that cannot be drawn is no reason to draw no other)
        return f"{chart.title} could not be drawn: {cell(first_line(error))}"
    return f"![{chart.title}](data:image/png;base64,{picture})"
