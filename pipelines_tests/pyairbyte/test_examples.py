"""The examples that people copy run as they stand, but for the address of the shop."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.project.folder import PROJECT
from pipelines.pyairbyte.decorator import pyairbyte_assets
from pipelines.pyairbyte.partitions import daily_partitions
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.shop import Place, shop_connector

README = PROJECT / "pipelines" / "pyairbyte" / "README.md"
ADDRESS = "https://shop.example"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonServer]:
    """A running shop; the working directory has its manifest."""
    shop_connector(tmp_path)
    monkeypatch.chdir(tmp_path)
    with JsonServer({"/items": [{"id": 1, "name": "one"}], "/orders": []}) as server:
        yield server


def run(code: str, shop: JsonServer) -> dict[str, Any]:
    """What the example defines."""
    assert ADDRESS in code
    names: dict[str, Any] = {}
    text = code.replace(ADDRESS, shop.url)
    exec(compile(text, "example", "exec", dont_inherit=True), names)
    return names


def of_docstring(thing: Any) -> str:
    """The code after ``Example:``."""
    _, _, code = str(thing.__doc__).partition(".. code-block:: python\n")
    return textwrap.dedent(code)


def of_readme() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


@pytest.mark.parametrize(
    "code", [of_docstring(pyairbyte_assets), of_readme()], ids=["decorator", "readme"]
)
def test_an_example_of_assets_makes_tables(tmp_path: Path, shop: JsonServer, code: str) -> None:
    place = Place(tmp_path)
    assets = run(code, shop)["shop_streams"]
    assert place.materialize(assets).success
    assert place.rows("SELECT id, name FROM shop.items") == [(1, "one")]
    assert {spec.group_name for spec in assets.specs} == {"sales"}
    assert assets.op.pool == "shop_api"


def test_the_example_of_the_resource_shows_rows(shop: JsonServer) -> None:
    items = run(of_docstring(PyAirbyteResource), shop)["items"]
    assert [(row.id, row.name) for row in items.itertuples()] == [(1, "one")]


def test_an_example_fits_on_a_screen() -> None:
    assert len(of_readme().splitlines()) <= 20


def test_the_readme_names_every_module() -> None:
    told = README.read_text(encoding="utf-8")
    small = {
        "instants",
        "loading",
        "metadata",
        "parent_state",
        "partitions",
        "staging_folder",
        "waits",
        "discovery",
        "scaffolder",
        "destination",
    }
    modules = {path.stem for path in README.parent.glob("*.py")} - {"__init__"} - small
    assert not [name for name in sorted(modules) if not re.search(rf"\b{name}\b", told)]


def test_the_decorator_hands_on_what_dagster_knows(tmp_path: Path) -> None:
    @dg.failure_hook
    def tell(context: dg.HookContext) -> None:
        pass

    shop = shop_connector(tmp_path)
    days = daily_partitions(dg.DailyPartitionsDefinition("2026-01-01").start.date())

    def define(**more: Any) -> dg.AssetsDefinition:
        @pyairbyte_assets(connector=shop, name="shop", **more)
        def assets() -> Iterator[dg.MaterializeResult[Any]]:
            yield from ()

        return assets

    plain = define()
    assert plain.op.tags["connector"] == "source-shop"
    assert (plain.backfill_policy, plain.op.pool) == (None, None)
    assert {spec.group_name for spec in plain.specs} == {"shop"}

    full = define(
        group_name="sales",
        op_tags={"team": "shop"},
        hooks={tell},
        partitions_def=days,
        pool="shop_api",
    )
    assert full.op.tags["connector"] == "source-shop"
    assert full.op.tags["team"] == "shop"
    assert full.hook_defs == {tell}
    assert full.op.pool == "shop_api"
    assert full.backfill_policy == dg.BackfillPolicy.single_run()
    by_week = dg.BackfillPolicy.multi_run(max_partitions_per_run=7)
    assert define(partitions_def=days, backfill_policy=by_week).backfill_policy == by_week
