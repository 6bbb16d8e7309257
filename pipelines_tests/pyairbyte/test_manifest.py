"""What a manifest may call streams and fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.props import ManifestError, StreamScope

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


def test_a_version_holds_for_ever_for_a_day_or_not_at_all() -> None:
    scope = StreamScope(
        "invoices",
        "id",
        "invoice_id",
        version=("status", "balance"),
        settled={"status": ("PAID",)},
        daily={"status": ("SENT",)},
    )
    first, next_day = date(2026, 3, 1), date(2026, 3, 2)

    def version(status: str | None, balance: int | None, day: date = first) -> str | None:
        return scope.version_of({"status": status, "balance": balance}, day)

    assert version("PAID", 0) == version("PAID", 0, next_day) == "PAID|0"
    assert version("SENT", 5) == "SENT|5|2026-03-01"
    assert version("SENT", 5, next_day) == "SENT|5|2026-03-02"
    assert version("UNSENT", 5) is None
    assert version("SENT", None) is None
    without_either = replace(scope, settled={}, daily={})
    assert without_either.version_of({"status": "UNSENT", "balance": 5}, first) == "UNSENT|5"
