"""What a materialization tells about a stream: numbers that plot over time, and a preview.

Here: metadata only; building it never fails a run. Not here: reading or publishing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.project.texts.markdown import cell
from pipelines.project.texts.secrets import blotted
from pipelines.pyairbyte.conform import Drift
from pipelines.pyairbyte.destination import PublishedStream, StagedStream

_CELL_LENGTH = 60


def materialization_metadata(staged: StagedStream, published: PublishedStream) -> dict[str, Any]:
    """Dagster metadata of one published stream; counts are ints and times floats, so that the UI plots them."""
    warnings = [*staged.warnings, *published.warnings]
    return {
        "dagster/row_count": published.rows,
        "rows_read": staged.records,
        "rows_added": published.added,
        "rows_changed": published.changed,
        "rows_removed": published.removed,
        **({} if staged.requests is None else {"requests": staged.requests}),
        "seconds": round(staged.seconds, 3),
        **_drift_metadata(staged.drift, staged.records),
        **({"warnings": "\n".join(warnings)} if warnings else {}),
    }


def preview_metadata(published: PublishedStream) -> dict[str, Any]:
    """A few rows of the table as Dagster metadata: kilobytes, unlike ``materialization_metadata``."""
    return {"preview": dg.MetadataValue.md(markdown_table(published.preview))}


def _drift_metadata(drift: Drift, records: int) -> dict[str, Any]:
    found = {"undeclared_fields": drift.undeclared, "retyped_fields": drift.retyped}
    metadata: dict[str, Any] = {name: value for name, value in found.items() if value}
    if records and drift.unseen:
        metadata["fields_never_sent"] = sorted(drift.unseen)
    return metadata


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """``rows`` as a Markdown table with shortened, plain cells; a sentence when there are none.

    What people read comes first: names, then all else, then ids.
    """
    if not rows:
        return "no rows"
    names = sorted(rows[0], key=_place)
    lines = [_line(names), _line(["---"] * len(names))]
    lines += [_line([_cell(row[name]) for name in names]) for row in rows]
    return "\n".join(lines)


def _place(column: str) -> int:
    if column in ("name", "title") or column.endswith("_name"):
        return 0
    return 2 if column in ("id", "ids") or column.endswith(("_id", "_ids")) else 1


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        value = round(value, 4)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    is_json = isinstance(value, (bool, list, dict))
    text = json.dumps(value, default=str, ensure_ascii=False) if is_json else str(value)
    text = " ".join(blotted(text).split())
    return cell(text if len(text) <= _CELL_LENGTH else text[: _CELL_LENGTH - 1] + "…")
