"""Tracker over HTTP: the table of paths, the token check, and answers as responses.

Here: what turns an endpoint function into a Starlette route. Not here: the endpoints.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.service import Service
from pipelines.simulator.tracker import (
    activity,
    iterations,
    lists,
    releases,
    shaping,
    stories,
)
from pipelines.simulator.tracker.call import Answer, Call
from pipelines.sources.pivotal_tracker.v5 import errors, paging
from pipelines.sources.pivotal_tracker.v5.paging import Page
from pipelines.sources.pivotal_tracker.v5.responses import BASE, TrackerJSON

_PROJECT = "/projects/{project_id:int}"
_STORY = _PROJECT + "/stories/{story_id:int}"

Endpoint = Callable[[Call], Answer]

ENDPOINTS: dict[str, Endpoint] = {
    "/me": lists.get_me,
    "/my/activity": activity.list_my_activity,
    "/projects": lists.list_projects,
    _PROJECT: lists.get_project,
    _PROJECT + "/activity": activity.list_project_activity,
    _PROJECT + "/epics": lists.list_of_project("epics"),
    _PROJECT + "/epics/{epic_id:int}": lists.one_of_project("epics", "epic_id"),
    _PROJECT + "/epics/{epic_id:int}/activity": activity.list_epic_activity,
    _PROJECT + "/epics/{epic_id:int}/comments": lists.list_epic_comments,
    _PROJECT + "/iterations": iterations.list_iterations,
    _PROJECT + "/iterations/{number:int}": iterations.get_iteration,
    _PROJECT + "/iteration_overrides/{number:int}": iterations.get_iteration_override,
    _PROJECT + "/labels": lists.list_of_project("labels"),
    _PROJECT + "/labels/{label_id:int}": lists.one_of_project("labels", "label_id"),
    _PROJECT + "/memberships": lists.list_of_project("memberships"),
    _PROJECT + "/memberships/{membership_id:int}": lists.one_of_project(
        "memberships", "membership_id"
    ),
    _PROJECT + "/releases": releases.list_releases,
    _PROJECT + "/releases/{release_id:int}": releases.get_release,
    _PROJECT + "/releases/{release_id:int}/stories": releases.list_release_stories,
    _PROJECT + "/stories": stories.list_stories,
    _PROJECT + "/stories/bulk": stories.list_stories_in_bulk,
    _PROJECT + "/story_transitions": activity.list_project_transitions,
    _STORY: stories.get_story,
    "/stories/{story_id:int}": stories.get_story,
    _STORY + "/activity": activity.list_story_activity,
    _STORY + "/blockers": lists.list_of_story("blockers"),
    _STORY + "/comments": lists.list_of_story("comments"),
    _STORY + "/labels": lists.list_story_labels,
    _STORY + "/owners": lists.list_owners,
    _STORY + "/reviews": lists.list_of_story("reviews"),
    _STORY + "/tasks": lists.list_of_story("story_tasks"),
    _STORY + "/transitions": activity.list_story_transitions,
}

#: What LiteTracker answers; the rest is 404 there.
LOOK_ALIKE = frozenset(
    {
        "/me",
        "/projects",
        _PROJECT,
        _PROJECT + "/stories",
        _STORY,
        "/stories/{story_id:int}",
        _STORY + "/comments",
        _PROJECT + "/labels",
        _PROJECT + "/memberships",
        _PROJECT + "/activity",
    }
)


def check_credentials(request: Request, token_holds: bool) -> None:
    """403 unless the token, in the header or as parameter ``token``, is the demo's."""
    token = request.headers.get("x-trackertoken") or request.query_params.get("token")
    if token != TRACKER_TOKEN or not token_holds:
        raise errors.invalid_authentication()


def routes(service: Service) -> list[Route]:
    """The routes of Tracker below ``BASE``."""

    def route(path: str, endpoint: Endpoint) -> Route:
        async def respond(request: Request) -> Response:
            if service.behaviour.look_alike and path not in LOOK_ALIKE:
                raise errors.route_not_found()
            call = Call(
                request.query_params, service.world, service.behaviour, dict(request.path_params)
            )
            answer = endpoint(call)
            headers = paging.headers(answer) if isinstance(answer, Page) else {}
            if "project_id" in call.path and not service.behaviour.look_alike:
                headers["X-Tracker-Project-Version"] = str(call.project["version"])
            return TrackerJSON(shaping.payload(call, answer), headers=headers)

        return Route(BASE + path, respond, methods=["GET"])

    return [route(path, endpoint) for path, endpoint in ENDPOINTS.items()]
