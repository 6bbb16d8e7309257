"""How large the generated company is.

Here: the knobs and the presets. Not here: what the numbers turn into.
Rates are per year or per day, never totals: a later ``now`` must add events without moving earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompanySize:
    """Counts and rates of one company.

    ``users``: people in Clockify (most of them in Tracker too), at least 6. ``projects``: Clockify projects, at
    least 3. ``entries_per_day``: stopped REGULAR entries of one person on one working day, on average.
    ``stories_per_year``: all Tracker projects together, releases not counted. ``chatter``: comments, tasks,
    reviews, blockers and small edits per story, relative to the demo company.
    """

    users: int
    clients: int
    projects: int
    tasks_per_project: int
    entries_per_day: float
    tracker_projects: int
    stories_per_year: int
    chatter: float = 1.0

    def __post_init__(self) -> None:
        if self.users < 6 or self.projects < 3 or self.clients < 1 or self.tracker_projects < 1:
            raise ValueError(
                "a company needs 6 users, 3 Clockify projects, a client and a Tracker project"
            )


#: Small enough for a test of a second, large enough for every kind of record.
TINY = CompanySize(
    users=6,
    clients=3,
    projects=5,
    tasks_per_project=3,
    entries_per_day=2.0,
    tracker_projects=2,
    stories_per_year=150,
)

#: The company of the demo: a twelve-person agency.
DEMO = CompanySize(
    users=12,
    clients=4,
    projects=9,
    tasks_per_project=6,
    entries_per_day=3.6,
    tracker_projects=3,
    stories_per_year=500,
)

#: About 100,000 entries, 10,000 stories and 60,000 activities from the epoch to 2026-11-21.
BENCH = CompanySize(
    users=20,
    clients=12,
    projects=60,
    tasks_per_project=6,
    entries_per_day=16.0,
    tracker_projects=5,
    stories_per_year=7_900,
    chatter=0.1,
)
