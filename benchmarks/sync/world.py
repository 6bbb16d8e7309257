"""The company that is synced, and the 1 % of it that changes.

Here: how large it is and what changes. Not here: how it is generated (``pipelines.simulator.world``), or served.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from pipelines.simulator.model import World
from pipelines.simulator.mutations import advance_clock, update_story
from pipelines.simulator.world import EPOCH, CompanySize, generate

ENTRIES = 100_000
STORIES = 10_000


def company(share: float = 1.0) -> World:
    """20 people, 60 projects, 5 Tracker projects; about ``share`` of 100,000 entries and of 10,000 stories.

    The history ends now, so rates depend on how long it is.
    """
    now = datetime.now(timezone.utc).replace(microsecond=0)
    days = (now.date() - EPOCH).days
    size = CompanySize(
        users=20,
        clients=12,
        projects=60,
        tasks_per_project=6,
        entries_per_day=21.6 * share * 355 / days,
        tracker_projects=5,
        stories_per_year=int(9_540 * share * 355 / days),
        chatter=0.2,
    )
    return generate(now=now, size=size)


def multiply_entries(world: World, times: int) -> None:
    """Let every time entry be there ``times`` times, each with an id of its own."""
    entries = world.clockify.time_entries
    entries[:] = [
        {**entry, "id": f"{int(entry['id'][:12], 16) ^ copy:012x}{entry['id'][12:]}"}
        for copy in range(times)
        for entry in entries
    ]
    advance_clock(world, world.now)


def change(world: World, share: float) -> None:
    """Edit the newest ``share`` of the stopped time entries and that share of the stories, evenly spread."""
    at = world.now + timedelta(minutes=1)
    # Without a line in Clockify's audit log, which takes minutes for so many and is nothing that a sync asks for.
    stopped = [entry for entry in world.clockify.time_entries if entry["timeInterval"]["end"]]
    past = [entry for entry in stopped if entry["timeInterval"]["end"] < f"{world.now:%Y-%m-%d}"]
    past.sort(key=lambda entry: str(entry["timeInterval"]["start"]))
    for entry in past[-int(len(past) * share) :]:
        entry["description"] += " (edited)"
    stories = world.tracker.stories
    for story in stories[:: int(1 / share)]:
        update_story(world, story["id"], at, name=f"{story['name']} (edited)")
    advance_clock(world, at)
