"""The digest of a week as Markdown: headline figures, what changed, what is at risk.

Not here: sending it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.outputs.alerts.rules import RULES, Ground, alerts
from pipelines.outputs.report.changes import changes
from pipelines.outputs.report.headline import headline_lines
from pipelines.outputs.report.snapshots import earlier, taken
from pipelines.outputs.report.wording import day

if TYPE_CHECKING:
    from datetime import datetime

_MOST_NAMED = 5


def digest(
    ground: Ground, report: Path, *, tracker_as_of: datetime | None = None
) -> tuple[str, str]:
    """Title and text. ``report`` is where the pages lie."""
    return f"Delivery digest, {day(ground.as_of)}", "\n".join(
        _lines(ground, report, tracker_as_of or ground.as_of)
    )


def _lines(ground: Ground, report: Path, tracker_as_of: datetime) -> Iterator[str]:
    yield from (f"* {line}" for line in headline_lines(ground.con, ground.as_of))
    before = earlier(ground.folder, ground.as_of)
    said = changes(ground.con, before, taken(ground.con, ground.as_of), tracker_as_of)
    if said.since:
        yield f"\n**Changed since {day(said.since)}**\n"
        for group in said.groups:
            named = "; ".join(one.text for one in group.named[:_MOST_NAMED])
            more = group.count - min(len(group.named), _MOST_NAMED)
            yield f"* {group.title} ({group.count}): {named}{f'; and {more} more' if more else ''}"
    at_risk = [(rule.title, alerts(rule, ground)) for rule in RULES]
    if any(found for _, found in at_risk):
        yield "\n**Needs attention**\n"
    for title, found in at_risk:
        for one in found[:_MOST_NAMED]:
            yield f"* {title}: {one.text}"
        if len(found) > _MOST_NAMED:
            yield f"* {title}: and {len(found) - _MOST_NAMED} more"
    if report.exists():
        yield f"\nThe report: {report}"
