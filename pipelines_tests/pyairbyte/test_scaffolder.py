"""What `dg scaffold defs` writes for an installed connector is what its component reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dagster.components.testing import create_defs_folder_sandbox

from pipelines.pyairbyte import PyAirbyteComponent
from pipelines.pyairbyte.discovery import NotDiscovered, discover
from pipelines_tests.support.made_connector import MadeConnector, error, stream


@pytest.fixture
def made(tmp_path: Path) -> MadeConnector:
    orders, visits, logs = (
        stream("orders"),
        stream("visits", incremental=True),
        stream("logs"),
    )
    del logs["stream"]["source_defined_primary_key"]
    orders["stream"]["supported_sync_modes"] = ["full_refresh"]
    visits["stream"]["default_cursor_field"] = ["seen_at"]
    return MadeConnector(tmp_path, [orders, visits, logs])


def scaffold(executable: str, config: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The attributes of ``defs.yaml``, the catalog, and the streams of the component."""
    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            component_cls=PyAirbyteComponent,
            defs_path="shop",
            scaffold_params={"executable": executable, "config_file": str(config)},
        )
        attributes = yaml.safe_load((path / "defs.yaml").read_text(encoding="utf-8"))["attributes"]
        catalog = json.loads((path / "catalog.json").read_text(encoding="utf-8"))
        component = PyAirbyteComponent(connector="source-made", executable=executable)
        component.folder = path
        return attributes, catalog, [props.name for props in component.declared().streams]


def test_the_catalog_is_asked_for_and_no_secret_is_written(
    made: MadeConnector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"key": "hush-hush", "count": 5}), encoding="utf-8")
    attributes, catalog, streams = scaffold(str(made.executable), config)
    assert attributes["connector"] == "source-made"
    assert attributes["namespace"] == "shop"
    assert attributes["config"] == {"key": "{{ env.SHOP_KEY }}", "count": 5}
    assert not Path(attributes["executable"]).is_absolute()
    assert made.asked("discover")[0]["--config"] == {"key": "hush-hush", "count": 5}

    assert streams == ["orders", "visits"]
    modes = {each["stream"]["name"]: each["sync_mode"] for each in catalog["streams"]}
    assert modes == {"orders": "full_refresh", "visits": "incremental"}
    assert catalog["streams"][1]["cursor_field"] == ["seen_at"]
    assert "logs is left out of catalog.json: it has no primary key" in capsys.readouterr().err


def test_what_is_wrong_is_a_sentence_without_secrets(made: MadeConnector, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with pytest.raises(click.ClickException, match=r"config\.json cannot be read"):
        scaffold(str(made.executable), config)
    config.write_text("[]", encoding="utf-8")
    with pytest.raises(click.ClickException, match="has to be a JSON object"):
        scaffold(str(made.executable), config)
    config.write_text(json.dumps({"key": "hush-hush-27182"}), encoding="utf-8")
    made.does("discover", {"err": "no entry with hush-hush-27182"}, {"exit": 1})
    with pytest.raises(click.ClickException, match=r"no entry with \[secret\]"):
        scaffold(str(made.executable), config)
    with pytest.raises(click.ClickException, match="source-unknown is not installed"):
        scaffold("source-unknown", config)


def test_a_connector_that_does_not_answer_is_told_of(made: MadeConnector) -> None:
    made.does("discover", error("api_key is missing"), {"exit": 1})
    with pytest.raises(NotDiscovered, match="exit status 1 in its discover: api_key is missing"):
        discover(str(made.executable), {})
