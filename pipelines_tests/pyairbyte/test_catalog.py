"""What a catalog says of streams, and what is said of one that does not say enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.pyairbyte.catalog import InstalledConnector
from pipelines.pyairbyte.props import ManifestError
from pipelines_tests.support.made_connector import stream


def connector(folder: Path, document: Any) -> InstalledConnector:
    path = folder / "catalog.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return InstalledConnector("source-shop", "shop", "source-shop", path)


def test_columns_keys_and_modes_come_from_the_catalog(tmp_path: Path) -> None:
    entry = stream(
        "Ad-Groups",
        incremental=True,
        shownAt={"type": ["null", "string"], "format": "date-time", "description": "When."},
        price={"type": "number"},
        nested={"type": "object"},
        either={"oneOf": [{"type": "string"}, {"type": "integer"}]},
    )
    (props,) = connector(tmp_path, {"streams": [entry]}).streams
    assert (props.name, props.primary_key, props.publish) == ("ad_groups", ("id",), "incremental")
    assert {column.name: column.type for column in props.columns} == {
        "id": "BIGINT",
        "shownAt": "TIMESTAMPTZ",
        "price": "DOUBLE",
        "nested": "JSON",
        "either": "JSON",
    }
    assert props.columns[1].description == "When."


def test_a_catalog_that_is_not_configured_is_read_whole(tmp_path: Path) -> None:
    plain = stream("orders", incremental=True)["stream"]
    (props,) = connector(tmp_path, {"streams": [plain]}).streams
    assert (props.primary_key, props.publish) == (("id",), "snapshot")


def test_a_key_of_ones_own_counts(tmp_path: Path) -> None:
    entry = stream("orders", number={"type": "integer"})
    entry["primary_key"] = [["number"]]
    (props,) = connector(tmp_path, {"streams": [entry]}).streams
    assert props.primary_key == ("number",)


def _without_key() -> dict[str, Any]:
    entry = stream("orders")
    del entry["primary_key"], entry["stream"]["source_defined_primary_key"]
    return entry


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "is no catalog of Airbyte's protocol"),
        ({"streams": 3}, "is no catalog of Airbyte's protocol"),
        ([], "is no catalog of Airbyte's protocol"),
        ({"streams": [_without_key()]}, "stream orders has no primary_key"),
        (
            {"streams": [{**stream("orders"), "primary_key": [["a", "b"]]}]},
            "has a primary_key within a nested value",
        ),
        (
            {"streams": [{**stream("orders"), "primary_key": [["other"]]}]},
            "stream orders has no field other",
        ),
        ({"streams": [stream("a-b"), stream("A b")]}, "two streams would have the same table"),
    ],
)
def test_a_catalog_that_says_too_little_is_named(
    tmp_path: Path, document: Any, reason: str
) -> None:
    with pytest.raises(ManifestError, match=reason) as caught:
        connector(tmp_path, document).streams  # noqa: B018
    assert "catalog.json" in str(caught.value)


def test_a_missing_catalog_says_how_to_make_one(tmp_path: Path) -> None:
    missing = InstalledConnector("source-shop", "shop", "source-shop", tmp_path / "catalog.json")
    with pytest.raises(ManifestError, match=r"dg scaffold defs .* --executable"):
        missing.streams  # noqa: B018
