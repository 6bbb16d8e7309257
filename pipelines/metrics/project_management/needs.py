"""What the metrics of Tracker need beyond stories and projects, and what becomes of them without it.

For whoever has an archive or a host that lacks something. Here: lists and fields, with what follows. Not here: which of them a
source has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """``name`` is a list of the API, or one field of it (``stories.estimate``); ``tables`` suffer, as ``effect`` says."""

    name: str
    tables: tuple[str, ...]
    effect: str


NEEDS = (
    Need(
        "story_transitions",
        ("cycle_time_percentiles", "story_facts", "story_states", "flow_daily", "aging_wip"),
        "cycle times are NULL, and states between creation and acceptance are known from the activity at best",
    ),
    Need(
        "activity",
        ("story_states", "burnup_daily"),
        "who moved a story, deleted stories, and what changed in a scope are not known",
    ),
    Need("iterations", ("iterations",), "iterations are derived from the project's settings"),
    Need("epics", ("epic_progress", "burnup_daily"), "there are no epics"),
    Need("releases", ("release_status",), "releases are known as stories, without what is in them"),
    Need("releases.story_ids", ("release_status",), "counts and projections of releases are NULL"),
    Need(
        "memberships",
        ("story_facts",),
        "people are numbers without names, and nobody is matched with Clockify",
    ),
    Need(
        "stories.accepted_at",
        ("throughput_weekly", "iteration_metrics", "forecast", "burnup_daily", "story_facts"),
        "nothing was ever accepted, so that throughput, velocity and forecasts are empty",
    ),
    Need(
        "stories.estimate",
        ("iteration_metrics", "throughput_weekly", "burnup_daily"),
        "all points are 0, and so is velocity",
    ),
    Need("stories.labels", ("epic_progress", "story_facts"), "no story belongs to an epic"),
    Need(
        "stories.blockers",
        ("story_blocks", "story_facts", "aging_wip"),
        "no story counts as blocked, and blocked hours are 0",
    ),
    Need(
        "stories.reviews", ("story_facts",), "no story waits for a review, and review hours are 0"
    ),
    Need(
        "projects.time_zone",
        ("iterations", "throughput_weekly", "flow_daily"),
        "days are days in UTC",
    ),
    Need(
        "projects.iteration_length", ("iterations", "iteration_metrics"), "iterations have one week"
    ),
    Need("projects.week_start_day", ("iterations",), "weeks begin on Monday"),
    Need(
        "projects.velocity_averaged_over",
        ("iteration_metrics",),
        "velocity is averaged over three iterations",
    ),
)


def unmet(has: Callable[[str, str], bool]) -> Iterator[Need]:
    """The needs that a source does not meet; ``has(list, field)`` says what it has, without a field: of any rows."""
    for need in NEEDS:
        name, _, field = need.name.partition(".")
        if not has(name, field):
            yield need
