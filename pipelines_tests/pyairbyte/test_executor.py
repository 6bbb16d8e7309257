"""The executor of manifests, asked as PyAirbyte asks it: commands in, lines of Airbyte's protocol out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.pyairbyte.batches import FILE, RECORDS, WHOLE
from pipelines.pyairbyte.executor import StreamwiseExecutor
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.shop import shop_connector

ORDERS = [
    {"id": 1, "updated_at": "2026-02-01T00:00:00Z"},
    {"id": 2, "updated_at": "2026-03-01T00:00:00Z"},
]


@pytest.fixture
def shop() -> Iterator[JsonServer]:
    with JsonServer({"/items": [{"id": 1, "name": "one"}], "/orders": ORDERS}) as server:
        yield server


def executor(folder: Path, shop: JsonServer, **more: Any) -> StreamwiseExecutor:
    return StreamwiseExecutor(shop_connector(folder), {"api_url": shop.url}, folder, **more)


def catalog(folder: Path, *streams: str) -> str:
    path = folder / "configured.json"
    entries = [
        {
            "stream": {
                "name": name,
                "json_schema": {},
                "supported_sync_modes": ["full_refresh", "incremental"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
        }
        for name in streams
    ]
    path.write_text(json.dumps({"streams": entries}), encoding="utf-8")
    return str(path)


def lines(running: StreamwiseExecutor, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in running.execute(list(arguments))]


def test_check_and_discover_answer_with_one_line(tmp_path: Path, shop: JsonServer) -> None:
    running = executor(tmp_path, shop)
    (verdict,) = lines(running, "check", "--config", "nowhere")
    assert verdict["connectionStatus"]["status"] == "SUCCEEDED"
    (found,) = lines(running, "discover", "--config", "nowhere")
    schemas = {stream["name"]: stream["json_schema"] for stream in found["catalog"]["streams"]}
    assert schemas.keys() == {"items", "orders"}
    assert {"_extra", "_unreadable"} < schemas["items"]["properties"].keys()


def test_a_read_hands_on_batches_and_keeps_outcomes(tmp_path: Path, shop: JsonServer) -> None:
    running = executor(tmp_path, shop, streams=["items", "orders"])
    told = lines(running, "read", "--catalog", catalog(tmp_path, "items", "orders"))
    batches = [line["record"] for line in told if RECORDS in line["record"]["data"]]
    wholes = [line["record"]["stream"] for line in told if WHOLE in line["record"]["data"]]
    records = {batch["stream"]: batch["data"] for batch in batches}
    assert len(batches) + len(wholes) == len(told)
    assert sorted(wholes) == ["items", "orders"]
    assert {name: data[RECORDS] for name, data in records.items()} == {"items": 1, "orders": 2}
    rows = Path(records["orders"][FILE]).read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == [1, 2]

    items, orders = running.outcomes["items"], running.outcomes["orders"]
    assert (items.records, items.complete, items.error, items.state) == (1, True, None, None)
    assert (orders.records, orders.state) == (2, {"updated_at": "2026-03-01T00:00:00Z"})
    assert running.session.requests.total() == 2


def test_a_stream_that_fails_has_its_reason_and_the_others_end(
    tmp_path: Path, shop: JsonServer
) -> None:
    del shop.answers["/orders"]
    running = executor(tmp_path, shop, streams=["orders", "items"])
    lines(running, "read", "--catalog", catalog(tmp_path, "items", "orders"))
    assert running.outcomes["items"].complete
    assert not running.outcomes["orders"].complete
    assert "404" in str(running.outcomes["orders"].error)


def test_a_read_begins_where_the_state_is(tmp_path: Path, shop: JsonServer) -> None:
    running = executor(tmp_path, shop, states={"orders": {"updated_at": "2026-02-15T00:00:00Z"}})
    lines(running, "read", "--catalog", catalog(tmp_path, "orders"))
    assert shop.asked == ["/orders?since=2026-02-15T00%3A00%3A00Z"]


def test_nothing_is_asked_after_the_end(tmp_path: Path, shop: JsonServer) -> None:
    running = executor(tmp_path, shop, streams=["items", "orders"])
    reading = running.execute(["read", "--catalog", catalog(tmp_path, "items", "orders")])
    next(reading)
    running.close()
    asked = len(shop.asked)
    assert running.session.is_abandoned
    assert list(reading) == []
    assert len(shop.asked) == asked
