"""What changed since an earlier report, by name: stories, scope, dates, budgets.

Not here: how what a report said is kept (``snapshots``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.outputs.report.links import safe_url
from pipelines.outputs.report.listing import Cell, records_if_readable
from pipelines.outputs.report.snapshots import Snapshot
from pipelines.outputs.report.wording import day

if TYPE_CHECKING:
    import duckdb

_MOST_NAMED = 8
#: A budget is told when it used so many percent more, or went over the whole of it.
_BUDGET_STEP = 5.0
_WHOLE = 100.0


@dataclass(frozen=True)
class Change:
    """Changes of one sort: how many there are, and the first of them by name."""

    title: str
    count: int
    named: list[Cell]

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True)
class Changes:
    """What changed since a moment; ``since`` is None where there is no earlier report."""

    since: datetime | None
    groups: list[Change]


def changes(
    con: duckdb.DuckDBPyConnection, before: Snapshot | None, now: Snapshot, tracker_as_of: datetime
) -> Changes:
    """The changes from the earlier snapshot to this one, and the stories in between."""
    if before is None:
        return Changes(None, [])
    since = datetime.fromisoformat(before["as_of"])
    groups = [
        *_stories(con, since, tracker_as_of),
        _group("Scope", _scope(before, now)),
        _group("Dates", _dates(before, now)),
        _group("Budgets", _budgets(before, now)),
    ]
    return Changes(since, [group for group in groups if group.count])


def _group(title: str, lines: Iterator[str]) -> Change:
    found = list(lines)
    return Change(title, len(found), [Cell(line, "text") for line in found[:_MOST_NAMED]])


def _stories(con: duckdb.DuckDBPyConnection, since: datetime, until: datetime) -> Iterator[Change]:
    tables = (
        "project_management.story_facts",
        "pivotal_tracker.stories",
        "pivotal_tracker.projects",
    )
    if not all(exists(con, table) for table in tables):
        return
    for title, column in (("Stories accepted", "accepted_at"), ("Stories added", "created_at")):
        found = records_if_readable(
            con,
            f"""
            SELECT facts.name || ' (' || coalesce(project.name, 'Project ' || facts.project_id) || ')' AS name, url
            FROM project_management.story_facts AS facts
            LEFT JOIN pivotal_tracker.stories AS story ON story.id = story_id
            LEFT JOIN pivotal_tracker.projects AS project ON project.id = facts.project_id
            WHERE
                facts.{column} > TIMESTAMPTZ '{since.isoformat()}'
                AND facts.{column} <= TIMESTAMPTZ '{until.isoformat()}'
                AND facts.story_type != 'release'
                AND NOT is_deleted
            ORDER BY facts.points DESC NULLS LAST, facts.{column} DESC, story_id
            """,
        )
        if found is None:
            return
        named = [
            Cell(row["name"] or "A story", "text", safe_url(row["url"]))
            for row in found[:_MOST_NAMED]
        ]
        yield Change(title, len(found), named)


def _pairs(
    before: Snapshot, now: Snapshot, part: str
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Those that both have: name, then, now."""
    for key, after in now.get(part, {}).items():
        if key in before.get(part, {}):
            yield after["name"], before[part][key], after


def _scope(before: Snapshot, now: Snapshot) -> Iterator[str]:
    for name, then, after in _pairs(before, now, "projects"):
        if None in (then["scope"], after["scope"]) or then["scope"] == after["scope"]:
            continue
        yield f"{name}: {after['scope'] - then['scope']:+} stories in scope ({then['scope']} to {after['scope']})"


def _dates(before: Snapshot, now: Snapshot) -> Iterator[str]:
    for name, then, after in _pairs(before, now, "projects"):
        yield from _moved(f"{name}, backlog finished by", then["finish"], after["finish"])
    for name, then, after in _pairs(before, now, "releases"):
        if after["is_done"] and not then["is_done"]:
            yield f"{name}: done"
        yield from _moved(f"{name}, deadline", then["deadline"], after["deadline"])
        if not after["is_done"]:
            yield from _moved(f"{name}, forecast", then["forecast"], after["forecast"])


def _moved(what: str, then: str | None, after: str | None) -> Iterator[str]:
    if then == after:
        return
    if then is None or after is None:
        gone = "not known any more" if after is None else day(date.fromisoformat(after))
        yield f"{what}: {gone}"
        return
    days = (date.fromisoformat(after) - date.fromisoformat(then)).days
    unit = "day" if abs(days) == 1 else "days"
    yield f"{what}: {day(date.fromisoformat(after))}, {abs(days)} {unit} {'later' if days > 0 else 'earlier'}"


def _budgets(before: Snapshot, now: Snapshot) -> Iterator[str]:
    for name, then, after in _pairs(before, now, "budgets"):
        if then["cycle_start"] != after["cycle_start"]:
            continue
        went_over = then["used_pct"] <= _WHOLE < after["used_pct"]
        if went_over or after["used_pct"] - then["used_pct"] >= _BUDGET_STEP:
            end = ", overspent now" if went_over else ""
            yield f"{name}: {then['used_pct']:.0f} % to {after['used_pct']:.0f} % used{end}"
