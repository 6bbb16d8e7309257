"""Every chart draws nothing, too much, and the same thing twice."""

from __future__ import annotations

import json
import re
import struct

import altair as alt
import duckdb
import jsonschema
import pytest
import vl_convert

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.hours_by_project import HOURS_BY_PROJECT
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.render import MOST_BYTES, png, spec, spec_of_project
from pipelines.outputs.charts.theme import PAGE, PICTURE, TEXT_SIZE
from pipelines.outputs.charts.throughput import THROUGHPUT
from pipelines_tests.outputs.crowd import AS_OF

MOST_ROWS = 3500
EACH_CHART = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)


def drawn_text(specification: dict) -> str:
    return json.dumps(specification.get("datasets", {}), ensure_ascii=False)


@EACH_CHART
def test_empty_tables_give_a_picture_that_says_so(
    chart: Chart, con: duckdb.DuckDBPyConnection
) -> None:
    specification = spec(chart, con, AS_OF)
    assert specification["title"]["text"] == chart.title
    assert specification["title"]["subtitle"] == ["Nothing to show yet."]
    assert len(drawn_text(specification)) > 20
    assert png(chart, con, AS_OF).startswith(b"\x89PNG")


@EACH_CHART
def test_missing_tables_are_named(chart: Chart) -> None:
    specification = spec(chart, duckdb.connect(), AS_OF)
    text = " ".join(drawn_text(specification).replace('", "', " ").split())
    assert "Not computed yet" in text
    for table in chart.inputs:
        assert table in text


@EACH_CHART
def test_crowded_tables_are_bounded_and_described(
    chart: Chart, crowded: duckdb.DuckDBPyConnection
) -> None:
    specification = spec(chart, crowded, AS_OF, ink=PAGE)
    assert 0 < sum(len(rows) for rows in specification["datasets"].values()) <= MOST_ROWS
    assert '"url"' not in json.dumps(specification)
    notes = " ".join(specification["title"]["subtitle"])
    assert notes
    assert specification["description"] == f"{chart.title}. {notes}"


@EACH_CHART
def test_specifications_are_valid(
    chart: Chart, con: duckdb.DuckDBPyConnection, crowded: duckdb.DuckDBPyConnection
) -> None:
    """Runs do not validate what they draw: all of it, nothing, missing tables, or one project."""
    drawn = [spec(chart, crowded, AS_OF, ink=PAGE), spec(chart, con, AS_OF)]
    drawn.append(spec(chart, duckdb.connect(), AS_OF))
    for project, name in list(chart.projects(crowded, AS_OF).items())[:1] if chart.projects else ():
        drawn.append(spec_of_project(chart, crowded, AS_OF, project, name))
    schema = jsonschema.Draft7Validator(alt.load_schema())
    for specification in drawn:
        errors = list(schema.iter_errors(specification))
        assert not errors, min(errors, key=lambda error: len(error.message)).message[:500]


@EACH_CHART
def test_crowded_pictures_are_small_and_legible(
    chart: Chart, crowded: duckdb.DuckDBPyConnection
) -> None:
    picture = png(chart, crowded, AS_OF)
    assert len(picture) < MOST_BYTES
    width, height = struct.unpack(">II", picture[16:24])
    # A drawing without names beside its axis is narrower than others, with text of the same size.
    drawn = vl_convert.vegalite_to_svg(spec(chart, crowded, AS_OF))
    own_width = float(re.findall(r'viewBox="0 0 ([\d.]+) ', drawn)[0])
    assert round(TEXT_SIZE * width / own_width) >= 13
    assert width <= 1300
    assert height <= 1800


@pytest.mark.parametrize("chart", [HOURS_BY_PROJECT, THROUGHPUT], ids=lambda chart: chart.name)
def test_pictures_are_repeatable(chart: Chart, crowded: duckdb.DuckDBPyConnection) -> None:
    assert png(chart, crowded, AS_OF) == png(chart, crowded, AS_OF)


def test_a_page_recolours_the_same_drawing(crowded: duckdb.DuckDBPyConnection) -> None:
    picture, page = (spec(THROUGHPUT, crowded, AS_OF, ink=ink) for ink in (PICTURE, PAGE))
    assert picture.pop("config") != page.pop("config")
    assert picture == page
