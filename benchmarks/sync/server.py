"""``python -m benchmarks.sync.server``: the simulator in a process of its own, until it is told to end.

Prints its address and Clockify's workspace when it listens. Beside the simulator's control API it has, below ``/_benchmark``, ``change`` (edit a
share of the world) and ``truth`` (write what the streams hold, for ``verdict``). Not here: who asks.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from benchmarks.sync.pages import WHOLE, SerialisedLists
from benchmarks.sync.truth import truth
from benchmarks.sync.world import change, company, multiply_entries
from pipelines.simulator.app import Gate, create_endpoints
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.service import Service
from pipelines.sources.pivotal_tracker.v5.local_server import LocalServer

BASE = "/_benchmark"


def application(service: Service) -> Starlette:
    """Both APIs, the simulator's control API and the benchmark's own."""

    async def change_world(request: Request) -> Response:
        change(service.world, float(request.query_params["share"]))
        return Response(status_code=204)

    async def write_truth(request: Request) -> Response:
        folder = Path(request.query_params["folder"])
        for stream, rows in truth(service.world).items():
            (folder / f"{stream}.json").write_bytes(orjson.dumps(rows))
        return Response(status_code=204)

    apis = Gate(SerialisedLists(create_endpoints(service), service), service)
    own = [
        Route(f"{BASE}/change", change_world, methods=["POST"]),
        Route(f"{BASE}/truth", write_truth, methods=["POST"]),
    ]
    return Starlette(routes=[*own, Mount("/", app=apis)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of 100,000 entries")
    parser.add_argument("--times", type=int, default=1, help="how often each entry is there")
    arguments = parser.parse_args()
    world = company(arguments.share)
    if arguments.times > 1:
        multiply_entries(world, arguments.times)
    behaviour = Behaviour(
        tracker_page_max=WHOLE, clockify_page_max=WHOLE, activity_retention_days=None
    )
    service = Service(lambda: world, behaviour)
    with LocalServer(application(service), name="benchmark") as server:
        print(server.url, world.clockify.workspace["id"], flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
