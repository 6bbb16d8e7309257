"""What a right answer is: per stream the key and the facts that every contender stores.

Here: which streams and facts are compared, and their values in the server's world. Not here: where contenders put
them (``contenders``), and counting (``verdict``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.simulator.model import Record, World


@dataclass(frozen=True)
class Compared:
    """A stream of the published connectors: its records, its key, and facts by their path in a record."""

    records: Callable[[World], list[Record]]
    key: str = "id"
    texts: tuple[str, ...] = ("name",)
    instants: tuple[str, ...] = ()


#: By ``<source>.<stream>``.
COMPARED = {
    "clockify.users": Compared(lambda world: world.clockify.users),
    "clockify.projects": Compared(lambda world: world.clockify.projects),
    "clockify.clients": Compared(lambda world: world.clockify.clients),
    "clockify.tags": Compared(lambda world: world.clockify.tags),
    "clockify.user_groups": Compared(lambda world: world.clockify.user_groups),
    "clockify.tasks": Compared(
        lambda world: [task for project in world.clockify.projects for task in project["tasks"]],
    ),
    "clockify.time_entries": Compared(
        lambda world: world.clockify.time_entries,
        texts=("description",),
        instants=("timeInterval.start", "timeInterval.end"),
    ),
    "pivotal_tracker.projects": Compared(lambda world: world.tracker.projects),
    "pivotal_tracker.stories": Compared(
        lambda world: world.tracker.stories,
        texts=("name", "current_state"),
        instants=("updated_at",),
    ),
    "pivotal_tracker.project_memberships": Compared(
        lambda world: world.tracker.memberships, texts=("role",)
    ),
    "pivotal_tracker.labels": Compared(lambda world: world.tracker.labels),
    "pivotal_tracker.epics": Compared(lambda world: world.tracker.epics),
    "pivotal_tracker.releases": Compared(
        lambda world: [story for story in world.tracker.stories if story["story_type"] == "release"]
    ),
    "pivotal_tracker.activity": Compared(
        lambda world: world.tracker.activity,
        key="guid",
        texts=("message",),
        instants=("occurred_at",),
    ),
}


def truth(world: World) -> dict[str, list[Record]]:
    """Keys (``key``) and facts (by path) of every compared stream."""
    return {
        stream: [
            {
                "key": str(record[compared.key]),
                **{path: _at(record, path) for path in compared.texts + compared.instants},
            }
            for record in compared.records(world)
        ]
        for stream, compared in COMPARED.items()
    }


def _at(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value[name]
    return value
