"""People count as unchanged when no change is theirs; a change of somebody unknown makes everybody suspect."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.defs.automation.unchanged_people import all_read_at, unchanged_people
from pipelines.pyairbyte.destination import Window
from pipelines.sources.clockify.changes import EntryChange
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.clockify_warehouse import every_day, make_warehouse

READ_AT = worlds.NOW
DAY = timedelta(days=1)
END = datetime(2026, 3, 21, tzinfo=timezone.utc)
WINDOW = Window(END - 14 * DAY, END, open_ended=True)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Ann, Bob and Cid have an entry each, 1 to 3; all days since 1 March were read at ``READ_AT``."""
    read = every_day(END.date() - 20 * DAY, END.date() - DAY, READ_AT)
    warehouse = make_warehouse(tmp_path / "w.duckdb", [], read)
    with warehouse.connect() as connection:
        for number, person in enumerate(("ann", "bob", "cid"), start=1):
            connection.execute(
                "INSERT INTO clockify.users (id, _extracted_at) VALUES (?, ?)",
                [person, READ_AT - DAY],
            )
            connection.execute(
                "INSERT INTO clockify.time_entries (id, user_id, time_interval, _first_seen_at) "
                """VALUES (?, ?, '{"end": "2026-03-10T09:00:00Z"}', ?)""",
                [worlds.hex_id(number), person, READ_AT - DAY],
            )
    return warehouse


def changed(number: int, user_id: str | None) -> EntryChange:
    return EntryChange(worlds.hex_id(number), READ_AT + DAY, None, user_id)


@pytest.mark.parametrize(
    ("changes", "unchanged"),
    [
        ([], {"ann", "bob", "cid"}),
        ([changed(9, "bob")], {"ann", "cid"}),
        # A rate or a custom field names the entry alone.
        ([changed(3, None), changed(9, "bob")], {"ann"}),
        ([changed(9, None)], None),
    ],
)
def test_whoever_is_named_or_owns_what_is_named_changed(
    warehouse: Warehouse, changes: list[EntryChange], unchanged: set[str] | None
) -> None:
    with warehouse.connect(read_only=True) as connection:
        assert unchanged_people(connection, changes, READ_AT) == unchanged


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE clockify.users SET _extracted_at = $moment WHERE id = 'cid'",
        "UPDATE clockify.time_entries SET _first_seen_at = $moment WHERE user_id = 'cid'",
    ],
)
def test_whoever_came_or_recorded_something_since_changed(warehouse: Warehouse, edit: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(edit, {"moment": READ_AT + timedelta(seconds=1)})
        assert unchanged_people(connection, [], READ_AT) == {"ann", "bob"}


def test_the_oldest_read_of_the_days_counts(warehouse: Warehouse) -> None:
    """Not that of a day outside; nothing where a day was never read, or too long ago for the feed."""
    now = READ_AT + DAY
    older = READ_AT - timedelta(hours=3)
    set_day = "UPDATE _pipelines.days_read SET read_at = $moment WHERE day = $day"
    with warehouse.connect() as connection:
        assert all_read_at(connection, WINDOW, now) == READ_AT
        connection.execute(set_day, {"moment": older, "day": END - 18 * DAY})
        assert all_read_at(connection, WINDOW, now) == READ_AT
        connection.execute(set_day, {"moment": older, "day": END - 9 * DAY})
        assert all_read_at(connection, WINDOW, now) == older
        assert all_read_at(connection, WINDOW, READ_AT + 30 * DAY) is None
        connection.execute(
            "DELETE FROM _pipelines.days_read WHERE day = $day", {"day": END - 2 * DAY}
        )
        assert all_read_at(connection, WINDOW, now) is None
