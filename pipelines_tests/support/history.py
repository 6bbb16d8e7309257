"""A company that is edited at random, as its people would: a seed tells one history from another.

Here: the edits. Not here: the company (``pipelines.simulator.world``), and expectations.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from pipelines.simulator import mutations
from pipelines.simulator.model import World
from pipelines_tests.support import worlds


class History:
    """Random edits of a company, a few minutes apart, that a fresh read would show."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.at = world.now

    def step(self) -> None:
        self.at += timedelta(seconds=self.random.choice([0, 1, 59, 600]))
        self.random.choice(self.edits)()

    @property
    def edits(self) -> list[Callable[[], object]]:
        return [
            self.change_story,
            self.change_story,
            self.create_story,
            self.delete_story,
            self.comment,
            self.move_entry,
            self.delete_entry,
            self.create_entry,
            self.rename_tag,
            self.override,
        ]

    def change_story(self) -> None:
        story = self.random.choice(self.world.tracker.stories)
        state = self.random.choice(["unstarted", "started", "finished", "accepted", "rejected"])
        mutations.update_story(self.world, story["id"], self.at, current_state=state)

    def create_story(self) -> None:
        project = self.random.choice(self.world.tracker.projects)
        mutations.create_story(self.world, project["id"], self.at, name='a "new" one')

    def delete_story(self) -> None:
        story = self.random.choice(self.world.tracker.stories)
        mutations.delete_story(self.world, story["id"], self.at)

    def comment(self) -> None:
        story = self.random.choice(self.world.tracker.stories)
        number = 900_000 + self.random.randrange(10**5)
        record = worlds.comment(number, story["id"], text="looks good")
        mutations.add(self.world, "tracker.comments", record, self.at)

    def create_entry(self) -> None:
        user = self.random.choice(self.world.clockify.users)
        start = self.at - timedelta(days=self.random.randrange(15), hours=2)
        mutations.create_entry(
            self.world, user["id"], self.at, start=start, end=start + timedelta(hours=1)
        )

    def move_entry(self) -> None:
        entry = self.random.choice(self.world.clockify.time_entries)
        start = self.at - timedelta(days=self.random.randrange(15), hours=1)
        mutations.update_entry(
            self.world, entry["id"], self.at, start=start, end=start + timedelta(minutes=30)
        )

    def delete_entry(self) -> None:
        entry = self.random.choice(self.world.clockify.time_entries)
        mutations.delete_entry(self.world, entry["id"], self.at)

    def rename_tag(self) -> None:
        tag = self.random.choice(self.world.clockify.tags)
        values = {"name": f"renamed {self.at}"}
        mutations.update(self.world, "clockify.tags", tag["id"], self.at, values)

    def override(self) -> None:
        project = self.random.choice(self.world.tracker.projects)
        mutations.override_iteration(
            self.world, project["id"], project["current_iteration_number"] + 1, self.at,
            team_strength=self.random.choice([0.0, 0.5, 1.0]),
        )  # fmt: skip
