"""Small talk around a story: comments, tasks, blockers, reviews, labels, rewording.

Here: how much of it there is and when. Not here: the story's own life (``story_life``) or how parts are stored
(``story_parts``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.simulator.world.clock import HOUR
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import count, happens
from pipelines.simulator.world.step import Step
from pipelines.simulator.world.tracker_projects import LABELS
from pipelines.simulator.world.words import BLOCKERS, COMMENTS, DESCRIPTIONS, TASKS


@dataclass(frozen=True)
class StoryTimes:
    """Epoch seconds; ``started`` and ``finished`` are 0 for stories nobody works on."""

    settled: int  # created, or moved to the project in which it lives
    started: int
    finished: int
    last: int


def chatter_steps(
    rng: random.Random,
    amount: float,
    story: int,
    project: int,
    people: Sequence[Person],
    times: StoryTimes,
) -> list[Step]:
    """Steps in no particular order, all after the story was created and moved home."""
    return list(_Chatter(rng, amount, story, project, people, times).steps())


class _Chatter:
    def __init__(
        self,
        rng: random.Random,
        amount: float,
        story: int,
        project: int,
        people: Sequence[Person],
        times: StoryTimes,
    ) -> None:
        self._rng, self._amount, self._people, self._times = rng, amount, people, times
        self._story, self._project = story, project
        self._begins = times.started or times.settled + 5 * HOUR

    def steps(self) -> Iterator[Step]:
        rng, amount = self._rng, self._amount
        yield from self._comments()
        if self._times.started:
            if happens(rng, 0.25 * amount):
                yield from self._tasks()
            if happens(rng, 0.2 * amount):
                yield from self._review()
            if happens(rng, 0.07 * amount):
                yield from self._blocker()
        if happens(rng, 0.12 * amount):
            yield self._step(self._sometime(), "relabel", plus=(rng.choice(LABELS),))
        if happens(rng, 0.04 * amount):
            yield self._step(self._sometime(), "relabel", without=LABELS)
        if happens(rng, 0.06 * amount):
            yield self._step(self._sometime(), "update", description=rng.choice(DESCRIPTIONS))
        if happens(rng, 0.04 * amount):
            yield self._step(
                self._sometime(), "update", story_priority=rng.choice(("p0", "p1", "p2"))
            )

    def _comments(self) -> Iterator[Step]:
        rng = self._rng
        for number in range(count(rng, 1.2 * self._amount)):
            # Once in a while a comment goes out with the last change, in the very same second.
            at = self._times.last if happens(rng, 0.06) else self._sometime()
            key = f"comment {number}"
            yield self._part(at, "comment", key, "create", **self._comment())
            if happens(rng, 0.08):
                yield self._part(
                    at + rng.randint(20, HOUR), "comment", key, "update", text=rng.choice(COMMENTS)
                )
            if happens(rng, 0.03):
                yield self._part(at + rng.randint(HOUR, 30 * HOUR), "comment", key, "delete")

    def _comment(self) -> dict[str, str]:
        """Somebody's words, or a commit that named the story."""
        if happens(self._rng, 0.05):
            commit = f"{self._rng.getrandbits(160):040x}"
            text = f"Commit by the team\n{commit[:8]}\n\n[#{self._story}] Handle the empty state"
            return {"text": text, "commit_identifier": commit, "commit_type": "github"}
        return {"text": self._rng.choice(COMMENTS)}

    def _tasks(self) -> Iterator[Step]:
        rng = self._rng
        for number, description in enumerate(rng.sample(TASKS, rng.randint(2, 4))):
            key, at = f"task {number}", self._begins + 60 + number * 37
            yield self._part(at, "task", key, "create", description=description)
            if happens(rng, 0.9):
                yield self._part(self._sometime(after=at), "task", key, "update", complete=True)
            elif happens(rng, 0.5):
                yield self._part(self._sometime(after=at), "task", key, "delete")

    def _review(self) -> Iterator[Step]:
        rng, at = self._rng, self._times.finished
        new = {"review_type_id": 4_400_012 + self._project * 10 + rng.randrange(4)}
        reviewer = rng.choice(self._people)
        yield self._part(at, "review", "review", "create", reviewer_id=reviewer.tracker_id, **new)
        at += rng.randint(300, 3 * HOUR)
        yield self._part(at, "review", "review", "update", status="in_review")
        if happens(rng, 0.8):
            verdict = "pass" if happens(rng, 0.85) else "revise"
            yield self._part(
                at + rng.randint(300, 2 * HOUR), "review", "review", "update", status=verdict
            )

    def _blocker(self) -> Iterator[Step]:
        at = self._sometime()
        text = self._rng.choice(BLOCKERS).format(other=self._story - 3)
        yield self._part(at, "blocker", "blocker", "create", description=text)
        if happens(self._rng, 0.9):
            yield self._part(
                at + self._rng.randint(HOUR, 60 * HOUR),
                "blocker",
                "blocker",
                "update",
                resolved=True,
            )

    def _sometime(self, after: int = 0) -> int:
        begins = max(self._begins, after + 1)
        return self._rng.randint(begins, max(begins, self._times.last) + 2 * HOUR)

    def _part(self, at: int, kind: str, key: str, action: str, **values: object) -> Step:
        return self._step(at, "part", kind=kind, key=key, action=action, **values)

    def _step(self, at: int, verb: str, **values: object) -> Step:
        return Step(
            at, self._rng.choice(self._people), verb, self._project, self._story, dict(values)
        )
