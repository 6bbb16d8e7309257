"""Drawings of a page: all of one width, readable on a phone, and with what each mark says."""

from __future__ import annotations

import re

import duckdb
import pytest

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.hours_by_project import HOURS_BY_PROJECT
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.page_drawing import page_drawing
from pipelines.outputs.charts.render import spec
from pipelines.outputs.charts.theme import DRAWING_WIDTH, PAGE
from pipelines_tests.outputs.crowd import AS_OF

#: A phone of 390 pixels leaves so many for a drawing.
PHONE = 350
EACH_CHART = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


def drawing(chart: Chart, con: duckdb.DuckDBPyConnection) -> str:
    specification = spec(chart, con, AS_OF, ink=PAGE)
    specification.pop("title")
    return page_drawing(specification, chart.name)


@EACH_CHART
def test_a_drawing_can_be_read_on_a_phone(chart: Chart, crowded: duckdb.DuckDBPyConnection) -> None:
    """No wider than all others, and no text that becomes smaller than eight pixels."""
    svg = drawing(chart, crowded)
    width = float(re.findall(r'viewBox="0 0 ([\d.]+) ', svg)[0])
    assert width <= DRAWING_WIDTH + 8
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert min(sizes) * PHONE / width >= 8
    assert len(svg) < 800_000


def test_marks_say_what_they_are_and_ids_belong_to_their_drawing(
    crowded: duckdb.DuckDBPyConnection,
) -> None:
    svg = drawing(HOURS_BY_PROJECT, crowded)
    labels = re.findall(r'aria-label="(Week from: [^"]*)"', svg)
    assert re.fullmatch(
        r"Week from: \d{1,2} [A-Z][a-z]{2} 2026; Project: .*; Hours: [\d.]+", labels[0]
    )
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert all(name.startswith("hours_by_project-") for name in ids)
    assert drawing(HOURS_BY_PROJECT, crowded) == svg
