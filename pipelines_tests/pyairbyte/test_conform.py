"""Conforming a record: nothing is lost, nothing is guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pyairbyte.conform import EXTRA, Conformer, staged_schema
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamColumn
from pipelines.pyairbyte.unreadable import UNREADABLE

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
        ("at", "20260302T100000+0200", "2026-03-02T08:00:00Z"),
        ("at", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_values_that_fit_are_converted_without_loss(column: str, value: Any, expected: Any) -> None:
    record = {"id": "a", column: value}
    assert Conformer(PROPS)(record) == {"id": "a", column: expected}


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
        ("price", float("nan")),
        ("price", "inf"),
        ("at", "soon"),
        ("at", "12026-01-01T00:00:00Z"),
        ("at", 1772438400000),
    ],
)
def test_values_that_do_not_fit_move_to_extra(column: str, value: Any) -> None:
    conform = Conformer(PROPS)
    assert conform({"id": "a", column: value}) == {"id": "a", EXTRA: {column: value}}
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
        "_unreadable": "object",
    }


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(record=st.dictionaries(st.sampled_from([*PROPS.column_names, "x", "y"]), _VALUES))
def test_no_field_of_any_record_is_lost(record: dict[str, Any]) -> None:
    record |= {"id": "a"}
    conformed = Conformer(PROPS)(record)
    kept = set(conformed) - {EXTRA} | set(conformed.get(EXTRA, {}))
    assert kept == set(record)


#: Values whose type tells everything, and others of the same types that do not fit.
_LIKE_EACH_OTHER: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 1, 2**62, 2**63, 0.5, float("inf"), "7", "x", "\ud83d", [], {}, {"a": 1}),
        *("2026-03-02T10:00:00Z", "2026-03-02T10:00:60Z", "soon", "2.50"),
    ]
)


@given(
    records=st.lists(
        st.dictionaries(st.sampled_from([*PROPS.column_names, "x"]), _LIKE_EACH_OTHER), max_size=30
    )
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_records_of_a_known_shape_are_conformed_as_each_would_be_alone(
    records: list[dict[str, Any]],
) -> None:
    """One conformer for all, which remembers their shapes, and one for each, which cannot; drift is told alike."""
    together = Conformer(PROPS)
    lines = [_line(together, record) for record in records for _ in range(2)]
    alone = [Conformer(PROPS) for record in records for _ in range(2)]
    assert lines == [_line(conform, records[n // 2]) for n, conform in enumerate(alone)]
    for kind in ("undeclared", "retyped"):
        expected: dict[str, str] = {}
        for conform in alone:
            expected = {**getattr(conform.drift, kind), **expected}
        assert getattr(together.drift, kind) == expected
    unseen = [conform.drift.unseen for conform in alone]
    assert together.drift.unseen == set(PROPS.column_names).intersection(*unseen)


def test_a_stream_of_many_shapes_is_conformed_all_the_same() -> None:
    """More shapes than are remembered."""
    conform = Conformer(PROPS)
    for number in range(1100):
        conform({"id": "a", f"new_{number}": 1})
    assert conform({"id": "a", "count": "3", "paid": None}) == {"id": "a", "count": 3, "paid": None}
    assert len(conform.drift.undeclared) == 1100


@pytest.mark.parametrize("key", [None, 1.5, {"nested": 1}])
def test_a_record_without_a_usable_key_is_set_aside(key: Any) -> None:
    row = Conformer(PROPS)({"id": key, "count": 3})
    assert row.keys() == {UNREADABLE}
    assert row[UNREADABLE]["reason"] == "has no usable id"
    assert json.loads(row[UNREADABLE]["raw"]) == {"id": key, "count": 3}


def _line(conform: Conformer, record: dict[str, Any]) -> bytes:
    return conform.line(record, conform(record), {})


def line_of(record: dict[str, Any], props: AirbyteStreamProps = PROPS) -> dict[str, Any]:
    return json.loads(_line(Conformer(props), record))


def test_half_a_character_is_replaced_and_the_original_kept() -> None:
    assert line_of({"id": "a", "colour": "red", "items": ["half \ud83d", "\ud83d\ude00"]}) == {
        "id": "a",
        "items": ["half \ufffd", "\U0001f600"],
        EXTRA: {"colour": "red", "items": '["half \\ud83d", "\\ud83d\\ude00"]'},
    }


def test_numbers_of_any_size_are_kept_to_the_digit() -> None:
    digits = "123456789012345678901234567890"
    line = _line(Conformer(PROPS), {"id": "a", "items": [int(digits)], "count": int(digits)})
    assert line.count(digits.encode()) == 2
    assert line_of({"id": {"n": int(digits)}})[UNREADABLE]["raw"].count(digits) == 1


def test_what_is_nested_too_deep_or_too_long_is_set_aside() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]
    row = line_of({"id": "a", "items": deep})
    assert (row["id"], row[UNREADABLE]["reason"]) == ("a", "is nested too deep")
    assert row[UNREADABLE]["raw"].count("[") == 3000
    row = line_of({"id": "a", "items": "x" * 16 * 2**20})
    assert (row["id"], row[UNREADABLE]["reason"]) == ("a", "is longer than 15 MB")
    assert len(row[UNREADABLE]["raw"]) == 1_000_000


DAILY = replace(PROPS, publish="daily_window", day="items.start")


@pytest.mark.parametrize(
    "items", [None, {}, {"start": None}, {"start": "+12026-01-01T00:00:00Z"}, "x"]
)
def test_a_record_of_no_day_is_set_aside_with_its_key(items: Any) -> None:
    row = Conformer(DAILY)({"id": "a", "items": items})
    assert (row["id"], row[UNREADABLE]["reason"]) == ("a", "items.start is no instant")


def test_the_instant_of_a_day_is_made_plain() -> None:
    record = {"id": "a", "items": {"start": "2026-03-02T23:59:60Z", "end": None}}
    assert Conformer(DAILY)(record)["items"] == {"start": "2026-03-03T00:00:00Z", "end": None}
    assert record["items"]["start"] == "2026-03-02T23:59:60Z"


def test_a_manifest_declares_streams(tmp_path: Path) -> None:
    """A manifest of one stream whose schema and fields hide behind references."""
    from pipelines.pyairbyte.manifest import ManifestConnector

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
    (orders,) = ManifestConnector("source-shop", "shop", manifest).streams
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
