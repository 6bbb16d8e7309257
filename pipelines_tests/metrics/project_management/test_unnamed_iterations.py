"""Iterations that a source does not name follow from those that it names, and windows tile time."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines_tests.metrics.project_management.support import add_activity, computed, instant
from pipelines_tests.metrics.project_management.windows import (
    Course,
    add_course,
    emptied,
    windows_of,
)
from pipelines_tests.support.tables import insert, raw_warehouse

MONDAY = date(2023, 1, 2)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return raw_warehouse()


@pytest.fixture(autouse=True)
def _empty(con: duckdb.DuckDBPyConnection) -> None:
    emptied(con)


def test_duckdb_loses_rows_of_two_anti_joins_in_a_chain() -> None:
    """Why no SQL here chains two of them. When this fails, DuckDB is mended, and either spelling will do.

    Windows of two weeks, later of one, five of them absent; a calendar of weeks from the same day. The numbers that
    neither condition finds are the same, however that is written.
    """
    plain = duckdb.connect()
    plain.execute("""
        CREATE TABLE named AS
        SELECT 1 AS project, number, IF(number <= 10, 14 * (number - 1), 140 + 7 * (number - 11)) AS start,
            IF(number <= 10, 14 * number, 140 + 7 * (number - 10)) AS finish
        FROM range(1, 27) AS numbers(number) WHERE number NOT IN (4, 8, 11, 12, 17);
        CREATE TABLE calendar AS
        SELECT 1 AS project, number, 7 * (number - 1) AS start, 7 * number AS finish
        FROM range(1, 56) AS numbers(number);
    """)
    meets = "named.project = calendar.project AND named.start < calendar.finish AND calendar.start < named.finish"

    def numbers(condition: str) -> list[int]:
        rows = plain.execute(f"SELECT number FROM calendar {condition} ORDER BY 1").fetchall()
        return [number for (number,) in rows]

    exists = numbers(f"""
        WHERE NOT EXISTS (
            FROM named WHERE named.project = calendar.project AND named.number = calendar.number
        ) AND NOT EXISTS (FROM named WHERE {meets})
    """)
    chained = numbers(f"ANTI JOIN named USING (project, number) ANTI JOIN named ON {meets}")
    assert exists == [8, 27, *range(37, 56)]
    assert set(chained) < set(exists)


def test_empty_iterations_between_those_of_another_length(con: duckdb.DuckDBPyConnection) -> None:
    """Ten iterations of two weeks from January 2, 2023, then of one week; an export leaves out the empty ones.

    Iteration 10 ends on 2023-01-02 + 20 weeks = May 22, and 26 on May 22 + 16 weeks = September 11. From there on a
    week each: 2023-12-25 is 15 weeks later, so iteration 42 starts on it and is the last that ends by January 1.
    """
    course = Course(MONDAY, [2] * 10 + [1] * 16)
    add_course(con, course, set(range(1, 27)) - {4, 8, 11, 12, 17}, iteration_length=1)
    rows = windows_of(con, instant("2023-12-31 00:00"), "number, start_at, finish_at, source")
    assert [row[:3] for row in rows[:26]] == course.windows()
    assert [number for number, *_, source in rows if source == "derived"] == [
        *(4, 8, 11, 12, 17),
        *range(27, 43),
    ]
    assert rows[-1][:3] == (42, instant("2023-12-25 00:00"), instant("2024-01-01 00:00"))


def test_an_empty_iteration_counts_in_velocity(con: duckdb.DuckDBPyConnection) -> None:
    """At the end of iteration 13, with 1 point, the two before it are empty: (0 + 0 + 1) / 3 weeks = 0.33."""
    course = Course(MONDAY, [2] * 10 + [1] * 3)
    add_course(con, course, set(range(1, 11)) | {13}, iteration_length=1)
    story = {
        "id": 1,
        "project_id": 1,
        "story_type": "feature",
        "estimate": 1,
        "current_state": "accepted",
        "created_at": instant("2023-01-02 00:00"),
        "updated_at": instant("2023-06-08 00:00"),
        "accepted_at": instant("2023-06-08 00:00"),
        "labels": [],
    }
    insert(con, "pivotal_tracker.stories", [story])
    velocity = computed(
        con,
        "iteration_metrics",
        "velocity_exact",
        as_of="2023-06-12 00:00",
        where="number = 13",
    )
    con.execute("DELETE FROM pivotal_tracker.stories")
    assert velocity == [pytest.approx(1 / 3)]


def test_derived_windows_go_on_from_the_end_of_a_longer_one(con: duckdb.DuckDBPyConnection) -> None:
    """Weeks from January 2; iteration 2 has three. It ends on January 30, where 3 starts."""
    add_course(con, Course(MONDAY, [1, 3]), {2}, iteration_length=1)
    assert windows_of(con, instant("2023-02-07 00:00"), "number, start_date, length_weeks") == [
        (1, MONDAY, 1),
        (2, date(2023, 1, 9), 3),
        (3, date(2023, 1, 30), 1),
        (4, date(2023, 2, 6), 1),
    ]


@pytest.mark.parametrize(
    ("lengths", "named", "default", "derived"),
    [
        # One change from left to right fits.
        ([4, 4, 1, 1, 1], {1, 5}, 2, [4, 1, 1]),
        ([1, 1, 2, 2], {1, 4}, 3, [1, 2]),
        # It does not; the project's length does.
        ([3, 1, 1, 3], {1, 4}, 1, [1, 1]),
        # Nothing fits: as equal as whole weeks allow.
        ([1, 1, 4, 1, 1], {1, 5}, 1, [2, 2, 2]),
        ([1, 1, 3, 1, 1], {1, 5}, 1, [2, 2, 1]),
    ],
)
def test_lengths_between_two_named_iterations(
    con: duckdb.DuckDBPyConnection,
    lengths: list[int],
    named: set[int],
    default: int,
    derived: list[int],
) -> None:
    add_course(con, Course(MONDAY, lengths), named, iteration_length=default)
    rows = windows_of(con, instant("2024-06-01 00:00"), "number, length_weeks")
    unnamed = [n for n in range(1, len(lengths) + 1) if n not in named]
    assert [weeks for number, weeks in rows if number in unnamed] == derived


def test_a_set_length_has_its_place_between_two_named_iterations(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Six weeks for three numbers, of which the second was set to four: one week is left for each other."""
    add_course(con, Course(MONDAY, [1, 1, 4, 1, 1]), {1, 5})
    insert(
        con, "pivotal_tracker.iteration_overrides", [{"project_id": 1, "number": 3, "length": 4}]
    )
    rows = windows_of(con, instant("2023-02-28 00:00"), "number, length_weeks, is_override")
    assert rows[:5] == [(1, 1, False), (2, 1, False), (3, 4, True), (4, 1, False), (5, 1, False)]


def test_windows_are_counted_back_where_no_first_day_is_named(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Iteration 4 of two weeks starts on February 13: 1 starts six weeks before it, whatever lengths came later."""
    course = Course(MONDAY, [2, 2, 2, 2, 2, 1])
    add_course(con, course, {4, 5, 6}, start_date=None)
    rows = windows_of(con, instant("2023-03-13 00:00"), "number, start_at, finish_at, source")
    assert [row[:3] for row in rows] == course.windows()
    assert [row[3] for row in rows] == ["derived"] * 3 + ["api"] * 3


def test_a_named_first_day_is_where_iteration_1_starts(con: duckdb.DuckDBPyConnection) -> None:
    """Iteration 3 starts on January 30, four weeks after the project: 1 and 2 have two weeks, although later ones have one."""
    course = Course(MONDAY, [2, 2, 1, 1, 1])
    add_course(con, course, {3, 4, 5})
    assert windows_of(con, instant("2023-02-15 00:00")) == course.windows()


def test_windows_that_contradict_each_other_still_tile_time(con: duckdb.DuckDBPyConnection) -> None:
    """2 starts late, 3 starts before it, 4 leaves a gap to 5: 2 is left out, each of the others ends where the next starts."""
    add_course(con, Course(MONDAY, [1]), {1})
    for number, start, finish in (
        (2, "2023-02-06 00:00", "2023-02-13 00:00"),
        (3, "2023-01-16 00:00", "2023-01-30 00:00"),
        (4, "2023-01-23 00:00", "2023-01-30 00:00"),
        (5, "2023-02-13 00:00", "2023-02-20 00:00"),
    ):
        row = {"project_id": 1, "number": number, "length": 1}
        row |= {"start": instant(start), "finish": instant(finish)}
        insert(con, "pivotal_tracker.iterations", [row])
    rows = windows_of(con, instant("2023-02-14 00:00"), "number, start_date, length_weeks, source")
    assert rows == [
        (1, MONDAY, 1, "api"),
        (2, date(2023, 1, 9), 1, "derived"),
        (3, date(2023, 1, 16), 1, "api"),
        (4, date(2023, 1, 23), 3, "api"),
        (5, date(2023, 2, 13), 1, "api"),
    ]


def test_windows_of_an_unknown_zone_tile_time(con: duckdb.DuckDBPyConnection) -> None:
    """A host of Los Angeles that does not say so: its midnight is 08:00Z."""
    add_course(con, Course(MONDAY, [1] * 6, "America/Los_Angeles"), {3, 5}, zone="")
    rows = windows_of(con, instant("2023-03-01 00:00"), "start_date, start_at, finish_at")
    assert [day for day, *_ in rows] == [MONDAY + timedelta(weeks=n) for n in range(9)]
    assert rows[2][1:] == (instant("2023-01-16 08:00"), instant("2023-01-23 08:00"))
    assert all(first[2] == second[1] for first, second in pairwise(rows))


@pytest.mark.parametrize(
    "changes",
    [
        [("update", {"length": 3}), ("update", {"length": None})],
        [("update", {"length": 3}), ("update", {"length": 1})],
        [("create", {"length": 3}), ("delete", None)],
        [("create", {"length": 3}), ("delete", None), ("create", {"team_strength": 1})],
    ],
    ids=["null", "default", "deleted", "made anew"],
)
def test_an_override_that_was_set_back_has_ended(
    changes: list[tuple[str, dict[str, float | None] | None]],
) -> None:
    con = raw_warehouse()
    add_course(con, Course(MONDAY, [1]), {1})
    for change_type, values in changes:
        change = {"kind": "iteration_override", "change_type": change_type, "number": 2}
        if values is not None:
            change["new_values"] = values
        add_activity(con, "iteration_update_activity", "2023-01-03 00:00", [change])
    rows = windows_of(con, instant("2023-01-17 00:00"), "number, length_weeks, is_override")
    assert rows == [(1, 1, False), (2, 1, False), (3, 1, False)]


def test_an_override_that_the_project_no_longer_names_has_ended(
    con: duckdb.DuckDBPyConnection,
) -> None:
    add_course(con, Course(MONDAY, [1]), {1}, iteration_override_numbers=[3])
    overrides = [{"project_id": 1, "number": number, "length": 3} for number in (2, 3)]
    insert(con, "pivotal_tracker.iteration_overrides", overrides)
    rows = windows_of(con, instant("2023-01-31 00:00"), "number, length_weeks")
    assert rows == [(1, 1), (2, 1), (3, 3)]


@st.composite
def _courses(draw: st.DrawFn) -> tuple[Course, set[int]]:
    """A project that changed its length now and then, with lengths set for single iterations, and the numbers named."""
    lengths: list[int] = []
    for _ in range(draw(st.integers(1, 4))):
        lengths += [draw(st.integers(1, 4))] * draw(st.integers(1, 8))
    for place, weeks in draw(
        st.dictionaries(st.integers(0, len(lengths) - 1), st.integers(1, 9), max_size=3)
    ).items():
        lengths[place] = weeks
    zone = draw(st.sampled_from(["UTC", "America/Denver", "America/Havana", "Pacific/Apia"]))
    start = draw(st.dates(date(2009, 1, 1), date(2024, 12, 31)))
    named = draw(st.sets(st.integers(1, len(lengths))))
    return Course(start, lengths, zone), named


@given(
    course=_courses(),
    other=_courses(),
    days=st.integers(0, 500),
    knows_first_day=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_windows_tile_time(
    con: duckdb.DuckDBPyConnection,
    course: tuple[Course, set[int]],
    other: tuple[Course, set[int]],
    days: int,
    knows_first_day: bool,
) -> None:
    """Whatever a source names of a project: those windows as named, every number once, no moment in none or in two.

    And so it is beside another project.
    """
    true, named = course
    emptied(con)
    start_date = true.start if knows_first_day or not named else None
    add_course(con, true, named, start_date=start_date)
    as_of = datetime(true.start.year, true.start.month, true.start.day, tzinfo=timezone.utc)
    as_of += timedelta(days=days)
    alone = windows_of(con, as_of)
    add_course(con, other[0], other[1], project_id=2)
    assert windows_of(con, as_of) == alone
    assert [number for number, *_ in alone] == list(range(1, len(alone) + 1))
    assert all(first[2] == second[1] for first, second in pairwise(alone))
    begun = [w for w in true.windows() if w[0] in named and w[1] <= as_of]
    assert [window for window in alone if window[0] in named] == begun
    if start_date and true.midnight(true.start) <= as_of:
        assert alone[0][1] == true.midnight(true.start)
        assert alone[-1][1] <= as_of < alone[-1][2]
