"""Every chart of a frozen company looks as it did, and the comparison sees what a broken chart looks like."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from pipelines.outputs.charts import small
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.render import spec
from pipelines.outputs.charts.time_quality import TIME_QUALITY
from pipelines.outputs.charts.velocity import VELOCITY
from pipelines.project.folder import PROJECT
from pipelines_tests.support.kept_pictures import (
    KEPT,
    difference,
    frozen_company,
    kept,
    picture_of,
)

#: The same machine draws the same; another version of vl-convert may place letters otherwise.
TOLERANCE = 0.02
RENEW = ".venv/bin/python -m pipelines_tests.support.kept_pictures"
ARTIFACTS = PROJECT / "test-artifacts"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company() -> Iterator[duckdb.DuckDBPyConnection]:
    with frozen_company() as con:
        yield con


def test_every_chart_looks_as_it_did(company: duckdb.DuckDBPyConnection) -> None:
    assert {path.stem for path in KEPT.glob("*.png")} == {chart.name for chart in CHARTS}, RENEW
    other = {}
    for chart in CHARTS:
        picture = picture_of(chart, company)
        share = difference(picture, kept(chart).read_bytes())
        if share > TOLERANCE:
            other[chart.name] = f"{share:.1%}"
            ARTIFACTS.mkdir(exist_ok=True)
            (ARTIFACTS / f"chart_{chart.name}.png").write_bytes(picture)
    assert not other, (
        f"These charts look otherwise, by so much of what is drawn: compare {ARTIFACTS} with {KEPT}; if they are right, {RENEW}"
    )


def test_kept_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.glob("*.png")) < 300_000


def without_line(drawing: dict[str, Any]) -> None:
    for panel in drawing["vconcat"]:
        panel["layer"].pop()


def in_another_order(drawing: dict[str, Any]) -> None:
    """The numbers of the rows the other way round."""
    for name, rows in drawing["datasets"].items():
        drawing["datasets"][name] = [
            {**row, **{key: value for key, value in other.items() if isinstance(value, int)}}
            for row, other in zip(rows, rows[::-1], strict=True)
        ]


def without_rows(drawing: dict[str, Any]) -> None:
    drawing["datasets"] = {name: [] for name in drawing["datasets"]}


@pytest.mark.parametrize(
    ("chart", "broken"),
    [(VELOCITY, without_line), (TIME_QUALITY, in_another_order), (VELOCITY, without_rows)],
    ids=lambda each: getattr(each, "__name__", None) or each.name,
)
def test_a_broken_chart_is_seen(
    company: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    chart: Chart,
    broken: Callable[[dict[str, Any]], None],
) -> None:
    def mutated(*args: Any) -> dict[str, Any]:
        drawing = copy.deepcopy(spec(*args))
        broken(drawing)
        return drawing

    monkeypatch.setattr(small, "spec", mutated)
    seen = difference(picture_of(chart, company), kept(chart).read_bytes())
    assert seen > 3 * TOLERANCE
