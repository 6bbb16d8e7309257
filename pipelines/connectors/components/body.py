"""The JSON of a response, parsed once although the error handler and the extractor both need it."""

from __future__ import annotations

from typing import Any

import orjson
from requests import Response

_ATTRIBUTE = "_parsed_body"


def parsed_body(response: Response) -> Any:
    """The JSON value of ``response``; ``ValueError`` when the body is none."""
    if not hasattr(response, _ATTRIBUTE):
        setattr(response, _ATTRIBUTE, orjson.loads(response.content))
    return getattr(response, _ATTRIBUTE)


def error_text(response: Response) -> str:
    """What an API says about an error, in one line: Clockify's ``message``, Tracker's ``general_problem`` or ``error``."""
    try:
        body = parsed_body(response)
    except ValueError:
        return response.reason or "no explanation"
    if not isinstance(body, dict):
        return response.reason or "no explanation"
    text = (
        body.get("message") or body.get("general_problem") or body.get("error") or response.reason
    )
    return " ".join(str(text).split())[:200].rstrip(".")
