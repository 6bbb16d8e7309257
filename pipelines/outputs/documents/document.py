"""What a document is, whatever it is about, and how it becomes a line of a file.

The fields are PyAirbyte's own for documents: ``id``, ``content`` (Markdown), ``metadata`` (flat values to filter by) and
``last_modified``. Not here: any kind of document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Document = dict[str, Any]


def line(document: Document) -> str:
    """JSON on one line, also for readers that end a line at U+0085, U+2028 or U+2029."""
    text = json.dumps(document, ensure_ascii=False)
    return text.translate({code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)})


def content_hash(document: Document) -> str:
    """The same as long as an index would hold the same: the moment that counts as now is no change."""
    metadata = {name: value for name, value in document["metadata"].items() if name != "as_of"}
    told = json.dumps([document["content"], metadata], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def markdown(
    title: str, facts: Iterable[str], sections: Iterable[tuple[str, Sequence[str]]]
) -> str:
    """A title, facts, and the sections that have lines; what people wrote in them is escaped already."""
    blocks = [f"# {title}", "\n".join(f"- {fact}" for fact in facts if fact)]
    blocks += [
        f"## {heading}\n\n" + "\n".join(f"- {text}" for text in lines)
        for heading, lines in sections
        if lines
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(value: Any) -> Any:
    """A value as metadata has it: instants and days as ISO text, decimals as numbers."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
