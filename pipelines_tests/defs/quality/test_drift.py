"""Drift: new and retyped fields from ``_extra``, missing ones from what the last reads carried."""

from __future__ import annotations

from pipelines.defs.quality.drift import FieldDrift, PastRead, drifted_fields
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.tables import insert, raw_warehouse

TAGS = CONNECTORS["clockify"].stream("tags")
STORIES = CONNECTORS["pivotal_tracker"].stream("stories")


def read(records: int, *never_sent: str) -> PastRead:
    return PastRead(records, frozenset(never_sent))


def missing(props: AirbyteStreamProps, stored: int, reads: list[PastRead]) -> list[str]:
    """Missing fields of a table of 100 rows, ``stored`` of which have a name."""
    connection = raw_warehouse()
    rows = [{"id": n, "name": f"row {n}" if n < stored else None} for n in range(100)]
    insert(connection, f"{props.namespace}.{props.name}", rows)
    return [drift.field for drift in drifted_fields(connection, props, reads)]


def test_extra_fields_are_new_or_retyped_with_their_rows_and_an_example() -> None:
    connection = raw_warehouse()
    insert(
        connection,
        "clockify.tags",
        [
            {"id": "a", "_extra": {"colour": "red", "$odd/~name": {"deep": 1}}},
            {"id": "b", "_extra": {"colour": "blue", "archived": "perhaps"}},
            {"id": "c"},
        ],
    )
    assert drifted_fields(connection, TAGS, []) == [
        FieldDrift("$odd/~name", "new", 1, '{"deep":1}'),
        FieldDrift("archived", "retyped", 1, '"perhaps"'),
        FieldDrift("colour", "new", 2, '"blue"'),
    ]


def test_a_field_that_is_null_in_every_row_is_new_like_any_other() -> None:
    connection = raw_warehouse()
    rows = [{"id": n, "_extra": {"colour": None, "size": 3 if n == 2 else None}} for n in range(3)]
    insert(connection, "clockify.tags", rows)
    assert drifted_fields(connection, TAGS, []) == [
        FieldDrift("colour", "new", 3, "null"),
        FieldDrift("size", "new", 3, "3"),
    ]


def test_a_long_example_is_shortened() -> None:
    connection = raw_warehouse()
    insert(connection, "clockify.tags", [{"id": "a", "_extra": {"text": "x" * 500}}])
    [drift] = drifted_fields(connection, TAGS, [])
    assert len(drift.example) == 80


def test_a_snapshot_misses_what_an_earlier_one_had() -> None:
    assert missing(TAGS, 0, [read(3, "name"), read(3)]) == ["name"]
    assert missing(TAGS, 0, [read(3, "name"), read(3, "name"), read(3)]) == ["name"]


def test_a_field_that_was_never_sent_is_not_missing() -> None:
    assert missing(TAGS, 0, []) == []
    assert missing(TAGS, 0, [read(3, "name")]) == []
    assert missing(TAGS, 0, [read(3, "name"), read(3, "name")]) == []


def test_a_partial_read_misses_what_so_many_records_should_have_had() -> None:
    assert missing(STORIES, 50, [read(20, "name")]) == ["name"]
    # 19 records of which half should have one: it takes 20 to expect ten.
    assert missing(STORIES, 50, [read(19, "name")]) == []
    assert missing(STORIES, 0, [read(1000, "name")]) == []


def test_an_empty_table_tells_nothing_about_a_partial_read() -> None:
    assert drifted_fields(raw_warehouse(), STORIES, [read(50, "name")]) == []
