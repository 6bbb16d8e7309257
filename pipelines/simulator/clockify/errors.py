"""The error answers of Clockify: ``{"message", "code"}`` with a numeric code."""

from __future__ import annotations

#: General validation and *not found*.
VALIDATION = 501
#: General rejection: unknown path, wrong method, a parameter that cannot be converted.
REJECTION = 3000
#: Scheduling: a required parameter is missing.
MISSING = 3001


class ClockifyError(Exception):
    """An error answer: HTTP status and JSON body."""

    def __init__(self, status: int, message: str, code: int) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code}


def not_of_workspace(what: str) -> ClockifyError:
    """400, never 404: *what* (such as ``Project``) was deleted, is foreign or never existed."""
    return ClockifyError(400, f"{what} doesn't belong to Workspace", VALIDATION)


def invalid(message: str) -> ClockifyError:
    """400: a value outside what is allowed."""
    return ClockifyError(400, message, VALIDATION)


def not_convertible(parameter: str, value: str) -> ClockifyError:
    """400: *value* is not of the type of *parameter*."""
    return ClockifyError(
        400, f"Method parameter '{parameter}': Failed to convert value '{value}'", REJECTION
    )


def missing_parameter(parameter: str, code: int = REJECTION) -> ClockifyError:
    """400: a required parameter was not sent; scheduling has a ``code`` of its own."""
    return ClockifyError(400, f"Required parameter '{parameter}' is not present.", code)


def forbidden(message: str = "Access Denied") -> ClockifyError:
    """403: no right to it, or not in the plan. The real texts and codes were never recorded."""
    return ClockifyError(403, message, 403)


def no_or_many_tokens() -> ClockifyError:
    return ClockifyError(401, "Multiple or none auth tokens present", 1000)


def unknown_key() -> ClockifyError:
    return ClockifyError(401, "Api key does not exist", 4003)


def invalid_addon_token() -> ClockifyError:
    return ClockifyError(401, "Token is not valid", 4017)


def no_such_path(path: str) -> ClockifyError:
    return ClockifyError(404, f"No static resource {path.lstrip('/')}.", REJECTION)


def wrong_method(method: str) -> ClockifyError:
    return ClockifyError(405, f"Request method '{method}' is not supported", REJECTION)


def of_status(status: int) -> ClockifyError:
    """The error Clockify would send with *status*, for faults."""
    if status == 401:
        return unknown_key()
    if status == 403:
        return forbidden()
    if status == 429:
        return ClockifyError(429, "Too many requests", 429)
    return ClockifyError(status, "Something went wrong", VALIDATION)
