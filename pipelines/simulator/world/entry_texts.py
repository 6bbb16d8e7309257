"""How people name stories in their time entries.

Here: every notation in which an entry can refer to stories. Not here: which story, and for how long.
"""

from __future__ import annotations

import random

from pipelines.simulator.world.rng import pick
from pipelines.simulator.world.story_life import Story
from pipelines.simulator.world.words import STORY_WORK

_NOTATIONS = {
    "button": 42.0,
    "name and id": 10.0,
    "hash": 8.0,
    "bracket": 8.0,
    "finishes": 5.0,
    "several": 6.0,
    "story url": 5.0,
    "project url": 4.0,
    "bare": 5.0,
    "field": 5.0,
    "unknown": 2.0,
}


def name_story(
    rng: random.Random, story: Story, other: Story, tracker_project: int
) -> tuple[str, str | None]:
    """(description, value of the ticket field) of an entry about ``story``, sometimes about ``other`` as well."""
    work, notation = rng.choice(STORY_WORK), pick(rng, _NOTATIONS)
    if notation == "field":
        return f"{work} {story.name}", rng.choice((f"#{story.id}", str(story.id)))
    if notation == "unknown":
        return f"{work} #{rng.randint(190_000_000, 199_999_999)}", None
    number = story.id
    texts = {
        # Clockify's browser button takes Tracker's id field, which reads "#180000001", and the title.
        "button": f"#{number} {story.name}",
        "name and id": f"{story.name} #{number}",
        "hash": f"{work} #{number}",
        "bracket": f"[#{number}] {work}",
        "finishes": f"[Finishes #{number}] {story.name}",
        "several": f"[Delivers #{number} #{other.id}]",
        "story url": f"{work} https://www.pivotaltracker.com/story/show/{number}",
        "project url": f"https://www.pivotaltracker.com/n/projects/{tracker_project}/stories/{number} {work}",
        "bare": f"{work} {number}",
    }
    return texts[notation], None
