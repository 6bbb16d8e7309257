"""Writes the pages of projects, clients, teams and people, and the page that lists those of a kind.

They lie in the folder ``report`` beside the page of the company, which leads to them. Not here: what is on which page
(``subjects``), and the periods (``spans``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.report.drawn import Drawn, drawn_of_project
from pipelines.outputs.report.figure import completed
from pipelines.outputs.report.listing import Listing, Shown, records, shown, with_rows
from pipelines.outputs.report.measures import Found, Measure, Measured, measured
from pipelines.outputs.report.spans import Span
from pipelines.outputs.report.subjects import PERSON, SUBJECT_KINDS, Subject, SubjectKind
from pipelines.outputs.report.template import definitions, rendered
from pipelines.project.files import replaced

if TYPE_CHECKING:
    import duckdb

#: The folder of these pages, beside the page of the company.
FOLDER_NAME = "report"
#: Drawings take their time: so many projects have them, those that accepted the most stories first.
MOST_DRAWN = 12


@dataclass(frozen=True)
class Context:
    """What all pages of one report share; the project ``drawn`` has drawings whatever its place."""

    con: duckdb.DuckDBPyConnection
    as_of: datetime
    tracker_as_of: datetime | None
    mode: Literal["demo", "live"]
    spans: Sequence[Span]
    drawn: str | None = None

    def now(self, kind: SubjectKind) -> datetime:
        """What counts as now for subjects of the kind."""
        is_tracker = kind.tables[0].startswith("pivotal_tracker.")
        return (self.tracker_as_of or self.as_of) if is_tracker else self.as_of

    @property
    def shared(self) -> dict[str, Any]:
        """What every template needs."""
        return {
            "as_of": self.as_of,
            "tracker_as_of": self.tracker_as_of,
            "mode": self.mode,
            "spans": self.spans,
        }


class Pages:
    """Which subjects have a page, and where."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *, people: bool) -> None:
        self.kinds: dict[SubjectKind, list[Subject]] = {
            kind: _subjects(con, kind) for kind in SUBJECT_KINDS if people or kind is not PERSON
        }
        self._files = {
            (kind.name, subject.id): kind.file_name(subject.id)
            for kind, subjects in self.kinds.items()
            for subject in subjects
        }

    def from_company(self, kind: str, subject: str) -> str | None:
        """The address of a subject's page, as the page of the company names it."""
        file = self._files.get((kind, subject))
        return f"{FOLDER_NAME}/{file}" if file else None

    def beside(self, kind: str, subject: str) -> str | None:
        """The same as the other pages of the folder name it."""
        return self._files.get((kind, subject))


def _subjects(con: duckdb.DuckDBPyConnection, kind: SubjectKind) -> list[Subject]:
    """Those of a kind; none where a table is broken, of which the page of the company tells."""
    try:
        return kind.subjects(con)
    except Exception:  # noqa: BLE001 (a page without them is better than no report)
        return []


@dataclass(frozen=True)
class Number:
    """A measure of one subject, by the name of the period."""

    measure: Measure
    by_span: dict[str, list[Measured]]


def write_subject_pages(context: Context, pages: Pages, folder: Path) -> int:
    """Write every page into ``folder``/report, remove those of subjects that are gone; returns how many there are."""
    target = folder / FOLDER_NAME
    target.mkdir(parents=True, exist_ok=True)
    written = set()
    for kind, subjects in pages.kinds.items():
        written.add(_write(target / f"{kind.plural}.html", _index(context, kind, subjects, pages)))
        for name, page in _pages(context, kind, subjects, pages):
            written.add(_write(target / name, page))
    for path in target.glob("*.html"):
        if path.name not in written:
            path.unlink()
    return len(written)


def _write(path: Path, page: str) -> str:
    with replaced(path) as written_path:
        written_path.write_text(page, encoding="utf-8")
    return path.name


def _index(context: Context, kind: SubjectKind, subjects: Sequence[Subject], pages: Pages) -> str:
    """The page that lists the subjects of a kind with the first of the periods."""
    spans = context.spans[:1]
    found = {
        measure: measured(context.con, measure, spans)
        for measure in kind.measures
        if measure.kind != "money"
    }
    rows = [
        (subject, pages.beside(kind.name, subject.id), _numbers(subject, found, spans))
        for subject in subjects
    ]
    return rendered(
        "subjects",
        **context.shared,
        kind=kind,
        measures=list(found),
        rows=rows,
        span=spans[0],
        kinds=list(pages.kinds),
    )


def _pages(
    context: Context, kind: SubjectKind, subjects: Sequence[Subject], pages: Pages
) -> Iterable[tuple[str, str]]:
    """File name and text of each subject's page."""
    found = {measure: measured(context.con, measure, context.spans) for measure in kind.measures}
    lists = [_split(context, listing, kind) for listing in kind.lists]
    charts = _projects_of_charts(context, kind)
    for place, subject in enumerate(subjects):
        is_drawn = place < MOST_DRAWN or subject.id == context.drawn
        drawings = _drawings(context, kind, subject, charts) if is_drawn else []
        page = rendered(
            "subject",
            **context.shared,
            kind=kind,
            subject=subject,
            numbers=_numbers(subject, found, context.spans),
            listings=[_of_subject(part, subject, pages) for part in lists],
            charts=drawings,
            left_out=len(subjects) if kind.charts and not is_drawn else 0,
            most_drawn=MOST_DRAWN,
            definitions=definitions() if drawings else {},
        )
        yield kind.file_name(subject.id), page


def _numbers(
    subject: Subject, found: dict[Measure, Found | None], spans: Sequence[Span]
) -> list[Number]:
    """The measures of a subject. What it had before there was any data of it is not known."""
    numbers = []
    for measure, values in found.items():
        by_span = {}
        for span in spans:
            known = (values or {}).get((subject.id, span.name), [Measured()])
            by_span[span.name] = [_told(each, measure, values, subject, span) for each in known]
        numbers.append(Number(measure, by_span))
    return numbers


def _told(
    one: Measured, measure: Measure, values: Found | None, subject: Subject, span: Span
) -> Measured:
    if values is None or not measure.adds_up or subject.since is None:
        return one
    value = 0 if one.value is None and subject.since <= span.first else one.value
    previous = 0 if one.previous is None and subject.since <= span.before_first else one.previous
    return Measured(value, previous, one.currency)


_Split = tuple[Listing, Shown | None, dict[str, list[dict[str, Any]]]]


def _split(context: Context, listing: Listing, kind: SubjectKind) -> _Split:
    """The rows of a list by the subject that they belong to, or why there are none."""
    failed = shown(context.con, listing, context.now(kind))
    if failed.failure:
        return listing, failed, {}
    rows = defaultdict(list)
    for row in records(context.con, completed(listing.sql, context.now(kind))):
        rows[str(row[kind.key])].append(row)
    return listing, None, rows


def _of_subject(split: _Split, subject: Subject, pages: Pages) -> Shown:
    listing, failed, rows = split
    return failed or with_rows(listing, rows.get(subject.id, []), pages.beside)


_ProjectsOfCharts = list[tuple[Chart, dict[int, str]]]


def _projects_of_charts(context: Context, kind: SubjectKind) -> _ProjectsOfCharts:
    """The charts whose tables there are, with the projects that have a panel in each."""
    found = []
    for chart in kind.charts:
        if chart.projects and all(exists(context.con, table) for table in chart.inputs):
            # A chart of a broken table is told on the company's page.
            with suppress(Exception):
                found.append((chart, chart.projects(context.con, context.now(kind))))
    return found


def _drawings(
    context: Context, kind: SubjectKind, subject: Subject, charts: _ProjectsOfCharts
) -> list[Drawn]:
    return [
        drawn_of_project(context.con, chart, context.now(kind), int(subject.id), subject.name)
        for chart, projects in charts
        if int(subject.id) in projects
    ]
