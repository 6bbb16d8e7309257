"""The page: every figure is what its shown query gives, nothing is fetched, nothing in the data becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.page import write_report
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.template import markup
from pipelines_tests.outputs import crowd
from pipelines_tests.support.metric_tables import metric_warehouse
from pipelines_tests.support.tables import insert

HOSTILE = "</script><script>alert(1)</script><!--"


class Page(HTMLParser):
    """What the tests look at: elements with their attributes, figures, and the text of queries."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.queries: dict[str, str] = {}
        self._query: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        self._query = attributes.get("data-query", self._query)

    def handle_data(self, data: str) -> None:
        if self._query:
            self.queries[self._query] = data
            self._query = None

    @property
    def figures(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if "data-figure" in attributes]


@pytest.fixture(scope="module")
def crowded_page(
    crowded: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> str:
    path = write_report(crowded, crowd.AS_OF, tmp_path_factory.mktemp("report"), mode="demo")
    assert path.name == "report.html"
    return path.read_text(encoding="utf-8")


def test_every_figure_is_what_its_query_gives(
    crowded_page: str, crowded: duckdb.DuckDBPyConnection
) -> None:
    page = Page(crowded_page)
    assert len(page.figures) > 30
    for figure in page.figures:
        cursor = crowded.execute(page.queries[str(figure["data-figure"])])
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        column = {"current": "value", "previous": "previous"}[str(figure["data-period"])]
        [row] = [
            row
            for row in rows
            if str(row.get("subject")) == str(figure.get("data-subject"))
            and row.get("currency") == figure.get("data-currency")
        ]
        assert figure["value"] == str(row[column]), figure


def test_every_figure_and_chart_has_its_definition_on_demand(crowded_page: str) -> None:
    page = Page(crowded_page)
    assert {figure["data-figure"] for figure in page.figures} <= set(page.queries)
    charts = [attributes["id"] for tag, attributes in page.elements if tag == "figure"]
    assert sorted(map(str, charts)) == sorted(f"chart-{chart.name}" for chart in CHARTS)
    for chart in CHARTS:
        assert f">Definition: {chart.asset}</summary>" in crowded_page
    assert "As of 30 Jun 2026, 12:00 UTC" in crowded_page


def test_nothing_is_fetched(crowded_page: str) -> None:
    page = Page(crowded_page)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object"}
        assert "src" not in attributes, tag
        # A link is followed only by whoever clicks it: to another page of the report, or to a story, release or epic.
        href = str(attributes.get("href", "#"))
        elsewhere = tag == "a" and attributes.get("rel") == "noreferrer"
        assert href.startswith(("#", "report/")) or elsewhere, href
    [policy] = [
        attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes
    ]
    assert str(policy).startswith("default-src 'none';")
    assert not re.search(r"(https?:)?//", str(policy))
    style = crowded_page.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_reads_without_a_program(crowded_page: str) -> None:
    """Every drawing is in the page as it is shown, with what its marks say; the policy forbids programs of others."""
    assert crowded_page.count('<div class="drawing"><svg ') == len(CHARTS)
    assert "unsafe-eval" not in crowded_page
    for mark in ("Title: Story", "Iteration: ", "Week from: "):
        assert mark in crowded_page, mark
    ids = [attributes["id"] for _, attributes in Page(crowded_page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_figure_says_of_which_period_it_is(crowded_page: str) -> None:
    """Beside the figure itself, not only in its definition, which print leaves out."""
    figures = [*COMPANY_FIGURES, *PROJECT_FIGURES]
    assert all(figure.period for figure in MONEY_FIGURES)
    for figure in figures:
        assert f'<span class="period">{figure.period}</span>' in crowded_page, figure.name
    compared = {figure.before for figure in figures if figure.before}
    shown = [before for before in compared if f"\n{before}: <data" in crowded_page]
    assert len(shown) >= 3


def test_tables_in_definitions_are_tables(crowded_page: str) -> None:
    assert "|---|" not in crowded_page
    assert markup("| a | b |\n|---|---|\n| 1 | <b> |").count("<td>") == 2
    assert "<b>" not in markup("| a |\n|---|\n| <b> |")


def test_demo_data_is_marked_and_live_data_is_not(
    crowded_page: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    live_page = write_report(con, crowd.AS_OF, tmp_path, mode="live").read_text(encoding="utf-8")
    assert "Demo data." in crowded_page
    assert "(demo data)</title>" in crowded_page
    assert "demo data" not in live_page.lower()


@pytest.mark.parametrize("warehouse", [metric_warehouse, duckdb.connect], ids=["empty", "missing"])
def test_unknown_is_not_zero(warehouse: object, tmp_path: Path) -> None:
    con = warehouse()  # type: ignore[operator]
    text = write_report(con, crowd.AS_OF, tmp_path, mode="live").read_text(encoding="utf-8")
    page = Page(text)
    assert "not known" in text
    headline = [
        figure for figure in page.figures if figure["data-figure"] in {"utilization", "wip"}
    ]
    assert headline == []


def test_nothing_in_the_data_becomes_markup(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    insert(con, "pivotal_tracker.projects", [{"id": 1, "name": HOSTILE}])
    week = {"project_id": 1, "week_start": "2026-06-01", "story_type": "bug", "is_partial": False}
    insert(con, "project_management.throughput_weekly", [{**week, "accepted": 1, "created": 1}])
    text = write_report(con, crowd.AS_OF, tmp_path, mode="live").read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert HOSTILE not in text
    assert "<script>alert" not in text
    assert text.count("</script>") == 1


def test_headings_do_not_skip_a_level_and_regions_are_named(crowded_page: str) -> None:
    page = Page(crowded_page)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_what_was_left_out_of_an_archive_is_told(tmp_path: Path) -> None:
    notes = ["harbor.csv, line 3: is not CSV and was left out.", HOSTILE]
    with metric_warehouse() as con:
        text = write_report(con, crowd.AS_OF, tmp_path, mode="live", notes=notes).read_text()
    section = text.partition('id="data-title"')[2].partition("</section>")[0]
    assert "assumed or replaced: 2" in section
    assert notes[0] in section
    assert HOSTILE not in section
