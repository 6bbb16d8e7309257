"""How long expenses and invoices take to read, first and again with nothing new, and how many requests.

    python -m benchmarks.money
    python -m benchmarks.money --expenses 1000 --invoices 100 --latency 0

All invoices are paid and have two lines and a payment. Prints Markdown. Aimed at: the first read in at most 60 s at 20 ms, and
expenses, their categories and invoices again in at most 6 requests. As in a sync, what is read once a day is left out again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.report import show_machine
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.staging import staged_read
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import Record, World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination

NOW = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
STREAMS = ("expenses", "expense_categories", "invoices", "invoice_items", "invoice_payments")


@dataclass(frozen=True)
class Read:
    """One read: seconds until all is published, and requests without the check of the credentials."""

    seconds: float
    requests: int
    rows: int


def company(expenses: int, invoices: int) -> World:
    """A generated company with so many copies of its expenses and invoices; every invoice is paid."""
    world = generate(now=NOW, size=TINY)
    data = world.clockify
    model = data.expenses[0]
    data.expenses = [{**model, "id": f"{n:024x}"} for n in range(expenses)]
    line = data.invoices[0]["items"][0]
    data.invoices = [_paid(data.invoices[0], line, n) for n in range(invoices)]
    data.invoice_payments = [
        {
            "id": f"{10**6 + n:024x}",
            "invoiceId": invoice["id"],
            "amount": invoice["amount"],
            "author": "Mira Holt",
            "date": "2026-03-02T00:00:00Z",
            "note": "",
        }
        for n, invoice in enumerate(data.invoices)
    ]
    return world


def _paid(model: Record, line: Record, number: int) -> Record:
    lines = [{**line, "order": place, "timeEntryIds": []} for place in range(2)]
    paid = {"status": "PAID", "paid": model["amount"], "balance": 0, "items": lines}
    return {**model, **paid, "id": f"{number:024x}", "number": str(number)}


@contextmanager
def reader(world: World, latency: int) -> Iterator[tuple[SimulatorServer, Warehouse, Path]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatorServer(world, Behaviour(latency_ms=latency)) as server,
    ):
        yield server, Warehouse(str(Path(folder) / "warehouse.duckdb")), Path(folder)


def read(server: SimulatorServer, warehouse: Warehouse, folder: Path) -> Read:
    """Read all five streams and publish them."""
    connector = CONNECTORS[CLOCKIFY]
    declared = [connector.stream(name) for name in STREAMS]
    config = {
        "api_key": CLOCKIFY_KEY,
        "workspace_id": server.world.clockify.workspace["id"],
        "api_url": server.url,
    }
    destination = WarehouseDestination(warehouse, connector, "live")
    began = time.perf_counter()
    with destination.open() as opened:
        opened.prepare()
        done = opened.read_today([props for props in declared if props.once_a_day])
        chosen = [props for props in declared if props.name not in done]
        request = ReadRequest.of(opened, connector, config, chosen)
    rows = 0
    with staged_read(request, folder / "staging") as staged, destination.open() as opened:
        if staged.errors:
            raise SystemExit(f"The read failed: {staged.errors}")
        requests = 0
        for stream in staged.complete():
            opened.publish(stream)
            rows += stream.records
            requests += stream.requests or 0
    return Read(time.perf_counter() - began, requests, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expenses", type=int, default=20_000)
    parser.add_argument("--invoices", type=int, default=5_000)
    parser.add_argument("--latency", type=int, default=20)
    asked = parser.parse_args()
    show_machine()
    with reader(company(asked.expenses, asked.invoices), asked.latency) as (server, warehouse, at):
        reads = {name: read(server, warehouse, at) for name in ("first", "nothing new")}
    print("\n| read | seconds | requests | rows |\n| --- | ---: | ---: | ---: |")
    for name, done in reads.items():
        print(f"| {name} | {done.seconds:.1f} | {done.requests} | {done.rows:,} |")


if __name__ == "__main__":
    main()
