"""The report's first figures as lines of text, for whoever ran a sync."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.figure import read
from pipelines.outputs.report.wording import written

if TYPE_CHECKING:
    import duckdb

_LINES = 5


def headline_lines(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[str]:
    """A line for each of the first five figures of the company whose tables there are."""
    for figure in COMPANY_FIGURES[:_LINES]:
        for reading in read(con, figure, as_of):
            before = written(reading.previous, figure.kind)
            value = written(reading.value, figure.kind)
            yield f"{figure.label}, {figure.period}: {value} ({figure.before}: {before}). {figure.meaning}"
