"""Writes the page of the company: reads the figures, the questions and the lists, draws the charts, fills the template.

The page is one file that asks no host for anything. Not here: the pages of projects, clients, teams and people
(``subject_pages``), which are written with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipelines.metrics.settings import ReportSettings
from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.by_project import PROJECT_TABLES, busiest_first
from pipelines.outputs.report.changes import changes
from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.drawn import drawn
from pipelines.outputs.report.figure import Figure, Reading, completed, query_text, read
from pipelines.outputs.report.kept import keep_copy
from pipelines.outputs.report.links import safe_url
from pipelines.outputs.report.listing import shown
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines.outputs.report.questions.model import Named, Question, named, total
from pipelines.outputs.report.sections import SECTIONS
from pipelines.outputs.report.snapshots import earlier, keep, taken
from pipelines.outputs.report.spans import Span, usual_spans
from pipelines.outputs.report.subject_pages import Context, Pages, write_subject_pages
from pipelines.outputs.report.subjects import SUBJECT_KINDS
from pipelines.outputs.report.template import definitions, rendered
from pipelines.project.files import replaced
from pipelines.project.texts.terminal import plain
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

FILE_NAME = "report.html"


def tables_read() -> set[str]:
    """The addresses of the tables that figures, questions, lists and charts read."""
    figures = (
        *COMPANY_FIGURES,
        *PROJECT_FIGURES,
        *MONEY_FIGURES,
        *(question.figure for question in QUESTIONS),
    )
    charts = (chart for section in SECTIONS for chart in section.charts)
    lists = [listing for section in SECTIONS for listing in section.listings]
    lists += [listing for kind in SUBJECT_KINDS for listing in kind.lists]
    measures = (measure for kind in SUBJECT_KINDS for measure in kind.measures)
    return {
        *(table for kind in SUBJECT_KINDS for table in kind.tables),
        *(table for measure in measures for table in measure.tables),
        *(table for figure in figures for table in figure.tables),
        *(table for chart in charts for table in chart.inputs),
        *(table for listing in lists for table in listing.tables),
    }


@dataclass(frozen=True)
class _Now:
    """What counts as now, and what does in Tracker."""

    clock: datetime
    tracker: datetime

    def of(self, address: str) -> datetime:
        """What counts as now in the metric table at ``address``."""
        return self.tracker if address.startswith("project_management.") else self.clock


@dataclass(frozen=True)
class Row:
    """A figure with its readings, ready for the template."""

    figure: Figure
    readings: list[Reading]
    query: str
    as_of: datetime


def write_report(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    folder: Path,
    *,
    mode: Literal["demo", "live"],
    notes: Sequence[str] = (),
    tracker_as_of: datetime | None = None,
    settings: ReportSettings | None = None,
    chosen: Span | None = None,
    drawn_project: str | None = None,
) -> Path:
    """Write ``report.html`` into ``folder``, the pages it leads to into ``report`` beside it, and return its path.

    Each file is replaced in one step. ``chosen`` is a period that the pages offer first;
    ``drawn_project`` is the id of a project whose page has drawings in any case.

    ``tracker_as_of`` is what counts as now in Tracker's figures and charts, where its data end before ``as_of``.

    ``con`` is a connection whose default catalog is the warehouse. Tables that are missing or empty do not fail it:
    the page says what is not known. With ``mode="demo"`` the page says that its data is invented.
    ``notes`` say what was left out of a source, assumed or replaced.
    """
    settings = settings or ReportSettings()
    now = _Now(as_of, tracker_as_of or as_of)
    spans = ((chosen,) if chosen else ()) + usual_spans(as_of.date())
    context = Context(con, as_of, tracker_as_of, mode, spans, drawn_project)
    # Pages of people without names would tell them apart all the same.
    pages = Pages(con, people=settings.person_pages and settings.people == "names")
    said = taken(con, as_of)
    page = rendered(
        "company",
        **context.shared,
        pages=pages,
        changes=changes(con, earlier(folder, as_of), said, now.tracker),
        notes=[plain(note) for note in notes],
        company=[_row(con, figure, now) for figure in COMPANY_FIGURES],
        money=[_row(con, figure, now) for figure in MONEY_FIGURES],
        projects=_projects(con, now.tracker),
        project_rows=[_row(con, figure, now) for figure in PROJECT_FIGURES],
        questions=_questions(con, now),
        sections=_sections(con, now, pages),
        definitions=definitions(),
    )
    path = folder / FILE_NAME
    with replaced(path) as written_path:
        written_path.write_text(page, encoding="utf-8")
    write_subject_pages(context, pages, folder)
    keep(folder, said)
    keep_copy(path, as_of.date(), settings.keep)
    return path


def _row(con: duckdb.DuckDBPyConnection, figure: Figure, now: _Now) -> Row:
    as_of = now.of(figure.tables[0])
    query = query_text(figure, as_of)
    try:
        return Row(figure, read(con, figure, as_of), query, as_of)
    except Exception as error:  # noqa: BLE001 (what cannot be known is shown as unknown, with the reason)
        return Row(figure, [], f"{query}\n\n-- It failed: {first_line(error)}", as_of)


def _projects(con: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[int, str]:
    """Names of the Tracker projects by id, in the order in which charts show them."""
    if not all(exists(con, table) for table in PROJECT_TABLES):
        return {}
    try:
        return busiest_first(con, "SELECT id AS project_id FROM pivotal_tracker.projects", as_of)
    except Exception:  # noqa: BLE001 (a list without names is better than no report)
        return {}


def _questions(con: duckdb.DuckDBPyConnection, now: _Now) -> dict[str, list[Any]]:
    """The questions by answer: ``open`` (more than nothing found), ``settled``, ``unknown`` (a table is missing)."""
    answers: dict[str, list[Any]] = {"open": [], "settled": [], "unknown": []}
    for asked in QUESTIONS:
        row = _row(con, asked.figure, now)
        value = row.readings[0].value if row.readings else None
        answer = "unknown" if value is None else "open" if value else "settled"
        details = _details(con, asked, row.as_of) if answer == "open" else {}
        answers[answer].append({"row": row, "action": asked.action, **details})
    return answers


def _details(con: duckdb.DuckDBPyConnection, asked: Question, as_of: datetime) -> dict[str, Any]:
    """What an open question counts, by name, and more about it."""
    found = [_linked(one) for one in named(con, asked, as_of)]
    detail = None
    if asked.detail:
        (detail,) = con.execute(completed(asked.detail, as_of)).fetchone() or (None,)
    return {
        "named": found,
        "amounts": any(one.amount != 1 for one in found),
        "more": total(con, asked, as_of) - len(found),
        "detail": detail,
        "chart": asked.chart,
    }


def _linked(one: Named) -> Named:
    return Named(one.name, one.amount, one.note, safe_url(one.url))


def _sections(con: duckdb.DuckDBPyConnection, now: _Now, pages: Pages) -> list[dict[str, Any]]:
    """The sections with their lists and charts."""
    return [
        {
            "section": section,
            "listings": [
                shown(con, listing, now.of(listing.tables[0]), pages.from_company)
                for listing in section.listings
            ],
            "charts": [drawn(con, chart, now.of(chart.asset)) for chart in section.charts],
        }
        for section in SECTIONS
    ]
