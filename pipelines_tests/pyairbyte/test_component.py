"""A connector that nobody here knows becomes assets by a ``defs.yaml``, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster.components.testing import create_defs_folder_sandbox

from pipelines.defs.resources import Sources
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte import PyAirbyteComponent
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.answering_server import Answer, answering
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.project import failure_of

TYPE = "pipelines.pyairbyte.PyAirbyteComponent"
ITEMS = [{"id": 1, "name": "one", "colour": "red"}, {"id": 2, "name": None}]


@pytest.fixture
def shop() -> Iterator[JsonServer]:
    with JsonServer({"/items": ITEMS}) as server:
        yield server


class Shop:
    """A sandbox with one component, and a warehouse that it is read into."""

    def __init__(self, folder: Path, definitions: dg.Definitions) -> None:
        self.warehouse = Warehouse(str(folder / "shop.duckdb"))
        settings = load_settings({"DAGSTER_HOME": str(folder)})
        self.definitions = dg.Definitions.merge(
            definitions,
            dg.Definitions(
                resources={
                    "airbyte": PyAirbyteResource(staging_dir=str(folder / "staging")),
                    "destinations": Sources(settings, self.warehouse),
                }
            ),
        )

    def read(self) -> dg.ExecuteInProcessResult:
        job = self.definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(raise_on_error=False)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()


def attributes(server: JsonServer, **more: Any) -> dict[str, Any]:
    return {"connector": "source-shop", "config": {"api_url": server.url}, **more}


def load(folder: Path, attributes: dict[str, Any]) -> Shop:
    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            component_cls=PyAirbyteComponent,
            defs_path="shop",
            defs_yaml_contents={"type": TYPE, "attributes": attributes},
        )
        # Kept, because a run reads the manifest after the sandbox is gone.
        kept = folder / "manifest.yaml"
        kept.write_text((path / "manifest.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        document = {"type": TYPE, "attributes": {**attributes, "manifest": str(kept)}}
        (path / "defs.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        with sandbox.load_component_and_build_defs(defs_path=path) as (_, definitions):
            return Shop(folder, definitions)


def test_a_manifest_without_any_key_of_ours_is_read_and_published(
    tmp_path: Path, shop: JsonServer
) -> None:
    project = load(tmp_path, attributes(shop))
    assert project.read().success
    assert project.rows("SELECT id, name, _extra ->> 'colour' FROM shop.items ORDER BY id") == [
        (1, "one", "red"),
        (2, None, None),
    ]


def test_a_redirect_is_the_end_of_the_read(tmp_path: Path) -> None:
    """A connector's credential would go along, whatever header it is in."""
    with (
        answering(lambda _: Answer()) as other,
        answering(lambda _: Answer(302, headers={"Location": other.url})) as first,
    ):
        project = load(tmp_path, {"connector": "source-shop", "config": {"api_url": first.url}})
        assert f"{first.url} redirects to {other.url}" in failure_of(project.read())
    assert first.asked
    assert not other.asked


def test_what_is_gone_from_a_snapshot_is_kept_as_deleted(tmp_path: Path, shop: JsonServer) -> None:
    project = load(tmp_path, attributes(shop))
    assert project.read().success
    shop.answers["/items"] = ITEMS[:1]
    assert project.read().success
    assert project.rows("SELECT id FROM shop.items") == [(1,)]
    assert project.rows("SELECT id FROM shop.items_deleted") == [(2,)]


def test_translation_schedule_and_pool_come_from_the_file(tmp_path: Path, shop: JsonServer) -> None:
    more = {
        "namespace": "store",
        "pool": "slow_host",
        "schedule": "0 6 * * *",
        "translation": {
            "group_name": "sales",
            "owners": ["team:shop"],
            "tags": {"tier": "{{ stream }}"},
            "key_prefix": "raw",
        },
    }
    project = load(tmp_path, attributes(shop, **more))
    asset = project.definitions.resolve_assets_def(dg.AssetKey(["raw", "store", "items"]))
    spec = next(iter(asset.specs))
    assert (spec.group_name, list(spec.owners), spec.tags["tier"]) == (
        "sales",
        ["team:shop"],
        "items",
    )
    assert asset.op.pool == "slow_host"
    schedule = project.definitions.resolve_schedule_def("store_read_schedule")
    assert schedule.cron_schedule == "0 6 * * *"


def test_an_unknown_stream_is_named_with_those_that_exist(tmp_path: Path, shop: JsonServer) -> None:
    with pytest.raises(Exception, match="shop") as caught:
        load(tmp_path, attributes(shop, streams=["orders"]))
    assert "declares no stream orders; it declares items" in str(caught.value.__cause__)


def test_daily_streams_need_a_first_day() -> None:
    component = PyAirbyteComponent(connector="source-shop")
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="set start_date"):
        component.partitions(component.declared())
