"""Answers of Tracker as responses: where the API lies, its JSON, its errors."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from pipelines.sources.pivotal_tracker.v5.errors import TrackerError

BASE = "/services/v5"


class TrackerJSON(JSONResponse):
    """JSON as Tracker sends it, with its character set."""

    media_type = "application/json; charset=utf-8"


def error_response(error: TrackerError) -> Response:
    return TrackerJSON(error.body, status_code=error.status)
