"""The JSON of a response, parsed once although the error handler and the extractor both need it."""

from __future__ import annotations

from copy import copy
from typing import Any

from requests import Response

from pipelines.project.texts.secrets import blotted
from pipelines.sources.cdk.salvage import parsed

_ATTRIBUTE = "_parsed_body"


def parsed_body(response: Response) -> Any:
    """The JSON value of ``response``, as far as it can be read; ``ValueError`` when the body is none."""
    if not hasattr(response, _ATTRIBUTE):
        setattr(response, _ATTRIBUTE, parsed(response.content))
    return getattr(response, _ATTRIBUTE)


def with_parsed(response: Response, like: Response) -> Response:
    """``response``, which has the same body as ``like``, with what that was parsed to, if it was."""
    if hasattr(like, _ATTRIBUTE):
        setattr(response, _ATTRIBUTE, getattr(like, _ATTRIBUTE))
    return response


def error_text(response: Response) -> str:
    """What an API says about an error: Clockify's ``message``, Tracker's ``general_problem`` or ``error``.

    One line without secrets, in case a server quotes what it was sent.
    """
    try:
        body = parsed_body(response)
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    text = said.get("message") or said.get("general_problem") or said.get("error")
    line = " ".join(blotted(str(text or response.reason or "no explanation")).split())
    return line[:200].rstrip(".")


def made_of(body: Any) -> Response:
    """An answer with ``body`` as its JSON, as if it had been requested."""
    response = Response()
    response.status_code = 200
    setattr(response, _ATTRIBUTE, body)
    return response


def as_list(response: Response) -> Response:
    """``response`` with its one object turned into a list of one page. Other streams may share the given one, which stays."""
    body = parsed_body(response)
    listed = copy(response)
    listed.headers = response.headers.copy()
    listed.headers["last-page"] = "true"
    setattr(listed, _ATTRIBUTE, [body] if isinstance(body, dict) else body)
    return listed
