"""Clockify over HTTP: the table of paths, the credentials check, and answers as responses.

Here: what turns an endpoint function into a Starlette route. Not here: the endpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.simulator.behaviour import PLAN_REFUSES
from pipelines.simulator.clockify import (
    absences,
    entities,
    entries,
    errors,
    lists,
    money,
    paging,
    plans,
    reports,
)
from pipelines.simulator.clockify.call import Answer, Call, Page, Reply
from pipelines.simulator.clockify.index import IndexCache
from pipelines.simulator.clockify.recorded import as_recorded
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.service import Service

BASE = "/api/v1"
REPORT_BASE = "/report/v1"
_WORKSPACE = BASE + "/workspaces/{workspace_id}"

Endpoint = Callable[[Call], Answer]

ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", BASE + "/user"): lists.get_user,
    ("GET", BASE + "/workspaces"): lists.list_workspaces,
    ("GET", _WORKSPACE): lists.get_workspace,
    ("GET", _WORKSPACE + "/users"): lists.list_users,
    ("GET", _WORKSPACE + "/clients"): lists.list_clients,
    ("GET", _WORKSPACE + "/projects"): lists.list_projects,
    ("GET", _WORKSPACE + "/projects/{project_id}"): lists.get_project,
    ("GET", _WORKSPACE + "/projects/{project_id}/tasks"): lists.list_tasks,
    ("GET", _WORKSPACE + "/tags"): lists.list_tags,
    ("GET", _WORKSPACE + "/user-groups"): lists.list_user_groups,
    ("GET", _WORKSPACE + "/custom-fields"): lists.list_custom_fields,
    ("GET", _WORKSPACE + "/holidays"): absences.list_holidays,
    ("POST", _WORKSPACE + "/time-off/requests"): absences.search_time_off_requests,
    ("GET", _WORKSPACE + "/time-off/policies"): absences.list_policies,
    ("GET", _WORKSPACE + "/time-off/policies/{policy_id}"): absences.get_policy,
    ("GET", _WORKSPACE + "/time-off/balance/policy/{policy_id}"): absences.balances_of_policy,
    ("GET", _WORKSPACE + "/time-off/balance/user/{user_id}"): absences.balances_of_user,
    ("GET", _WORKSPACE + "/member-profile/{user_id}"): plans.get_member_profile,
    ("GET", _WORKSPACE + "/scheduling/assignments/all"): plans.list_assignments,
    ("POST", _WORKSPACE + "/scheduling/assignments/user-filter/totals"): plans.user_totals,
    ("GET", _WORKSPACE + "/approval-requests"): absences.list_approval_requests,
    ("GET", _WORKSPACE + "/expenses"): money.list_expenses,
    ("GET", _WORKSPACE + "/expenses/categories"): money.list_categories,
    ("GET", _WORKSPACE + "/invoices"): money.list_invoices,
    ("GET", _WORKSPACE + "/invoices/{invoice_id}"): money.get_invoice,
    ("GET", _WORKSPACE + "/invoices/{invoice_id}/payments"): money.list_payments,
    ("GET", _WORKSPACE + "/user/{user_id}/time-entries"): entries.list_time_entries,
    ("GET", _WORKSPACE + "/time-entries/status/in-progress"): entries.list_running,
    ("POST", _WORKSPACE + "/time-entries/batch"): entries.list_by_ids,
    ("GET", _WORKSPACE + "/time-entries/{entry_id}"): entries.get_time_entry,
    ("GET", _WORKSPACE + "/entities/created"): entities.list_created,
    ("GET", _WORKSPACE + "/entities/updated"): entities.list_updated,
    ("GET", _WORKSPACE + "/entities/deleted"): entities.list_deleted,
    ("POST", REPORT_BASE + "/workspaces/{workspace_id}/reports/detailed"): reports.detailed_report,
    ("POST", REPORT_BASE + "/workspaces/{workspace_id}/reports/summary"): reports.summary_report,
    (
        "POST",
        REPORT_BASE + "/workspaces/{workspace_id}/reports/expenses/detailed",
    ): reports.expense_report,
}


def error_response(error: errors.ClockifyError) -> Response:
    headers = {"x-cache": "Error from cloudfront"}
    return JSONResponse(error.body, status_code=error.status, headers=headers)


def check_credentials(request: Request, key_holds: bool) -> None:
    """401 unless exactly one credential is sent and it is the demo's key; ``Bearer`` counts as none."""
    key, token = request.headers.get("x-api-key"), request.headers.get("x-addon-token")
    if (key is None) == (token is None):
        raise errors.no_or_many_tokens()
    if token is not None:
        raise errors.invalid_addon_token()
    if key != CLOCKIFY_KEY or not key_holds:
        raise errors.unknown_key()


def routes(service: Service) -> list[Route]:
    """The routes of Clockify below ``BASE`` and ``REPORT_BASE``."""
    indexes = IndexCache()

    def route(method: str, path: str, endpoint: Endpoint) -> Route:
        after_workspace = path.partition("/{workspace_id}/")[2]
        refused_by = {
            plan for plan, paths in PLAN_REFUSES.items() if after_workspace.startswith(paths)
        }

        async def respond(request: Request) -> Response:
            world, behaviour = service.world, service.behaviour
            workspace_id = request.path_params.get("workspace_id", world.clockify.workspace["id"])
            if workspace_id != world.clockify.workspace["id"]:
                raise errors.forbidden()
            if behaviour.plan in refused_by:
                raise errors.forbidden("Feature is not available in the current plan")
            body = await _body(request) if method == "POST" else None
            call = Call(
                world, behaviour, indexes, dict(request.path_params), request.query_params, body
            )
            answer = endpoint(call)
            return _response(as_recorded(path, answer) if behaviour.as_recorded else answer)

        return Route(path, respond, methods=[method])

    return [route(method, path, endpoint) for (method, path), endpoint in ENDPOINTS.items()]


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        raise errors.ClockifyError(400, "Request body cannot be read", errors.REJECTION) from None


def _response(answer: Answer) -> Response:
    if isinstance(answer, Page):
        return JSONResponse(answer.rows, headers=paging.headers(answer))
    if isinstance(answer, Reply):
        return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)
    return JSONResponse(answer)
