"""The catalog: every chart belongs to a metric table, reads declared tables, and costs nothing to list."""

from __future__ import annotations

import subprocess
import sys

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.report.sections import SECTIONS
from pipelines.sources.registry import CONNECTORS

METRIC_TABLES = {table.address for tables in FAMILIES.values() for table in tables}
RAW_TABLES = {
    f"{schema}.{stream.name}" for schema, source in CONNECTORS.items() for stream in source.streams
}


def test_names_and_titles_are_unique() -> None:
    assert (
        len({chart.name for chart in CHARTS})
        == len({chart.title for chart in CHARTS})
        == len(CHARTS)
    )


def test_each_chart_belongs_to_a_metric_table_that_it_reads() -> None:
    for chart in CHARTS:
        assert chart.asset in METRIC_TABLES, chart.name
        assert chart.asset in chart.inputs, chart.name


def test_charts_read_declared_tables_only() -> None:
    for chart in CHARTS:
        assert set(chart.inputs) <= METRIC_TABLES | RAW_TABLES, chart.name


def test_the_report_shows_each_chart_once() -> None:
    shown = [chart.name for section in SECTIONS for chart in section.charts]
    assert sorted(shown) == sorted(chart.name for chart in CHARTS)


def test_listing_the_charts_imports_nothing_heavy() -> None:
    heavy = {"altair", "duckdb", "jinja2", "pandas", "vl_convert"}
    code = f"""
import sys
import pipelines.outputs.charts.catalog, pipelines.outputs.charts.exports, pipelines.outputs.charts.render, pipelines.outputs.report.page
import pipelines.outputs.documents.story_documents
print(*sorted({heavy!r} & set(sys.modules)))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (found.stdout.strip(), found.stderr) == ("", "")
