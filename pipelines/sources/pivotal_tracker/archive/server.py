"""A v5 API on this machine that answers from a store, as the host would have.

``limit``, ``offset``, ``fields`` (of the outer level), ``occurred_after`` and ``occurred_before`` work. The filters of
stories are ignored, as look-alikes do: an export's rows can change without their dates.
What a project of the archive lacks (iterations, say) is answered with 404, and with an empty list where every host
has such a list. Only the token of this process opens it.

Here: paths and parameters. Not here: rows (``store``), sockets (``v5.local_server``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.archive.lists import EPIC_COMMENTS, LISTS, OVERRIDES, Record
from pipelines.sources.pivotal_tracker.archive.store import Store
from pipelines.sources.pivotal_tracker.v5 import errors, paging
from pipelines.sources.pivotal_tracker.v5.fields import DEFAULT, EXCLUDED, parse_fields
from pipelines.sources.pivotal_tracker.v5.paging import Page
from pipelines.sources.pivotal_tracker.v5.parameters import Parameters
from pipelines.sources.pivotal_tracker.v5.responses import BASE, TrackerJSON, error_response

#: Lists that every host has; an archive that has none of their rows is a good one.
_ALWAYS = ("memberships", "labels", "stories", "activity")
_PAGE_MAX = 1000
_PAGE = 100
_PROJECT = BASE + "/projects/{project_id:int}"


def create_app(store: Store, token: str) -> ASGIApp:
    """The application that serves ``store`` to whoever has ``token``."""
    api = _Api(store, token)
    return Starlette(
        routes=[
            Route(BASE + "/projects", api.answering(api.projects)),
            Route(_PROJECT, api.answering(api.project)),
            Route(_PROJECT + "/stories/{story_id:int}", api.answering(api.story)),
            Route(_PROJECT + "/iteration_overrides/{number:int}", api.answering(api.override)),
            Route(_PROJECT + "/epics/{epic_id:int}/comments", api.answering(api.epic_comments)),
            Route(_PROJECT + "/{name:str}", api.answering(api.rows)),
        ],
        exception_handlers={
            errors.TrackerError: _error,
            HTTPException: lambda _request, _error: error_response(errors.route_not_found()),
        },
    )


def _error(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.TrackerError)
    return error_response(error)


class _Api:
    """The endpoints: each takes a request and returns a record, a whole list, or a page of one."""

    def __init__(self, store: Store, token: str) -> None:
        self._store = store
        self._token = token

    def answering(self, endpoint: Callable[[Request], Record | list[Record] | Page]) -> Any:
        """``endpoint`` as Starlette wants it: behind the token, shaped by ``fields``."""

        async def respond(request: Request) -> Response:
            if request.headers.get("x-trackertoken") != self._token:
                raise errors.invalid_authentication()
            answer = endpoint(request)
            fields = request.query_params.get("fields")
            names = parse_fields(fields) if fields else {DEFAULT: {}}
            if isinstance(answer, Page):
                rows = [_shaped(row, names) for row in answer.rows]
                return TrackerJSON(rows, headers=paging.headers(answer))
            if isinstance(answer, list):
                return TrackerJSON([_shaped(row, names) for row in answer])
            return TrackerJSON(_shaped(answer, names))

        return respond

    def projects(self, _: Request) -> list[Record]:
        return self._store.projects()

    def project(self, request: Request) -> Record:
        project = self._store.project(request.path_params["project_id"])
        if project is None:
            raise errors.unauthorized_operation()
        return project

    def story(self, request: Request) -> Record:
        return self._found("stories", str(request.path_params["story_id"]))

    def override(self, request: Request) -> Record:
        path = request.path_params
        return self._found(OVERRIDES.name, f"{path['project_id']}/{path['number']}")

    def epic_comments(self, request: Request) -> list[Record]:
        comments = self._store.page(EPIC_COMMENTS.name, request.path_params["project_id"], limit=-1)
        return [row for row in comments if row.get("epic_id") == request.path_params["epic_id"]]

    def rows(self, request: Request) -> list[Record] | Page:
        project_id, name = int(self.project(request)["id"]), request.path_params["name"]
        if name not in LISTS or not (name in _ALWAYS or self._store.has(name, project_id)):
            raise errors.route_not_found()
        if not LISTS[name].is_paged:
            return self._store.page(name, project_id, limit=-1)
        asked = Parameters(request.query_params)
        limit, offset = min(asked.integer("limit", _PAGE), _PAGE_MAX), asked.integer("offset", 0)
        bounds = {}
        if LISTS[name].instant:
            after, before = asked.instant("occurred_after"), asked.instant("occurred_before")
            bounds = {
                "after": instant_text(after) if after else "",
                "before": instant_text(before) if before else "~",
            }
        page = self._store.page(name, project_id, limit=limit, offset=offset, **bounds)
        return Page(page, self._store.count(name, project_id, **bounds), limit, offset)

    def _found(self, name: str, key: str) -> Record:
        record = self._store.one(name, key)
        if record is None:
            raise errors.unfound_resource()
        return record


def _shaped(record: Record, names: dict[str, Any]) -> Record:
    """The asked fields of a record; what the archive does not have of them is left out."""
    excluded = EXCLUDED.get(str(record.get("kind")), frozenset())
    return {
        name: value
        for name, value in record.items()
        if name == "id" or name in names or (DEFAULT in names and name not in excluded)
    }
