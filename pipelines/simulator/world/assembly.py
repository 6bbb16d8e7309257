"""Puts the company together: plans everything, carries out what lies before ``now``, shapes the containers.

Not here: any content; each part of the company has its own module.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.simulator.model import Record, TrackerData, World
from pipelines.simulator.world.board import Board
from pipelines.simulator.world.calendar import Calendar
from pipelines.simulator.world.clock import EPOCH, days, iso, seconds, utc_day, utc_offset
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.people import Person, roster
from pipelines.simulator.world.size import DEMO, CompanySize
from pipelines.simulator.world.story_plans import StoryPlanner
from pipelines.simulator.world.timesheets import clockify_data
from pipelines.simulator.world.tracker_projects import SETUP_AT, project_record, tracker_projects


def generate(*, now: datetime, seed: int = 20250430, size: CompanySize = DEMO) -> World:
    """The company as both systems would show it at ``now`` (aware, not before ``EPOCH``).

    Equal arguments give equal worlds. A later ``now`` only adds events: whatever happened before the earlier moment
    has the same ids, instants and contents.
    """
    at = seconds(now)
    if at < SETUP_AT:
        raise ValueError(
            f"the company's history begins on {EPOCH}, {now.isoformat()} lies before it"
        )
    people = roster(seed, size)
    calendar = Calendar(seed)
    projects = tracker_projects(size, people)
    planner = StoryPlanner(seed, size, projects, calendar)
    steps = list(planner.setup())
    # East of Greenwich the next day may have begun, and entries of that day must know its stories.
    for day in days(EPOCH, utc_day(at) + timedelta(days=1)):
        steps += planner.plan_day(day)
    board = Board(projects)
    for step in sorted((step for step in steps if step.at <= at), key=lambda step: step.at):
        board.apply(step)
    catalog = Catalog(seed, size, people, projects)
    return World(
        now=now,
        tracker=_tracker_data(board, people, now),
        clockify=clockify_data(seed, size, at, people, calendar, catalog, planner),
    )


def _tracker_data(board: Board, people: list[Person], now: datetime) -> TrackerData:
    data = TrackerData(me=_me(board, people[0], seconds(now)))
    for part in board.projects:
        data.projects.append(
            project_record(part.project, part.journal.version, part.overrides, now)
        )
        data.memberships += part.memberships
        data.labels += part.labels.values()
        data.epics += part.epics
        data.iteration_overrides += part.overrides
        data.activity += part.journal.activity
        data.story_transitions += [
            transition
            for transition in part.journal.transitions
            if transition["story_id"] in board.stories
        ]
    data.activity.sort(key=lambda activity: activity["occurred_at"])
    data.story_transitions.sort(key=lambda transition: transition["occurred_at"])
    data.stories = board.ordered_stories()
    data.comments = board.parts.of("comment")
    data.story_tasks = board.parts.of("task")
    data.blockers = board.parts.of("blocker")
    data.reviews = board.parts.of("review")
    return data


def _me(board: Board, person: Person, now: int) -> Record:
    """The person whose token the servers accept."""
    return {
        "kind": "me",
        "id": person.tracker_id,
        "name": person.name,
        "initials": person.initials,
        "username": person.username,
        "time_zone": {
            "kind": "time_zone",
            "olson_name": person.zone,
            "offset": utc_offset(person.zone, now),
        },
        "api_token": "0123456789abcdef0123456789abcdef",
        "has_google_identity": False,
        "projects": [
            {
                "kind": "membership_summary",
                "id": membership["id"],
                "project_id": membership["project_id"],
                "project_name": part.project.name,
                "project_color": membership["project_color"],
                "favorite": membership["favorite"],
                "role": membership["role"],
                "last_viewed_at": membership["last_viewed_at"],
            }
            for part in board.projects
            for membership in part.memberships
            if membership["person"]["id"] == person.tracker_id
        ],
        "email": person.tracker_email,
        "receives_in_app_notifications": True,
        "created_at": iso(SETUP_AT),
        "updated_at": iso(SETUP_AT),
    }
