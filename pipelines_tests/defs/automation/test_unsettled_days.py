"""A change is settled on a day when that day was read after it; an edited entry touches its old and its new day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.defs.automation.unsettled_days import Unsettled, days_read_at, unsettled_days
from pipelines.sources.clockify.changes import EntryChange
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support import worlds
from pipelines_tests.support.clockify_warehouse import every_day, make_warehouse

READ_AT = worlds.NOW
FIRST, OLD, NEW, TODAY = (date(2026, 3, day) for day in (1, 5, 9, 20))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Entry 1 lies on ``OLD``; all days were read at ``READ_AT``."""
    entries = [worlds.time_entry(1, "2026-03-05T08:00:00Z")]
    return make_warehouse(tmp_path / "w.duckdb", entries, every_day(FIRST, TODAY, READ_AT))


def of(warehouse: Warehouse, *changes: EntryChange) -> Unsettled:
    with warehouse.connect(read_only=True) as connection:
        return unsettled_days(connection, changes, first_day=FIRST, today=TODAY)


def changed(number: int, minutes: float, day: date | None) -> EntryChange:
    """Entry ``number`` changed so many minutes after the days were read."""
    return EntryChange(worlds.hex_id(number), READ_AT + timedelta(minutes=minutes), day)


@pytest.mark.parametrize(
    ("change", "days"),
    [
        (changed(1, 1, NEW), [OLD, NEW]),
        (changed(1, 1, OLD), [OLD]),
        (changed(1, 1, None), [OLD]),
        (changed(2, 1, NEW), [NEW]),
        (changed(2, 1, None), []),
        (changed(1, -1, NEW), []),
        # Within a few seconds nobody knows whose clock is right.
        (changed(2, -0.01, NEW), [NEW]),
        (changed(2, 1, date(2026, 2, 28)), []),
        (changed(2, 1, date(2026, 4, 1)), [TODAY]),
    ],
)
def test_the_days_of_one_change(
    warehouse: Warehouse, change: EntryChange, days: list[date]
) -> None:
    assert of(warehouse, change).days == days


def test_the_oldest_unsettled_change_is_told(warehouse: Warehouse) -> None:
    found = of(warehouse, changed(2, -60, NEW), changed(3, 1, NEW), changed(1, 2, OLD))
    assert found == Unsettled(
        days=[OLD, NEW],
        oldest=READ_AT + timedelta(minutes=1),
        newest=READ_AT + timedelta(minutes=2),
        ignored=0,
    )


def test_what_lies_before_the_start_is_counted(warehouse: Warehouse) -> None:
    assert of(warehouse, changed(2, 1, date(2025, 1, 1))).ignored == 1


def test_a_warehouse_without_any_read_has_read_no_days(tmp_path: Path) -> None:
    warehouse = Warehouse(str(tmp_path / "empty.duckdb"))
    with warehouse.connect() as connection:
        assert days_read_at(connection) == {}


def test_a_day_that_was_never_read_is_not_settled(tmp_path: Path) -> None:
    moment: datetime = READ_AT
    warehouse = make_warehouse(tmp_path / "w.duckdb", [], {OLD: moment})
    assert of(warehouse, changed(1, -60, NEW)).days == [NEW]
