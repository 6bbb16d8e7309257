"""The ASGI application: both APIs and the control API behind one gate.

Here: which API a path belongs to, and what happens to a request before it reaches an endpoint: delay,
faults, rate limit, credentials, log. Not here: endpoints, and sockets (``server``).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.simulator import control
from pipelines.simulator.clockify import errors as clockify_errors
from pipelines.simulator.clockify import routes as clockify
from pipelines.simulator.faults import FaultRule
from pipelines.simulator.service import ApiName, Service
from pipelines.simulator.tracker import routes as tracker
from pipelines.simulator.traffic import Seen
from pipelines.sources.pivotal_tracker.v5 import errors as tracker_errors
from pipelines.sources.pivotal_tracker.v5 import responses as tracker_responses

MAINTENANCE_PAGE = "<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"


@dataclass(frozen=True)
class Api:
    """One of the two APIs, as far as the gate needs to know it."""

    name: ApiName
    prefixes: tuple[str, ...]
    #: Raises the API's own error when the request's credentials are not good.
    check_credentials: Callable[[Request, bool], None]
    #: The API's own answer to an error status.
    error_of_status: Callable[[int], Response]


APIS = (
    Api(
        "tracker",
        (tracker_responses.BASE,),
        tracker.check_credentials,
        lambda status: tracker_responses.error_response(tracker_errors.of_status(status)),
    ),
    Api(
        "clockify",
        (clockify.BASE, clockify.REPORT_BASE),
        clockify.check_credentials,
        lambda status: clockify.error_response(clockify_errors.of_status(status)),
    ),
)


def create_app(service: Service) -> ASGIApp:
    """The application that serves *service*."""
    return Gate(create_endpoints(service), service)


def create_endpoints(service: Service) -> ASGIApp:
    """What lies behind the gate: the endpoints of both APIs and of the control API."""
    inner = Starlette(
        routes=[*tracker.routes(service), *clockify.routes(service), *control.routes(service)],
        exception_handlers={
            tracker_errors.TrackerError: _error_response,
            clockify_errors.ClockifyError: _error_response,
            HTTPException: _no_route,
        },
    )
    inner.router.redirect_slashes = False
    return inner


def _api_of(path: str) -> Api | None:
    return next((api for api in APIS if path.startswith(api.prefixes)), None)


def _error_response(_: Request, error: Exception) -> Response:
    if isinstance(error, tracker_errors.TrackerError):
        return tracker_responses.error_response(error)
    if isinstance(error, clockify_errors.ClockifyError):
        return clockify.error_response(error)
    raise error


def _no_route(request: Request, error: Exception) -> Response:
    """An unknown path or a wrong method, in the words of the API it belongs to."""
    api = _api_of(request.url.path)
    if api is None:
        return PlainTextResponse("Not found", status_code=404)
    if api.name == "tracker":
        return tracker_responses.error_response(tracker_errors.route_not_found())
    if isinstance(error, HTTPException) and error.status_code == 405:
        return clockify.error_response(clockify_errors.wrong_method(request.method))
    return clockify.error_response(clockify_errors.no_such_path(request.url.path))


class Gate:
    """What every request to an API passes; ``/_control/`` and unknown prefixes go straight through."""

    def __init__(self, inner: ASGIApp, service: Service) -> None:
        self._inner = inner
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = _api_of(scope["path"]) if scope["type"] == "http" else None
        if api is None:
            await self._inner(scope, receive, send)
            return

        async def logged(message: Message) -> None:
            # Logged before it is sent, so that a client that has an answer also finds it in the log.
            if message["type"] == "http.response.start":
                self._log(api, scope, message["status"])
            await send(message)

        await self._pass(api, scope, receive, logged)

    def _log(self, api: Api, scope: Scope, status: int) -> None:
        query = scope["query_string"].decode()
        self._service.requests.add(Seen(api.name, scope["method"], scope["path"], query, status))

    async def _pass(self, api: Api, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        rule = self._service.faults.strike(scope["path"] + (f"?{query}" if query else ""))
        delay_ms = self._service.behaviour.latency_ms + (rule.delay_ms if rule else 0)
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)
        if rule and rule.kind == "reset":
            self._log(api, scope, 0)
            await _break_connection(scope, receive, at_once=True)
            return
        refusal = self._refusal(api, Request(scope), rule)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif rule and rule.kind in ("truncated", "invalid_json"):
            await self._cut_short(rule, scope, receive, send)
        elif rule and rule.kind == "answer":
            await self._answer_otherwise(rule, scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    def _refusal(self, api: Api, request: Request, rule: FaultRule | None) -> Response | None:
        """The answer that keeps *request* from its endpoint, if any."""
        service, behaviour = self._service, self._service.behaviour
        if rule and rule.kind == "html":
            return HTMLResponse(MAINTENANCE_PAGE, status_code=rule.status)
        if rule and rule.kind == "status":
            return _with_retry_after(api.error_of_status(rule.status), rule.retry_after)
        limit = service.rate_limits[api.name]
        wait = limit.wait(behaviour.requests_per_second, behaviour.requests_per_hour)
        if wait:
            retry_after = wait if behaviour.send_retry_after else None
            return _with_retry_after(api.error_of_status(429), retry_after)
        try:
            api.check_credentials(request, service.credentials_hold(api.name))
        except (tracker_errors.TrackerError, clockify_errors.ClockifyError) as error:
            return _error_response(request, error)
        return None

    async def _cut_short(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the right answer: as if it were whole, or with the connection broken after it."""
        start, body = await self._right_answer(scope, receive)
        half = body[: len(body) // 2]
        is_broken = rule.kind == "truncated"
        if not is_broken:
            headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
            start["headers"] = [*headers, (b"content-length", str(len(half)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": half, "more_body": is_broken})
        if is_broken:
            await _break_connection(scope, receive, at_once=False)

    async def _answer_otherwise(
        self, rule: FaultRule, scope: Scope, receive: Receive, send: Send
    ) -> None:
        start, right = await self._right_answer(scope, receive)
        body = rule.answer(right)
        others = {
            b"content-length": str(len(body)),
            **{name.lower().encode(): value for name, value in rule.headers.items()},
        }
        headers = [(name, value) for name, value in start["headers"] if name not in others]
        headers += [(name, value.encode()) for name, value in others.items() if value is not None]
        await send({**start, "status": rule.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _right_answer(self, scope: Scope, receive: Receive) -> tuple[dict[str, Any], bytes]:
        """The message that begins the answer, and its body."""
        start: dict[str, Any] = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._inner(scope, receive, keep)
        return start, bytes(body)


def _with_retry_after(response: Response, seconds: int | None) -> Response:
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


async def _break_connection(scope: Scope, receive: Receive, *, at_once: bool) -> None:
    """Close the connection of a request, *at_once* with a reset or after what was written has left."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if at_once:
        # Linger with no time makes the kernel send RST rather than an orderly end.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
