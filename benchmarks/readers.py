"""How long time entries take to read from people's lists and from the detailed report, and how many requests.

    python -m benchmarks.readers
    python -m benchmarks.readers --entries 1000000 --people 2000 --latency 0 100

Everybody has as many entries as the others, spread over a year up to now. Each reader reads all of them into a warehouse of its
own, and then, by ``auto``, the last two weeks again with nothing new. Prints Markdown. Aimed at: the report no slower than the
lists without latency, and in at most half of their time at 100 ms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.report import show_machine
from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.staging import staged_read
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import Record, World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.instants import instant_text
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination

YEAR, LOOK_BACK = 365, 14
STREAM = "time_entries"


@dataclass(frozen=True)
class Read:
    """Seconds until all is published, requests but for the check of the credentials, rows then in the table."""

    seconds: float
    requests: int
    rows: int


def company(entries: int, people: int) -> World:
    """A generated company with so many copies of one person and of one stopped entry."""
    world = generate(now=datetime.now(timezone.utc).replace(microsecond=0), size=TINY)
    data = world.clockify
    person = data.users[0]
    data.users = [
        {**person, "id": f"{10**9 + n:024x}", "email": f"{n}@example.com"} for n in range(people)
    ]
    model = next(entry for entry in data.time_entries if entry["timeInterval"]["end"])
    data.time_entries = list(_entries(model, world.now, entries, people))
    return world


def _entries(model: Record, now: datetime, entries: int, people: int) -> Iterator[Record]:
    apart = timedelta(days=YEAR - 1) / entries
    for n in range(entries):
        start = now - timedelta(hours=2) - apart * n
        interval = {
            "start": instant_text(start),
            "end": instant_text(start + timedelta(hours=1)),
            "duration": "PT1H",
        }
        yield {
            **model,
            "id": f"{n:024x}",
            "userId": f"{10**9 + n % people:024x}",
            "timeInterval": interval,
        }


def read(server: SimulatorServer, folder: Path, reader: str, days: int) -> Read:
    """Read the last ``days`` and publish them."""
    connector = CONNECTORS[CLOCKIFY]
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(midnight - timedelta(days), midnight + timedelta(1), open_ended=True)
    config = {
        "api_key": CLOCKIFY_KEY,
        "workspace_id": server.world.clockify.workspace["id"],
        "api_url": server.url,
        STREAM: reader,
    }
    destination = WarehouseDestination(
        Warehouse(str(folder / "warehouse.duckdb")), connector, "live"
    )
    server.requests.clear()
    began = time.perf_counter()
    with destination.open() as opened:
        opened.prepare()
        chosen = [connector.stream(STREAM)]
        request = ReadRequest.of(
            opened, connector, config, chosen, window=window, compared=[STREAM]
        )
    with staged_read(request, folder / "staging") as staged, destination.open() as opened:
        if staged.errors:
            raise SystemExit(f"The read failed: {staged.errors}")
        (stream,) = staged.complete()
        published = opened.publish(stream)
    if stream.warnings:
        raise SystemExit(f"The read is no measure: {stream.warnings}")
    return Read(time.perf_counter() - began, server.requests.total - 1, published.rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 100])
    asked = parser.parse_args()
    show_machine()
    world = company(asked.entries, asked.people)
    print(f"\n{asked.entries:,} entries of {asked.people:,} people\n")
    print("| latency, ms | read | seconds | requests | rows |\n| ---: | --- | ---: | ---: | ---: |")
    with SimulatorServer(company(100, 3)) as server, tempfile.TemporaryDirectory() as folder:
        # What is imported and made once is no part of a read.
        read(server, Path(folder), "lists", YEAR)
    for latency in asked.latency:
        with SimulatorServer(world, Behaviour(latency_ms=latency)) as server:
            for reader in ("lists", "report"):
                with tempfile.TemporaryDirectory() as folder:
                    at = Path(folder)
                    done = {
                        reader: read(server, at, reader, YEAR),
                        f"{reader}, then auto with nothing new": read(
                            server, at, "auto", LOOK_BACK
                        ),
                    }
                for name, one in done.items():
                    print(
                        f"| {latency} | {name} | {one.seconds:.1f} | {one.requests:,} | {one.rows:,} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
