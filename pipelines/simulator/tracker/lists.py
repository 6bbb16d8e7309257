"""Endpoints that return what the world holds, whole and unpaginated.

Projects, memberships, labels, epics, the parts of a story, and the owner of the token.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.model import Record
from pipelines.simulator.tracker.calendar import current_number
from pipelines.simulator.tracker.call import Call, by_id
from pipelines.simulator.tracker.extras import owners_of
from pipelines.simulator.tracker.stories import get_story


def get_me(call: Call) -> Record:
    return {**call.data.me, "api_token": TRACKER_TOKEN}


def _project(call: Call, project: Record) -> Record:
    """*project* with the one default field that follows from the calendar."""
    number = current_number(project, call.data.iteration_overrides, call.world.now)
    return {**project, "current_iteration_number": number}


def list_projects(call: Call) -> list[Record]:
    return [_project(call, project) for project in call.data.projects]


def get_project(call: Call) -> Record:
    return _project(call, call.project)


def list_of_project(list_name: str) -> Callable[[Call], list[Record]]:
    """An endpoint that lists ``TrackerData.<list_name>`` of the path's project."""
    return lambda call: call.of_project(getattr(call.data, list_name))


def one_of_project(list_name: str, id_name: str) -> Callable[[Call], Record]:
    """An endpoint that returns the record of ``TrackerData.<list_name>`` with the path's *id_name*."""
    return lambda call: by_id(call.of_project(getattr(call.data, list_name)), call.path[id_name])


def list_of_story(list_name: str) -> Callable[[Call], list[Record]]:
    """An endpoint that lists ``TrackerData.<list_name>`` of the path's story."""
    return lambda call: call.children(list_name, "story_id").get(get_story(call)["id"], [])


def list_owners(call: Call) -> list[Record]:
    return owners_of(call, get_story(call))


def list_story_labels(call: Call) -> list[Record]:
    labels: list[Record] = get_story(call)["labels"]
    return labels


def list_epic_comments(call: Call) -> list[Record]:
    epic = by_id(call.of_project(call.data.epics), call.path["epic_id"])
    return call.children("comments", "epic_id").get(epic["id"], [])
