"""All charts at a glance: small pictures of every chart, or its name where the page would become too long."""

from __future__ import annotations

import base64
import io
import re

import duckdb
import pytest
from PIL import Image

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.report import dashboard as module
from pipelines.outputs.report.dashboard import MOST_CHARACTERS, dashboard
from pipelines.outputs.report.sections import SECTIONS
from pipelines_tests.outputs.crowd import AS_OF

PICTURE = re.compile(r"!\[(?P<title>[^]]+)\]\(data:image/png;base64,(?P<data>[^)]+)\)")


@pytest.mark.slow
def test_a_crowded_company_fits(crowded: duckdb.DuckDBPyConnection) -> None:
    text = dashboard(crowded, AS_OF, AS_OF)
    assert len(text) <= MOST_CHARACTERS + 2_000
    pictures = {found["title"]: found["data"] for found in PICTURE.finditer(text)}
    named = {chart.title for chart in CHARTS if f"{chart.title}: in the report" in text}
    assert {*pictures, *named} == {chart.title for chart in CHARTS}
    assert len(named) <= 3
    for data in pictures.values():
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        assert 250 < picture.width < 500
    headings = [section.title for section in SECTIONS if section.charts]
    assert re.findall(r"^### (.+)$", text, re.MULTILINE) == headings


def test_what_does_not_fit_is_named(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CHARACTERS", 6_000)
    text = dashboard(con, AS_OF, AS_OF)
    shown = {found["title"] for found in PICTURE.finditer(text)}
    assert 0 < len(shown) < len(CHARTS)
    for chart in CHARTS:
        assert chart.title in shown or f"{chart.title}: in the report" in text
