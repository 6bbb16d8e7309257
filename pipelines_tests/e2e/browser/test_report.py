"""The report as a person sees it, in a headless Chromium: drawn, readable, and every figure as the tables say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.figure import query_text
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines.outputs.report.sections import SECTIONS
from pipelines_tests.e2e.browser.seen import Demo, keep
from pipelines_tests.support.browser import Visit, visit

FIGURES = (
    *COMPANY_FIGURES,
    *MONEY_FIGURES,
    *PROJECT_FIGURES,
    *(question.figure for question in QUESTIONS),
)
KINDS = {figure.name: figure.kind for figure in FIGURES}
CHARTS = sum(len(section.charts) for section in SECTIONS)

pytestmark = pytest.mark.slow
BOTH_SCHEMES = pytest.mark.parametrize("visited", ["light", "dark"], indirect=True)


@BOTH_SCHEMES
def test_the_report_draws_everything_by_itself(visited: Visit, demo: Demo) -> None:
    page = visited.page
    page.goto(demo.report.as_uri())
    expect(page.locator("figure.chart svg")).to_have_count(CHARTS)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    expect(page.locator(".chart-data:has(table tbody tr)")).to_have_count(CHARTS)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = false")
    assert visited.errors == []
    assert [url for url in visited.requests if not url.startswith(("file:", "data:"))] == []
    scheme: Literal["light", "dark"] = page.evaluate(
        "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
    )
    assert brightness(page) > 0.9 if scheme == "light" else brightness(page) < 0.2
    keep(page, f"report_{scheme}", full_page=True)


def brightness(page: Page) -> float:
    """How bright the page's background is: 0 is black, 1 is white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 / 255


def test_the_report_fits_a_phone(page: Page, demo: Demo) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo.report.as_uri())
    expect(page.locator("figure.chart svg")).to_have_count(CHARTS)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


Key = tuple[str, str | None, str | None, str]


@dataclass(frozen=True)
class Shown:
    """A figure on the page: the value for machines and the text for people."""

    value: str
    text: str


@dataclass(frozen=True)
class Report:
    """What the page says: its moment, its figures by name, subject, currency and period, its queries by figure."""

    as_of: datetime
    figures: dict[Key, Shown]
    queries: dict[str, str]


@pytest.fixture(scope="module")
def report(browser: Browser, demo: Demo) -> Report:
    with visit(browser) as visited:
        page = visited.page
        page.goto(demo.report.as_uri())
        found = page.locator("data[data-figure]").evaluate_all(
            """all => all.map(one => [
                one.dataset.figure, one.dataset.subject ?? null, one.dataset.currency ?? null,
                one.dataset.period, one.value, one.textContent,
            ])"""
        )
        figures = {(name, *key): Shown(value, text) for name, *key, value, text in found}
        assert len(figures) == len(found), "a figure stands on the page twice"
        queries = page.locator("pre[data-query]").evaluate_all(
            "all => all.map(one => [one.dataset.query, one.textContent])"
        )
        as_of = page.locator("html").get_attribute("data-as-of")
        assert as_of
        return Report(datetime.fromisoformat(as_of), figures, dict(queries))


@pytest.fixture(scope="module")
def reported(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse that the report was written from."""
    with duckdb.connect(str(demo.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def test_every_figure_equals_what_its_query_finds(
    report: Report, reported: duckdb.DuckDBPyConnection
) -> None:
    """The query that the page shows with a figure gives, on the warehouse, what the page shows: that, and no more."""
    # Questions that found nothing are without their query on the page; all others are run as they are shown.
    queries = {
        figure.name: report.queries.get(figure.name, query_text(figure, report.as_of))
        for figure in FIGURES
    }
    found: dict[Key, Any] = {}
    for name, query in queries.items():
        for row in records(reported, query):
            subject = str(row["subject"]) if row.get("subject") else None
            for column, period in (("value", "current"), ("previous", "previous")):
                if row.get(column) is not None:
                    found[name, subject, row.get("currency"), period] = row[column]
    assert report.figures.keys() == found.keys()
    for key, value in found.items():
        shown = report.figures[key]
        assert same(shown.value, value), key
        assert says(shown.text, value, KINDS[key[0]]), (key, shown)


def records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def same(shown: str, value: Any) -> bool:
    if isinstance(value, date):
        return shown == value.isoformat()
    return math.isclose(float(shown), float(value), rel_tol=1e-9)


def says(text: str, value: Any, kind: str) -> bool:
    """Whether a text such as ``1,234.5 h`` is the value, to the precision it is written in."""
    if isinstance(value, date):
        return datetime.strptime(f"{text} +0000", "%d %b %Y %z").date() == value
    match = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert match, text
    precision = 10 ** -len((match[1] or ".")[1:])
    number = float(match[0].replace(",", ""))
    exact = float(value) / (24 if kind == "days" else 1)
    return math.isclose(number, exact, rel_tol=1e-9, abs_tol=precision * 0.501)


#: What the sources themselves say, by figure: rows of subject and value of the current period.
FROM_THE_SOURCES = {
    "project_velocity": """
        SELECT id AS subject, current_velocity AS value FROM pivotal_tracker.projects""",
    "project_wip": """
        SELECT project_id AS subject, count(*) AS value FROM pivotal_tracker.stories
        WHERE current_state IN ('started', 'finished', 'delivered', 'rejected') AND story_type != 'release'
        GROUP BY project_id""",
    "project_accepted_stories": """
        WITH zones AS (
            SELECT
                id AS project_id,
                time_zone->>'olson_name' AS zone,
                CAST(TIMESTAMPTZ '{as_of}' AT TIME ZONE zone AS DATE) AS today,
                list_position(
                    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'], week_start_day
                ) AS first_weekday,
                today - CAST((isodow(today) - first_weekday + 7) % 7 AS INTEGER) AS this_week
            FROM pivotal_tracker.projects
        )
        SELECT project_id AS subject, count(*) AS value
        FROM pivotal_tracker.stories JOIN zones USING (project_id)
        WHERE
            story_type != 'release'
            AND CAST(accepted_at AT TIME ZONE zone AS DATE) BETWEEN this_week - 28 AND this_week - 1
        GROUP BY project_id""",
    "hours_tracked": """
        WITH entries AS (
            SELECT
                CAST(time_interval->>'start' AS TIMESTAMPTZ) AS started,
                CAST(time_interval->>'end' AS TIMESTAMPTZ) AS ended,
                started AT TIME ZONE coalesce(person.settings->>'timeZone', 'UTC') AS local_start,
                date_trunc('week', TIMESTAMPTZ '{as_of}') AS this_week
            FROM clockify.time_entries AS entry
            LEFT JOIN clockify.users AS person ON person.id = entry.user_id
            WHERE type = 'REGULAR'
        )
        SELECT sum(epoch(ended - started)) / 3600 AS value
        FROM entries
        WHERE local_start >= this_week - INTERVAL 28 DAY AND local_start < this_week""",
}


@pytest.mark.parametrize("name", FROM_THE_SOURCES)
def test_a_figure_is_what_the_sources_say(
    report: Report, reported: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Counted from the raw tables, without any metric table. Counts are equal; hours nearly, because an entry that
    crosses the midnight between two weeks is counted here by its start, there by its parts.
    """
    shown = {
        subject: float(one.value)
        for (figure, subject, _, period), one in report.figures.items()
        if figure == name and period == "current"
    }
    query = FROM_THE_SOURCES[name].format(as_of=report.as_of.isoformat())
    found = {
        str(row["subject"]) if "subject" in row else None: row["value"]
        for row in records(reported, query)
    }
    assert shown
    assert shown == pytest.approx(found, rel=5e-3)
