"""Row counts: what is unusual is a change far from the changes before it, not a level; of a day, far from its like."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.defs.quality.row_counts import ThinDay, row_count_change, thin_days
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines_tests.support import worlds
from pipelines_tests.support.clockify_warehouse import every_day, make_warehouse, mark_read

GROWING = [100, 104, 107, 112, 115]
STEADY = [1000] * 5
LUMPY = [1000, 1400, 1450, 1900, 2350, 2400, 2850]


@pytest.mark.parametrize(
    ("earlier", "rows", "ok"),
    [
        ([], 5000, True),
        ([10], 5000, True),
        ([10, 11, 12, 13], 5000, True),
        # Median change 3.5, ten rows around it: -6.5 to 13.5.
        (GROWING, 128, True),
        (GROWING, 129, False),
        (GROWING, 109, True),
        (GROWING, 108, False),
        # Never a change: 5 % of 1,000 rows.
        (STEADY, 1050, True),
        (STEADY, 1051, False),
        (STEADY, 950, True),
        (STEADY, 0, False),
        # Changes of 400, 50, 450, 450, 50, 450: usual 425, scatter 25, allowed 6 x 25 = 150.
        (LUMPY, 2850 + 575, True),
        (LUMPY, 2850 + 576, False),
        ([0] * 5, 10, True),
        ([0] * 5, 11, False),
    ],
)
def test_a_change_is_judged_by_the_changes_before_it(
    earlier: list[int], rows: int, ok: bool
) -> None:
    assert row_count_change(earlier, rows).ok is ok


def test_one_odd_run_of_the_past_neither_hides_nor_causes_a_warning() -> None:
    with_an_accident = [1000, 1005, 1010, 20, 1015, 1020, 1025]
    assert row_count_change(with_an_accident, 1030).ok
    assert not row_count_change(with_an_accident, 30).ok


ENTRIES = CONNECTORS[CLOCKIFY].stream("time_entries")
#: A Monday, and a Friday eight weeks later.
FIRST, LAST = date(2026, 1, 5), date(2026, 2, 27)
LOST = date(2026, 2, 10)


def test_a_day_that_lost_its_rows_is_told_from_days_that_never_had_any(tmp_path: Path) -> None:
    """Eight weeks of twelve entries a working day; of one Tuesday three are left, which in sum is hardly a change."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    entries = [
        worlds.time_entry(1000 * n + number, f"{day}T08:00:00Z")
        for n, day in enumerate(days)
        if day.weekday() < 5
        for number in range(3 if day == LOST else 12)
    ]
    now = datetime.now(timezone.utc)
    warehouse = make_warehouse(tmp_path / "w.duckdb", entries, every_day(FIRST, LAST, now))
    with warehouse.connect(read_only=True) as connection:
        assert thin_days(connection, ENTRIES) == [ThinDay(LOST, 3, 12.0)]
    # A holiday that Clockify has for everybody, every year, is no lost day; one of some people is.
    for is_for_all, found in ((False, [ThinDay(LOST, 3, 12.0)]), (True, [])):
        with warehouse.connect() as connection:
            connection.execute("DROP TABLE IF EXISTS clockify.holidays")
            connection.execute(
                """
                CREATE TABLE clockify.holidays AS
                SELECT
                    '{"startDate": "2025-02-10", "endDate": "2025-02-10"}'::JSON AS date_period,
                    true AS occurs_annually,
                    ? AS everyone_including_new
                """,
                [is_for_all],
            )
        with warehouse.connect(read_only=True) as connection:
            assert thin_days(connection, ENTRIES) == found
    with warehouse.connect() as connection:
        connection.execute("DROP TABLE clockify.holidays")
    # What was read long before the last read was judged then.
    mark_read(warehouse, {LOST: now - timedelta(days=2)})
    with warehouse.connect(read_only=True) as connection:
        assert thin_days(connection, ENTRIES) == []


@pytest.mark.parametrize(
    ("of_fridays", "found"),
    [
        # As far from the usual 16 as other Fridays are: 7 and 25.
        ([7, 25, 18, 23, 9, 14, 2], []),
        ([7, 25, 18, 23, 9, 14, 0], [0]),
        ([17, 15, 18, 14, 19, 16, 2], [2]),
    ],
)
def test_a_day_among_ups_and_downs_is_thin_only_without_any_row(
    tmp_path: Path, of_fridays: list[int], found: list[int]
) -> None:
    fridays = [date(2026, 1, 9) + timedelta(weeks=n) for n in range(len(of_fridays))]
    entries = [
        worlds.time_entry(1000 * n + number, f"{day}T08:00:00Z")
        for n, (day, count) in enumerate(zip(fridays, of_fridays, strict=True))
        for number in range(count)
    ]
    now = datetime.now(timezone.utc)
    read = dict.fromkeys(fridays, now)
    warehouse = make_warehouse(tmp_path / "w.duckdb", entries, read)
    with warehouse.connect(read_only=True) as connection:
        assert [day.rows for day in thin_days(connection, ENTRIES)] == found
