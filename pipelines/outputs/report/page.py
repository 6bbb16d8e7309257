"""Writes the page: reads the figures, draws the charts, fills the template, and puts everything into one file.

The page asks no host for anything: Vega comes with it, and its content security policy forbids all requests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.by_project import PROJECT_TABLES, busiest_first
from pipelines.outputs.charts.render import spec, spec_of_nothing
from pipelines.outputs.charts.theme import PAGE
from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.figure import Figure, Reading, completed, query_text, read
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.questions import QUESTIONS
from pipelines.outputs.report.sections import SECTIONS
from pipelines.outputs.report.wording import UNKNOWN, raw, trend, written
from pipelines.project.files import replaced
from pipelines.project.texts.terminal import plain
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

_FOLDER = Path(__file__).parent
FILE_NAME = "report.html"


def tables_read() -> set[str]:
    """The addresses of the tables that figures, questions and charts read."""
    figures = (
        *COMPANY_FIGURES,
        *PROJECT_FIGURES,
        *MONEY_FIGURES,
        *(question.figure for question in QUESTIONS),
    )
    charts = (chart for section in SECTIONS for chart in section.charts)
    return {
        *(table for figure in figures for table in figure.tables),
        *(table for chart in charts for table in chart.inputs),
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
) -> Path:
    """Write ``report.html`` into ``folder`` and return its path; the file is replaced in one step.

    ``tracker_as_of`` is what counts as now in Tracker's figures and charts, where its data end before ``as_of``.

    ``con`` is a connection whose default catalog is the warehouse. Tables that are missing or empty do not fail it:
    the page says what is not known. With ``mode="demo"`` the page says that its data is invented.
    ``notes`` say what was left out of a source, assumed or replaced.
    """
    now = _Now(as_of, tracker_as_of or as_of)
    page = _template().render(
        as_of=as_of,
        tracker_as_of=tracker_as_of,
        mode=mode,
        notes=[plain(note) for note in notes],
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
        company=[_row(con, figure, now) for figure in COMPANY_FIGURES],
        money=[_row(con, figure, now) for figure in MONEY_FIGURES],
        projects=_projects(con, now.tracker),
        project_rows=[_row(con, figure, now) for figure in PROJECT_FIGURES],
        questions=_questions(con, now),
        sections=_sections(con, now),
        definitions={
            table.address: _html(table.definition)
            for tables in FAMILIES.values()
            for table in tables
        },
        scripts=[_program(_vega()), _program((_FOLDER / "page.js").read_text(encoding="utf-8"))],
    )
    path = folder / FILE_NAME
    with replaced(path) as written_path:
        written_path.write_text(page, encoding="utf-8")
    return path


def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(written=written, raw=raw, trend=trend, unknown=UNKNOWN)
    return environment.get_template("page.html.j2")


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
    return busiest_first(con, "SELECT id AS project_id FROM pivotal_tracker.projects", as_of)


def _questions(con: duckdb.DuckDBPyConnection, now: _Now) -> dict[str, list[Any]]:
    """The questions by answer: ``open`` (more than nothing found), ``settled``, ``unknown`` (a table is missing)."""
    answers: dict[str, list[Any]] = {"open": [], "settled": [], "unknown": []}
    for question in QUESTIONS:
        row = _row(con, question.figure, now)
        value = row.readings[0].value if row.readings else None
        answer = "unknown" if value is None else "open" if value else "settled"
        found = {"row": row, "action": question.action, "detail": None}
        if answer == "open" and question.detail:
            (found["detail"],) = con.execute(completed(question.detail, row.as_of)).fetchone() or (
                None,
            )
        answers[answer].append(found)
    return answers


def _sections(con: duckdb.DuckDBPyConnection, now: _Now) -> list[dict[str, Any]]:
    """The sections with their charts; a chart's title and notes become text of the page, which wraps."""
    sections = []
    for section in SECTIONS:
        charts = []
        for chart in section.charts:
            try:
                specification = spec(chart, con, now.of(chart.asset), ink=PAGE)
            except Exception as error:  # noqa: BLE001 (a chart that fails is told in its place, and the page goes on)
                sentence = f"This could not be drawn: {first_line(error)}"
                specification = spec_of_nothing(chart, sentence, ink=PAGE)
            title = specification.pop("title")
            charts.append(
                {
                    "chart": chart,
                    "notes": " ".join(title.get("subtitle", [])),
                    "json": _data(specification),
                }
            )
        sections.append({"section": section, "charts": charts})
    return sections


def _html(definition: str) -> Any:
    """The Markdown of a definition as HTML; tags in the Markdown are shown, not interpreted."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    return Markup(MarkdownIt("commonmark", {"html": False}).render(definition))


def _vega() -> str:
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _program(text: str) -> Any:
    """A program for inside a script element: no string in it can end the element."""
    from markupsafe import Markup

    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _data(value: Any) -> Any:
    """JSON for inside a script element: without any "<", text in it cannot end the element."""
    from markupsafe import Markup

    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))
