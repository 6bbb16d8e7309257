"""Charts as a page shows them: title, notes, drawing, and the rows behind it as tables.

Not here: what a chart draws, and which charts are on which page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.page_drawing import page_drawing
from pipelines.outputs.charts.render import spec, spec_of_nothing, spec_of_project
from pipelines.outputs.charts.theme import PAGE
from pipelines.outputs.report.template import drawing
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

_MOST_ROWS = 40


@dataclass(frozen=True)
class Table:
    """Rows behind a drawing; ``caption`` says of which panel."""

    caption: str
    columns: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Drawn:
    """A chart ready for the template."""

    name: str
    title: str
    asset: str
    notes: str
    svg: Any
    tables: list[Table]


def drawn(con: duckdb.DuckDBPyConnection, chart: Chart, as_of: datetime) -> Drawn:
    """The chart for a page. One that fails is told in its place."""
    return _drawn(chart, lambda: spec(chart, con, as_of, ink=PAGE))


def drawn_of_project(
    con: duckdb.DuckDBPyConnection, chart: Chart, as_of: datetime, project: int, name: str
) -> Drawn:
    """The panel of one project."""
    return _drawn(chart, lambda: spec_of_project(chart, con, as_of, project, name, ink=PAGE))


def _drawn(chart: Chart, specify: Callable[[], dict[str, Any]]) -> Drawn:
    try:
        specification = specify()
    except Exception as error:  # noqa: BLE001 (a chart that fails is told in its place, and the page goes on)
        sentence = f"This could not be drawn: {first_line(error)}"
        specification = spec_of_nothing(chart, sentence, ink=PAGE)
    title = specification.pop("title")
    return Drawn(
        name=chart.name,
        title=chart.title,
        asset=chart.asset,
        notes=" ".join(title.get("subtitle", [])),
        svg=drawing(page_drawing(specification, chart.name)),
        tables=list(_tables(specification)),
    )


def _tables(specification: dict[str, Any]) -> Iterator[Table]:
    """The rows of each dataset once, the last ones, under the name of its panel."""
    datasets = specification.get("datasets", {})
    told = set()
    for view in specification.get("vconcat", [specification]):
        panel = (view.get("title") or {}).get("text")
        for layer in view.get("layer", [view]):
            name = (layer.get("data") or view.get("data") or {}).get("name")
            rows = datasets.get(name, [])
            if name in told or not rows:
                continue
            told.add(name)
            columns = list(rows[0])
            count = f"{len(rows)} rows" if len(rows) > 1 else "1 row"
            if len(rows) > _MOST_ROWS:
                count = f"the last {_MOST_ROWS} of {len(rows)} rows"
            caption = f"{panel}: {count}" if panel else count
            cells = [
                ["" if row.get(column) is None else row[column] for column in columns]
                for row in rows[-_MOST_ROWS:]
            ]
            yield Table(caption, columns, cells)
