"""What a manifest may call streams and fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.props import ManifestError

STREAM = """\
streams:
  - name: {name}
    primary_key: {key}
    schema_loader:
      schema: {{type: object, properties: {{ID: {{type: integer}}, id: {{type: string}}, at: {{type: string}}}}}}
"""


def connector(folder: Path, name: str) -> ManifestConnector:
    manifest = folder / "manifest.yaml"
    manifest.write_text(STREAM.format(name=name, key="ID"), encoding="utf-8")
    return ManifestConnector("source-shop", "shop", manifest)


@pytest.mark.parametrize("name", ["Ad-Groups", "ad groups", "1st"])
def test_a_stream_that_no_table_can_be_called_like_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError, match=f"the stream '{name}' would be a table of that name"):
        connector(tmp_path, name).streams  # noqa: B018


def test_of_names_that_a_table_cannot_tell_apart_the_first_is_a_column(tmp_path: Path) -> None:
    (props,) = connector(tmp_path, "orders").streams
    assert [(column.name, column.type) for column in props.columns] == [
        ("ID", "BIGINT"),
        ("at", "VARCHAR"),
    ]
