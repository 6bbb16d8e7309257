"""A connector as it comes from the package index, in an environment of its own: it needs no account."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox

from pipelines.defs.resources import Sources
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte import PyAirbyteComponent
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.warehouse.connection import Warehouse

pytestmark = pytest.mark.slow

PACKAGE = "airbyte-source-faker==7.2.1"
PATIENCE_SECONDS = 600


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


@pytest.fixture
def faker(tmp_path: Path) -> str:
    """The program of the package. Its dependencies are others than ours, so it cannot be installed beside them."""
    folder = tmp_path / "connector"
    assert run(sys.executable, "-m", "venv", "--without-pip", str(folder)).returncode == 0
    python = str(folder / "bin" / "python")
    # PyAirbyte brings uv, which is several times as fast; only pip may know where the index is.
    uv = run(sys.executable, "-m", "uv", "pip", "install", "--python", python, PACKAGE)
    if uv.returncode != 0:
        pip = run(sys.executable, "-m", "pip", "--python", python, "install", PACKAGE)
        if pip.returncode != 0:
            pytest.skip(f"{PACKAGE} cannot be installed: {pip.stderr.strip()[-300:]}")
    return str(folder / "bin" / "source-faker")


def test_its_streams_become_tables_and_nothing_new_adds_nothing(tmp_path: Path, faker: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"count": 30, "seed": 7, "always_updated": False}), "utf-8")
    warehouse = Warehouse(str(tmp_path / "faker.duckdb"))
    resources = dg.Definitions(
        resources={
            "airbyte": PyAirbyteResource(staging_dir=str(tmp_path / "staging")),
            "destinations": Sources(load_settings({"DAGSTER_HOME": str(tmp_path)}), warehouse),
        }
    )

    def added() -> dict[str, int]:
        """The rows that a read adds, by stream."""
        job = dg.Definitions.merge(found, resources).resolve_implicit_global_asset_job_def()
        result = job.execute_in_process()
        return {
            event.asset_key.path[-1]: int(str(event.metadata["rows_added"].value))
            for event in result.asset_materializations_for_node("faker_streams")
            if event.asset_key
        }

    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            component_cls=PyAirbyteComponent,
            defs_path="faker",
            scaffold_params={"executable": faker, "config_file": str(config)},
        )
        with sandbox.load_component_and_build_defs(defs_path=path) as (_, found):
            first, second = added(), added()
    assert first["users"] == 30
    assert first["products"] > 0
    assert first["purchases"] > 0
    assert set(second.values()) == {0}
    with warehouse.connect(read_only=True) as connection:
        rows = connection.execute(
            "SELECT count(*), count(DISTINCT email), any_value(typeof(created_at)), any_value(typeof(address)) "
            "FROM faker.users"
        ).fetchall()
        states = dict(connection.execute("SELECT stream, state FROM _pipelines.streams").fetchall())
    assert rows == [(30, 30, "TIMESTAMP WITH TIME ZONE", "JSON")]
    assert json.loads(states["users"])["loop_offset"] == 30
    assert set(states) == {"users", "products", "purchases"}
