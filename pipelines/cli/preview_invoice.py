"""``pipelines invoice-preview``: prints what could be billed, and keeps it as two files beside the report."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import click

from pipelines.defs.settings import Settings
from pipelines.outputs.billing.preview import PreviewError, harmless, preview
from pipelines.outputs.billing.written import as_csv, as_markdown
from pipelines.project.environment import SettingsError
from pipelines.project.files import replaced
from pipelines.project.texts.terminal import plain
from pipelines.warehouse.connection import Warehouse

_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")
_NOT_IN_NAMES = re.compile(r"[^\w-]+")


def preview_invoice(settings: Settings, client: str, month: str, folder: Path | None) -> None:
    """Print the Markdown, and write it and the CSV. Raises ``SettingsError`` for what cannot be previewed."""
    first = first_of(month)
    with Warehouse(settings.warehouse).connect(read_only=True) as connection:
        try:
            found = preview(connection, client, first)
        except PreviewError as error:
            raise SettingsError(str(error)) from None
        table = as_csv(found.lines, harmless(connection, found.lines))
    page = as_markdown(found)
    click.echo(plain(page), nl=False)
    target = folder or settings.report_dir / "invoice_previews"
    name = f"{_NOT_IN_NAMES.sub('_', found.client).strip('_') or 'client'}_{month}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for ending, text in (("md", page), ("csv", table)):
            path = target / f"{name}.{ending}"
            with replaced(path) as written:
                written.write_text(text, encoding="utf-8")
            click.echo(f"Written: {path}", err=True)
    except OSError as error:
        raise SettingsError(
            f"The preview cannot be written to {target} ({error.strerror}): name another folder with --to."
        ) from None


def first_of(month: str) -> date:
    """The first day of a month such as 2026-03. Raises ``SettingsError``."""
    found = _MONTH.fullmatch(month)
    if not found:
        raise SettingsError(f"--month must be a month such as 2026-03, not {month!r}.")
    return date(int(found[1]), int(found[2]), 1)
