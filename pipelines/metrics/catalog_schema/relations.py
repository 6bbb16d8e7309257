"""Which tables can be joined: by the grain of the one in the columns of the other, by ids, and by person across sources.

Ids of Tracker are whole numbers and ids of Clockify are texts, so a column's name and type say what it points to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipelines.metrics.catalog_schema.entries import ColumnEntry, TableEntry

Cardinality = Literal["one_to_one", "many_to_one"]

#: The tables that hold the things themselves, by what points to them: (column, its type), (table, its key).
_THINGS = {
    ("project_id", "BIGINT"): ("pivotal_tracker.projects", "id"),
    ("story_id", "BIGINT"): ("pivotal_tracker.stories", "id"),
    ("epic_id", "BIGINT"): ("pivotal_tracker.epics", "id"),
    ("label_id", "BIGINT"): ("pivotal_tracker.labels", "id"),
    ("release_id", "BIGINT"): ("pivotal_tracker.releases", "id"),
    ("project_id", "VARCHAR"): ("clockify.projects", "id"),
    ("client_id", "VARCHAR"): ("clockify.clients", "id"),
    ("task_id", "VARCHAR"): ("clockify.tasks", "id"),
    ("tag_id", "VARCHAR"): ("clockify.tags", "id"),
    ("user_id", "VARCHAR"): ("clockify.users", "id"),
    ("entry_id", "VARCHAR"): ("clockify.time_entries", "id"),
    ("person_id", "BIGINT"): ("effort.people", "tracker_person_id"),
    ("performed_by_id", "BIGINT"): ("effort.people", "tracker_person_id"),
    ("requested_by_id", "BIGINT"): ("effort.people", "tracker_person_id"),
    ("reviewer_id", "BIGINT"): ("effort.people", "tracker_person_id"),
}
#: The same where two tables have it, from raw data on.
_MORE_THINGS = {
    ("story_id", "BIGINT"): ("project_management.story_facts", "story_id"),
    ("entry_id", "VARCHAR"): ("time_tracking.time_entry_facts", "entry_id"),
    ("user_id", "VARCHAR"): ("effort.people", "clockify_user_id"),
    ("id", "VARCHAR", "clockify.time_entries"): ("time_tracking.time_entry_facts", "entry_id"),
    ("id", "BIGINT", "pivotal_tracker.stories"): ("project_management.story_facts", "story_id"),
    ("id", "VARCHAR", "clockify.users"): ("effort.people", "clockify_user_id"),
}
#: Other names for a column of another table's grain.
_SAME = {"iteration_number": "number"}


@dataclass(frozen=True)
class Join:
    """``left`` and ``right`` are the columns that are compared, in pairs. Of a row on the left there is at most one on the right."""

    left_address: str
    right_address: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    cardinality: Cardinality
    condition: str


def joins(tables: Mapping[str, TableEntry]) -> list[Join]:
    """A join for every pair of tables that have one, the better of several, sorted by address."""
    found: dict[tuple[str, str], Join] = {}
    for left in tables.values():
        for join in (*_by_thing(left, tables), *_by_grain(left, tables)):
            # The one that compares more columns comes later and is more exact.
            found[join.left_address, join.right_address] = join
    return [
        join
        for (left, right), join in sorted(found.items())
        # Of a pair that is one to one, one direction says all.
        if join.cardinality == "many_to_one" or left < right or (right, left) not in found
    ]


def _by_thing(left: TableEntry, tables: Mapping[str, TableEntry]) -> Iterator[Join]:
    for column in left.columns:
        named = (column.name, column.type)
        for target in (
            _THINGS.get(named),
            _MORE_THINGS.get(named),
            _MORE_THINGS.get((*named, left.address)),
        ):
            if target is None or target[0] == left.address or target[0] not in tables:
                continue
            address, key = target
            yield _join(left, tables[address], ((column.name, key),))


def _by_grain(left: TableEntry, tables: Mapping[str, TableEntry]) -> Iterator[Join]:
    for right in tables.values():
        # A table whose grain is finer is the one that looks up.
        if right.grain == ("id",) or set(left.grain) < set(right.grain):
            continue
        pairs = tuple((_counterpart(left, right, name), name) for name in right.grain)
        if right.address != left.address and all(mine for mine, _ in pairs):
            yield _join(left, right, tuple((mine or "", theirs) for mine, theirs in pairs))


def _counterpart(left: TableEntry, right: TableEntry, name: str) -> str | None:
    """The column of ``left`` that means the column ``name`` of the grain of ``right``."""
    wanted = right.column(name)
    names = {name, *(alias for alias, original in _SAME.items() if original == name)}
    for column in left.columns:
        if column.name in names and wanted is not None and column.type == wanted.type:
            return column.name
    return None


def _join(left: TableEntry, right: TableEntry, pairs: tuple[tuple[str, str], ...]) -> Join:
    mine, theirs = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    is_key = set(mine) == set(left.grain)
    return Join(
        left.address,
        right.address,
        mine,
        theirs,
        "one_to_one" if is_key else "many_to_one",
        " AND ".join(f"l.{a} {_comparison(right.column(b))} r.{b}" for a, b in pairs),
    )


def _comparison(theirs: ColumnEntry | None) -> str:
    """NULL is a group of its own where the right table says so."""
    return "IS NOT DISTINCT FROM" if theirs is not None and theirs.may_be_null_in_grain else "="
