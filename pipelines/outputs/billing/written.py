"""A preview as CSV for a spreadsheet, and as Markdown for a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from pipelines.outputs.billing.preview import Line, Preview
from pipelines.project.texts.markdown import cell

_FIELDS = (
    *("kind", "project", "person", "date", "description"),
    *("quantity", "unit_price", "amount", "currency"),
)


def as_csv(lines: Sequence[Line], texts: Sequence[tuple[str, str, str]]) -> str:
    """A row for each line, with a header; ``texts`` are project, person and description as harmless cells."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_FIELDS)
    for line, (project, person, description) in zip(lines, texts, strict=True):
        writer.writerow(
            (
                line.kind,
                project,
                person,
                line.day or "",
                description,
                line.quantity,
                _plain(line.unit_price),
                _plain(line.amount),
                line.currency or "",
            )
        )
    return file.getvalue()


def as_markdown(preview: Preview) -> str:
    """A page with a table of the work, one of the expenses, and the sum of each currency."""
    return "\n".join(_page(preview)) + "\n"


def _page(preview: Preview) -> Iterator[str]:
    yield f"# What could be billed to {cell(preview.client)} for {preview.month:%B %Y}"
    yield ""
    yield "A preview: nothing was written into Clockify. Amounts are without discount and tax."
    time = [line for line in preview.lines if line.kind == "time"]
    expenses = [line for line in preview.lines if line.kind == "expense"]
    if time:
        yield from ("", "## Time", "")
        yield "| project | person | hours | rate | amount |"
        yield "|---|---|---:|---:|---:|"
        for line in time:
            amounts = f"{_money(line.unit_price, line)} | {_money(line.amount, line)}"
            who = cell(line.person or "unknown")
            yield f"| {cell(line.project)} | {who} | {line.quantity:,.2f} | {amounts} |"
    if expenses:
        yield from ("", "## Expenses", "")
        yield "| date | project | person | what | amount |"
        yield "|---|---|---|---|---:|"
        for line in expenses:
            where = f"{line.day} | {cell(line.project)} | {cell(line.person or 'unknown')}"
            yield f"| {where} | {cell(line.description)} | {_money(line.amount, line)} |"
    yield from ("", "## Sum", "")
    if not preview.lines:
        yield "There is nothing to bill."
    for currency, amount in sorted(preview.totals.items()):
        yield f"* {amount:,.2f} {cell(currency)}"
    if preview.unrated_hours:
        yield f"* {preview.unrated_hours:,.2f} h have no rate and are in no sum: set one in Clockify."
    if preview.on_void:
        yield (
            f"* {preview.on_void:,} entries or expenses stand on a void invoice: Clockify offers them only once they are taken "
            "off it."
        )


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def _money(amount: Decimal | None, line: Line) -> str:
    return "no rate" if amount is None else f"{amount:,.2f} {cell(line.currency or '')}".strip()
