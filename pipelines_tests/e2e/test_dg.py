"""Dagster's own tool for projects, `dg`, on a copy of this one: what it scaffolds is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.project.folder import PROJECT
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.made_connector import MadeConnector, record, status, stream

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 300


class Copy:
    """A copy of the project, in which `dg` may write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        shutil.copytree(
            PROJECT / "pipelines",
            self.folder / "pipelines",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copy(PROJECT / "pyproject.toml", self.folder)
        self.home = folder / "home"
        self.home.mkdir()

    def dg(self, *arguments: str, **environment: str) -> str:
        """What `dg` printed to its standard output."""
        binaries = str(Path(sys.executable).parent)
        ended = subprocess.run(
            [str(Path(binaries) / "dg"), *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(self.folder),
                "DAGSTER_HOME": str(self.home),
                "COLUMNS": "200",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return ended.stdout

    def assets(self, **environment: str) -> set[str]:
        """The keys of all assets, as `dg list defs` tells them."""
        printed = self.dg("list", "defs", "--json", **environment)
        return {asset["asset_key"] for asset in json.loads(printed[printed.index("{") :])["assets"]}


def test_what_is_scaffolded_is_part_of_the_project(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    assert "pipelines.pyairbyte.PyAirbyteComponent" in copy.dg("list", "components")
    copy.dg("check", "yaml")
    before = copy.assets()

    copy.dg("scaffold", "defs", "dagster.asset", "assets/extra.py")
    copy.dg("scaffold", "defs", "pipelines.pyairbyte.PyAirbyteComponent", "shop")
    made = MadeConnector(tmp_path, [stream("orders")])
    kind = "pipelines.pyairbyte.PyAirbyteComponent"
    copy.dg("scaffold", "defs", kind, "made", "--executable", str(made.executable))
    copy.dg("check", "yaml", SHOP_API_URL="http://127.0.0.1:9")
    copy.dg("check", "defs", SHOP_API_URL="http://127.0.0.1:9")
    after = copy.assets(SHOP_API_URL="http://127.0.0.1:9")
    assert after - before == {"extra", "shop/items", "made/orders"}
    assert before - after == set()

    # A third source and a fourth are read by the project as they are, into its own warehouse.
    made.reads(record("orders", id=5), status("orders", "COMPLETE"))
    place = tmp_path / "warehouse.duckdb"
    with JsonServer({"/items": [{"id": 1, "name": "one"}]}) as shop:
        selection = "key:shop/items or key:made/orders"
        environment = {"SHOP_API_URL": shop.url, "PIPELINES_WAREHOUSE": str(place)}
        copy.dg("launch", "--assets", selection, **environment)
    with duckdb.connect(str(place), read_only=True) as connection:
        assert connection.execute("SELECT id, name FROM shop.items").fetchall() == [(1, "one")]
        assert connection.execute("SELECT id FROM made.orders").fetchall() == [(5,)]
