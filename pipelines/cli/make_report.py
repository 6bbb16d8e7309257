"""``pipelines report``: writes the report from the warehouse as it is, prints it to PDF, opens it.

Not here: what is in the report.
"""

from __future__ import annotations

import webbrowser
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from pipelines.cli.print_page import print_page
from pipelines.defs.settings import Settings
from pipelines.metrics.settings import MetricSettingsError
from pipelines.project.environment import SettingsError
from pipelines.warehouse.connection import Warehouse

if TYPE_CHECKING:
    import duckdb

    from pipelines.outputs.report.subjects import Subject


def make_report(
    settings: Settings, *, project: str | None, period: str | None, pdf: bool, opens: bool
) -> None:
    """Write the report and tell its path. Raises ``SettingsError`` where something named does not exist."""
    from pipelines.defs.report import written_report
    from pipelines.defs.resources import Sources
    from pipelines.outputs.report.spans import SpanError, named_span
    from pipelines.outputs.report.subject_pages import FOLDER_NAME
    from pipelines.outputs.report.subjects import PROJECT

    warehouse = Warehouse(settings.warehouse)
    try:
        chosen = named_span(period) if period else None
    except SpanError as error:
        raise SettingsError(str(error)) from None
    if not warehouse.backend.is_there:
        command = "make demo" if settings.is_demo else "make sync"
        raise SettingsError(f"There is nothing to report yet: `{command}` reads the data first.")
    as_of = settings.as_of or datetime.now(timezone.utc)
    with warehouse.connect(read_only=True) as connection:
        subject = _project(connection, project) if project else None
        try:
            page = written_report(
                connection,
                Sources(settings, warehouse),
                as_of,
                chosen=chosen,
                drawn_project=subject.id if subject else None,
            )
        except MetricSettingsError as error:
            raise SettingsError(str(error)) from None
    if subject:
        page = page.parent / FOLDER_NAME / PROJECT.file_name(subject.id)
    click.echo(f"The report is {page}: {page.as_uri()}")
    if pdf:
        click.echo(f"The PDF is {print_page(page)}")
    if opens and not webbrowser.open(page.as_uri()):
        raise SettingsError(f"No browser could be opened: open {page.as_uri()} in one.")


def _project(connection: duckdb.DuckDBPyConnection, wanted: str) -> Subject:
    from pipelines.outputs.report.subjects import PROJECT

    subjects = PROJECT.subjects(connection)
    found = [one for one in subjects if wanted in (one.id, one.name)] or [
        one for one in subjects if wanted.lower() in one.name.lower()
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{one.name} ({one.id})" for one in (found or subjects)[:10])
    which = "is more than one project" if found else "is no project that was read"
    raise SettingsError(f"--project {wanted!r} {which}: name one of {known or 'none'}.")
