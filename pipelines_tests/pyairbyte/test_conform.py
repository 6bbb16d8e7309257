"""Conforming a record: nothing is lost, nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pyairbyte.conform import EXTRA, Conformer, staged_schema
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn

PROPS = AirbyteStreamProps(
    namespace="shop",
    name="orders",
    description="One row per order.",
    primary_key=("id",),
    columns=tuple(
        StreamColumn(name, kind, "")
        for name, kind in (
            ("id", "VARCHAR"),
            ("count", "BIGINT"),
            ("price", "DOUBLE"),
            ("paid", "BOOLEAN"),
            ("at", "TIMESTAMPTZ"),
            ("items", "JSON"),
        )
    ),
    publish="snapshot",
)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("count", 3, 3),
        ("count", 3.0, 3),
        ("count", "42", 42),
        ("price", 0.1, "0.1"),
        ("price", 3, "3"),
        ("price", "2.50", "2.50"),
        ("paid", False, False),
        ("id", "007", "007"),
        ("id", 7, "7"),
        ("at", "2026-03-02T10:00:00+02:00", "2026-03-02T10:00:00+02:00"),
        ("items", [{"a": 1.0}], [{"a": 1.0}]),
        ("items", "text", "text"),
    ],
)
def test_values_that_fit_are_converted_without_loss(column: str, value: Any, expected: Any) -> None:
    assert Conformer(PROPS)({column: value}) == {column: expected}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("count", "042"),
        ("count", 3.5),
        ("count", True),
        ("count", 2**63),
        ("count", float("inf")),
        ("price", "cheap"),
        ("price", True),
        ("paid", "yes"),
        ("paid", 1),
        ("id", 1.5),
        ("id", {"nested": 1}),
    ],
)
def test_values_that_do_not_fit_move_to_extra(column: str, value: Any) -> None:
    conform = Conformer(PROPS)
    assert conform({column: value}) == {EXTRA: {column: value}}
    assert list(conform.drift.retyped) == [column]


def test_undeclared_fields_move_to_extra_and_are_reported_with_an_example() -> None:
    conform = Conformer(PROPS)
    assert conform({"id": "a", "colour": "red"}) == {"id": "a", EXTRA: {"colour": "red"}}
    assert conform.drift.undeclared == {"colour": '"red"'}


def test_declared_fields_that_never_came_are_reported() -> None:
    conform = Conformer(PROPS)
    conform({"id": "a", "count": None})
    assert conform.drift.unseen == {"price", "paid", "at", "items"}


def test_the_staged_schema_stores_every_text_and_number_exactly() -> None:
    types = {name: field["type"][0] for name, field in staged_schema(PROPS)["properties"].items()}
    assert types == {
        "id": "string",
        "count": "integer",
        "price": "string",
        "paid": "boolean",
        "at": "string",
        "items": "object",
        "_extra": "object",
    }


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(record=st.dictionaries(st.sampled_from([*PROPS.column_names, "x", "y"]), _VALUES))
def test_no_field_of_any_record_is_lost(record: dict[str, Any]) -> None:
    conformed = Conformer(PROPS)(record)
    kept = set(conformed) - {EXTRA} | set(conformed.get(EXTRA, {}))
    assert kept == set(record)


def test_a_manifest_declares_streams(tmp_path: Path) -> None:
    """A manifest of one stream whose schema and fields hide behind references."""
    from pipelines.pyairbyte.props import Connector

    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(
        """
definitions:
  name: {type: [string, "null"], description: What it is called.}
  orders:
    name: orders
    primary_key: id
    schema_loader:
      schema:
        description: One row
          per order.
        x-publish: daily_window
        x-day: at
        x-scope: {stream: users, key: id, column: user_id}
        properties:
          id: {type: string, description: Key.}
          name: {$ref: "#/definitions/name"}
          at: {type: [string, "null"], format: date-time}
          day: {type: [string, "null"], format: date}
          items: {type: [array, "null"]}
          any: {type: [string, integer, "null"]}
streams: ["#/definitions/orders"]
"""
    )
    (orders,) = Connector("source-shop", "shop", manifest).streams
    assert orders.description == "One row per order."
    assert orders.primary_key == ("id",)
    assert (orders.is_daily, orders.day) == (True, "at")
    assert orders.scope is not None
    assert orders.scope.column == "user_id"
    assert [(c.name, c.type) for c in orders.columns] == [
        ("id", "VARCHAR"),
        ("name", "VARCHAR"),
        ("at", "TIMESTAMPTZ"),
        ("day", "DATE"),
        ("items", "JSON"),
        ("any", "JSON"),
    ]
    assert orders.columns[1].description == "What it is called."
