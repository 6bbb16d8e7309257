"""The JSON of a response, parsed once although the error handler and the extractor both need it."""

from __future__ import annotations

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
    """``response``, with its one object turned into a list of one page."""
    body = parsed_body(response)
    setattr(response, _ATTRIBUTE, [body] if isinstance(body, dict) else body)
    response.headers["last-page"] = "true"
    return response
