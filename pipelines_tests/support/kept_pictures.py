"""Pictures of all charts of a generated company at one moment, and how far a picture is from the one that is kept.

Run as a module it writes the kept ones anew: look at them before they are committed.
Not here: what a chart must show beyond that (``outputs/charts``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import numpy as np
from PIL import Image

from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.small import small_png
from pipelines.simulator.world import TINY, generate
from pipelines_tests.support.generated_tables import put
from pipelines_tests.support.metric_tables import metric_warehouse

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
KEPT = Path(__file__).parents[1] / "outputs" / "charts" / "kept"
#: Pictures are compared by the mean colours of squares of so many pixels, so that a letter may be a pixel elsewhere.
_SQUARE = 6
#: Of 255: a paler line or another font is nearer, a line that is missing is not.
_OTHER_COLOUR = 20
_PAPER = 250


@contextmanager
def frozen_company() -> Iterator[duckdb.DuckDBPyConnection]:
    """The company's metric tables as of ``NOW``, the same in every run."""
    run = MetricRun(as_of=NOW, settings=MetricSettings())
    with metric_warehouse() as con:
        con.execute("SET threads = 1")
        put(con, generate(now=NOW, size=TINY))
        for tables in COMPUTED.values():
            for table in tables:
                write_metric(con, table, run)
        yield con


def picture_of(chart: Chart, con: duckdb.DuckDBPyConnection) -> bytes:
    """The chart of the frozen company."""
    return small_png(chart, con, NOW)


def kept(chart: Chart) -> Path:
    """Where the chart's picture is kept."""
    return KEPT / f"{chart.name}.png"


def difference(picture: bytes, other: bytes) -> float:
    """The share of what is drawn in either picture that has another colour in the other one: 0 to 1."""
    one, two = _pixels(picture), _pixels(other)
    height, width = (max(each) for each in zip(one.shape[:2], two.shape[:2], strict=True))
    squares = [_squares(pixels, height, width) for pixels in (one, two)]
    differs = np.abs(squares[0] - squares[1]).max(axis=2) > _OTHER_COLOUR
    drawn = (squares[0].min(axis=2) < _PAPER) | (squares[1].min(axis=2) < _PAPER)
    return float(differs.sum() / max(1, drawn.sum()))


def _pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=float)


def _squares(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mean colours; a smaller picture goes on as white paper."""
    rows, columns = -(-height // _SQUARE), -(-width // _SQUARE)
    paper = np.full((rows * _SQUARE, columns * _SQUARE, 3), 255.0)
    paper[: pixels.shape[0], : pixels.shape[1]] = pixels
    return paper.reshape(rows, _SQUARE, columns, _SQUARE, 3).mean(axis=(1, 3))


def main() -> None:
    """Write every picture, and remove those of charts that are gone."""
    KEPT.mkdir(exist_ok=True)
    for gone in set(KEPT.glob("*.png")) - {kept(chart) for chart in CHARTS}:
        gone.unlink()
    with frozen_company() as con:
        for chart in CHARTS:
            kept(chart).write_bytes(picture_of(chart, con))


if __name__ == "__main__":
    main()
