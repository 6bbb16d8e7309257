"""A run of assets through the resource: what is published, what is told, and what a failure names."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions.

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.pyairbyte.decorator import pyairbyte_assets
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.project import failure_of
from pipelines_tests.support.shop import Place, shop_connector

ITEMS = [{"id": 1, "name": "one", "createdAt": "2026-03-01T10:00:00Z", "ID": "else"}]
ORDERS = [{"id": 7, "updated_at": "2026-02-01T00:00:00Z"}]


@pytest.fixture
def shop() -> Iterator[JsonServer]:
    with JsonServer({"/items": ITEMS, "/orders": ORDERS}) as server:
        yield server


def assets_of(folder: Path, shop: JsonServer, **more: Any) -> dg.AssetsDefinition:
    connector = shop_connector(folder)

    @pyairbyte_assets(connector=connector, name="shop")
    def assets(
        context: dg.AssetExecutionContext,
        airbyte: PyAirbyteResource,
        destinations: dg.ResourceParam[Any],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        yield from airbyte.run(
            context=context,
            connector=connector,
            config={"api_url": shop.url},
            destination=destinations.destination_of(connector),
            **more,
        )

    return assets


def test_each_stream_is_a_table_with_its_numbers(tmp_path: Path, shop: JsonServer) -> None:
    place = Place(tmp_path)
    result = place.materialize(assets_of(tmp_path, shop, metadata={"mode": "live"}))
    found = {
        str(event.asset_key.path[-1]): event.metadata
        for event in result.asset_materializations_for_node("shop")
        if event.asset_key
    }
    assert found.keys() == {"items", "orders"}
    numbers = {name: found["items"][name].value for name in ("rows_read", "rows_added", "requests")}
    assert numbers == {"rows_read": 1, "rows_added": 1, "requests": 2}
    assert found["items"]["mode"].value == "live"
    assert found["items"]["undeclared_fields"].value == {"ID": '"else"'}


def test_names_of_columns_stay_as_the_source_has_them(tmp_path: Path, shop: JsonServer) -> None:
    place = Place(tmp_path)
    assert place.materialize(assets_of(tmp_path, shop)).success
    assert place.rows(
        "SELECT id, (createdAt AT TIME ZONE 'UTC')::VARCHAR, _extra ->> 'ID' FROM shop.items"
    ) == [(1, "2026-03-01 10:00:00", "else")]
    assert ("createdAt",) in place.rows(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'items'"
    )


def test_a_stream_that_fails_is_named_and_the_others_are_published(
    tmp_path: Path, shop: JsonServer
) -> None:
    place = Place(tmp_path)
    assets = assets_of(tmp_path, shop)
    assert place.materialize(assets).success
    del shop.answers["/orders"]
    shop.answers["/items"] = [*ITEMS, {"id": 2, "name": "two"}]
    failure = failure_of(place.materialize(assets))
    assert failure.startswith(
        "shop: 1 of the selected streams failed and kept their tables. orders:"
    )
    assert place.rows("SELECT id FROM shop.items ORDER BY id") == [(1,), (2,)]
    assert place.rows("SELECT id FROM shop.orders") == [(7,)]


def test_a_full_refresh_asks_for_everything(tmp_path: Path, shop: JsonServer) -> None:
    place = Place(tmp_path)
    for is_full in (False, False, True):
        assert place.materialize(assets_of(tmp_path, shop, full_refresh=is_full)).success
    since = [path.partition("since=")[2][:10] for path in shop.asked if "orders" in path]
    assert since == ["2026-01-01", "2026-02-01", "2026-01-01"]


def test_what_is_selected_is_read_and_no_more(tmp_path: Path, shop: JsonServer) -> None:
    place = Place(tmp_path)
    selection = dg.AssetSelection.assets(dg.AssetKey(["shop", "items"]))
    assert place.materialize(assets_of(tmp_path, shop), selection=selection).success
    assert not [path for path in shop.asked if "orders" in path]
