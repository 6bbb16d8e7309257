"""The error answers of Tracker: one exception, one function per ``code``."""

from __future__ import annotations

from typing import Any


class TrackerError(Exception):
    """An error answer: HTTP status and JSON body."""

    def __init__(self, status: int, code: str, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"code": code, "kind": "error", "error": error, **more}


def invalid_parameter(problem: str, field: str | None = None) -> TrackerError:
    """400: a parameter is missing, malformed, or not allowed together with another."""
    more: dict[str, Any] = {"general_problem": problem}
    if field is not None:
        more["validation_errors"] = [{"field": field, "problem": problem}]
    return TrackerError(
        400,
        "invalid_parameter",
        "One or more request parameters was missing or invalid.",
        **more,
    )


def invalid_authentication() -> TrackerError:
    """403, never 401: the token is missing or unknown."""
    return TrackerError(
        403,
        "invalid_authentication",
        "Invalid authentication credentials were presented.",
        possible_fix="Send a valid API token in the X-TrackerToken header.",
    )


def unauthorized_operation() -> TrackerError:
    """403: not a member of the project, or the project was deleted."""
    return TrackerError(
        403,
        "unauthorized_operation",
        "Authorization failure.",
        general_problem="You aren't authorized to access the requested resource.",
        possible_fix="Ask an owner of the project to add you as a member.",
    )


def unfound_resource() -> TrackerError:
    """404: the id is unknown, or what it named was deleted."""
    return TrackerError(
        404, "unfound_resource", "The object you tried to access could not be found."
    )


def route_not_found() -> TrackerError:
    """404: there is no such path."""
    return TrackerError(404, "route_not_found", "The path you requested has no valid endpoint.")


def of_status(status: int) -> TrackerError:
    """The error Tracker would send with *status*, for faults."""
    if status == 403:
        return unauthorized_operation()
    if status == 404:
        return unfound_resource()
    if status == 429:
        return TrackerError(429, "too_many_requests", "Too many requests.")
    return TrackerError(status, "api_internal_error", "An unexpected error occurred.")
