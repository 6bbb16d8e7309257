"""The control API below ``/_control/``: the server's log, faults, switches and world, over HTTP.

Here: what someone who tries the demo server from another process needs; no credentials are asked for. Not
here: anything the two APIs answer. In process, ``SimulatorServer`` has the same as methods.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.simulator.faults import FaultRule
from pipelines.simulator.mutations import MUTATIONS
from pipelines.simulator.service import Service

BASE = "/_control"


def routes(service: Service) -> list[Route]:
    """The routes below ``BASE``."""

    async def show_requests(_: Request) -> Any:
        log = service.requests
        return {"by_api": log.by_api, "by_path": log.by_path, "seen": [asdict(s) for s in log.seen]}

    async def clear_requests(_: Request) -> Any:
        service.requests.clear()

    async def show_faults(_: Request) -> Any:
        return [_shown(rule) for rule in service.faults.rules]

    async def add_fault(request: Request) -> Any:
        return _shown(service.faults.add(FaultRule(**await request.json())))

    async def clear_faults(_: Request) -> Any:
        service.faults.clear()
        service.restore_credentials()

    async def revoke(request: Request) -> Any:
        service.revoke_credentials(**await request.json())

    async def show_behaviour(_: Request) -> Any:
        return asdict(service.behaviour)

    async def change_behaviour(request: Request) -> Any:
        service.behaviour = replace(service.behaviour, **await request.json())
        return asdict(service.behaviour)

    async def mutate(request: Request) -> Any:
        mutation = MUTATIONS.get(request.path_params["name"])
        if mutation is None:
            raise LookupError(f"mutations are: {', '.join(MUTATIONS)}")
        if not service.mutable:
            raise ValueError("this server makes its world anew and keeps no writes")
        return mutation(service.world, **await request.json())

    return [
        _route("GET", "/requests", show_requests),
        _route("DELETE", "/requests", clear_requests),
        _route("GET", "/faults", show_faults),
        _route("POST", "/faults", add_fault),
        _route("DELETE", "/faults", clear_faults),
        _route("POST", "/revoke", revoke),
        _route("GET", "/behaviour", show_behaviour),
        _route("PATCH", "/behaviour", change_behaviour),
        _route("POST", "/mutations/{name}", mutate),
    ]


def _shown(rule: FaultRule) -> dict[str, Any]:
    """A rule as JSON; what one in this process does to bodies has none."""
    return {name: value for name, value in asdict(rule).items() if name != "change"}


def _route(method: str, path: str, action: Callable[[Request], Awaitable[Any]]) -> Route:
    async def respond(request: Request) -> Response:
        try:
            result = await action(request)
        except LookupError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except (TypeError, ValueError, re.error) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204) if result is None else JSONResponse(result)

    return Route(BASE + path, respond, methods=[method])
