"""Laws that hold for whatever people log: conservation of hours, no invalid number, overlaps against brute force."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.tables import TABLES
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.time_tracking.support import Clockify, rate, settings

ZONES = {
    "ann": "Europe/Oslo",
    "bob": "America/New_York",
    "cleo": "Atlantic/Azores",
    "dan": "Australia/Lord_Howe",
    "eve": "Asia/Kolkata",
}
# From these instants on, so that days with 23, 24 and 25 hours come up in every zone.
BEGINNINGS = [
    datetime(2026, 3, 7, tzinfo=timezone.utc),
    datetime(2026, 3, 28, tzinfo=timezone.utc),
    datetime(2026, 4, 4, tzinfo=timezone.utc),
    datetime(2026, 10, 3, tzinfo=timezone.utc),
    datetime(2026, 10, 24, tzinfo=timezone.utc),
    datetime(2026, 10, 31, tzinfo=timezone.utc),
]
AS_OF = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.sampled_from(BEGINNINGS)) + timedelta(seconds=draw(st.integers(0, 2 * 86400)))
    seconds = draw(st.one_of(st.integers(0, 7200), st.integers(0, 3 * 86400)))
    ends = draw(st.sampled_from(["stopped"] * 8 + ["running", "negative"]))
    end = {
        "stopped": start + timedelta(seconds=seconds),
        "running": None,
        "negative": start - timedelta(seconds=1),
    }[ends]
    money = st.one_of(
        st.none(),
        st.builds(rate, st.integers(0, 20000), st.sampled_from(["EUR", "JPY", "KWD", None])),
    )
    return {
        "user_id": draw(st.sampled_from([*ZONES, "gone"])),
        "time_interval": {
            "start": start.isoformat(),
            "end": end.isoformat() if end else None,
            "duration": None,
        },
        "type": draw(st.sampled_from(["REGULAR"] * 6 + ["BREAK", "HOLIDAY", "TIME_OFF"])),
        "billable": draw(st.booleans()),
        "project_id": draw(st.sampled_from(["p", "q", None])),
        "task_id": draw(st.sampled_from(["t", None])),
        "tag_ids": draw(st.sampled_from([["x"], ["x", "y"], [], None])),
        "hourly_rate": draw(money),
        "cost_rate": draw(money),
    }


def company(
    logged: list[dict[str, Any]], chosen: MetricSettings, as_of: datetime = AS_OF
) -> Clockify:
    """A Clockify with these entries and all tables computed."""
    clockify = Clockify()
    for user_id, zone in ZONES.items():
        clockify.user(user_id, zone)
    clockify.add("clients", id="c", currency_code="EUR")
    budget = {"estimate": "PT40H", "type": "MANUAL", "resetOption": "WEEKLY", "active": True}
    clockify.add("projects", id="p", client_id="c", time_estimate=budget)
    clockify.add("projects_deleted", id="q", hourly_rate=rate(5000, "JPY"))
    clockify.add("tasks", id="t", project_id="p", estimate="PT5H")
    for entry in logged:
        clockify.add("time_entries", **entry)
    run = MetricRun(as_of=as_of, settings=chosen)
    for table in TABLES:
        write_metric(clockify.connection, table, run)
    return clockify


def hours_are_conserved_to_the_second(clockify: Clockify) -> None:
    """Entries = their days; work of entries = of days = of daily sums = of weeks = of finance."""
    per_entry = clockify.rows(
        """
        SELECT fact.entry_id
        FROM time_tracking.time_entry_facts AS fact
        LEFT JOIN time_tracking.time_entry_days AS piece USING (entry_id)
        GROUP BY fact.entry_id, fact.seconds
        HAVING sum(piece.seconds) IS DISTINCT FROM fact.seconds
        """
    )
    assert per_entry == []
    sums = clockify.rows(
        """
        SELECT DISTINCT round(3600 * coalesce(hours, 0))::BIGINT
        FROM (
            SELECT sum(hours) FILTER (is_work) AS hours FROM time_tracking.time_entry_facts
            UNION ALL SELECT sum(hours) FILTER (is_work) FROM time_tracking.time_entry_days
            UNION ALL SELECT sum(tracked_hours) FROM time_tracking.time_daily
            UNION ALL SELECT sum(tracked_hours) FROM time_tracking.utilization_weekly
            UNION ALL SELECT sum(sum_hours) FROM time_tracking.overlap_daily
            UNION ALL SELECT sum(hours) FROM time_tracking.project_finance
            UNION ALL SELECT sum(hours) FROM time_tracking.client_finance
        )
        """
    )
    assert len(sums) == 1


def every_piece_lies_in_its_local_day(clockify: Clockify) -> None:
    """Against Python's own zone data: the first and the last second of a piece have its local date."""
    pieces = clockify.rows(
        """
        SELECT user_id, local_date, started_at, ended_at
        FROM time_tracking.time_entry_days
        """
    )
    for user_id, local_date, started_at, ended_at in pieces:
        zone = ZoneInfo(ZONES.get(user_id, "UTC"))
        last = max(started_at, ended_at - timedelta(seconds=1))
        assert started_at.astimezone(zone).date() == local_date
        assert last.astimezone(zone).date() == local_date


def numbers_are_valid_and_keys_unique(clockify: Clockify) -> None:
    """No NaN, no infinity, no negative hours, one row per key; union <= sum, billable <= tracked, share <= whole."""
    for table in TABLES:
        doubles = [column.name for column in table.columns if column.type == "DOUBLE"]
        for name in doubles:
            assert (
                clockify.rows(f"SELECT {name} FROM {table.address} WHERE NOT isfinite({name})")
                == []
            )
        keys = ", ".join(table.grain)
        twice = f"SELECT {keys} FROM {table.address} GROUP BY ALL HAVING count(*) > 1"
        assert clockify.rows(twice) == [], table.address
    broken = clockify.rows(
        """
        SELECT 'facts' FROM time_tracking.time_entry_facts WHERE hours < 0 OR (revenue IS NULL) > (is_work IS NOT TRUE OR rate IS NULL)
        UNION ALL SELECT 'daily' FROM time_tracking.time_daily
        WHERE billable_hours > tracked_hours OR least(tracked_hours, break_hours, leave_hours, running_hours) < 0
        UNION ALL SELECT 'weekly' FROM time_tracking.utilization_weekly
        WHERE leave_hours > capacity_hours OR billable_hours > tracked_hours
        UNION ALL SELECT 'overlap' FROM time_tracking.overlap_daily
        WHERE union_hours > sum_hours OR double_booked_hours < 0 OR (pairs = 0) <> (double_booked_hours = 0)
        UNION ALL SELECT 'finance' FROM time_tracking.project_finance
        WHERE billable_hours > hours OR unrated_hours > billable_hours OR uncosted_hours > hours
        UNION ALL SELECT 'focus' FROM time_tracking.focus_daily
        WHERE switches >= blocks OR longest_block_hours > 25 OR focus_hours < 0
        """
    )
    assert broken == []


def money_is_conserved_by_currency(clockify: Clockify) -> None:
    """Revenue and cost of projects and of clients are those of the entries, each currency for itself."""
    totals = clockify.rows(
        """
        WITH
        amounts AS (
            SELECT 'entries' AS source, currency, revenue, NULL AS cost FROM time_tracking.time_entry_facts
            UNION ALL
            SELECT 'entries', cost_currency, NULL, cost FROM time_tracking.time_entry_facts
            UNION ALL
            SELECT 'projects', currency, revenue, cost FROM time_tracking.project_finance
            UNION ALL
            SELECT 'clients', currency, revenue, cost FROM time_tracking.client_finance
        )
        SELECT source, currency, coalesce(sum(revenue), 0)::DOUBLE, coalesce(sum(cost), 0)::DOUBLE
        FROM amounts
        GROUP BY source, currency
        """
    )
    by_currency = defaultdict(set)
    for _, currency, revenue, cost in totals:
        by_currency[currency].add((revenue, cost))
    for sums in by_currency.values():
        for left, right in combinations(sums, 2):
            # Each of at most 30 entries is rounded to a ten-thousandth, sums only once.
            assert all(abs(a - b) < 0.004 for a, b in zip(left, right, strict=True))


def overlaps_agree_with_brute_force(clockify: Clockify) -> None:
    """Pairs by comparing all with all, the union by counting seconds."""
    days: dict[tuple[str, Any], list[tuple[int, int]]] = defaultdict(list)
    for user_id, local_date, start, end in clockify.rows(
        """
        SELECT user_id, local_date, epoch(started_at)::BIGINT, epoch(ended_at)::BIGINT
        FROM time_tracking.time_entry_days
        WHERE is_work AND seconds > 0
        """
    ):
        days[user_id, local_date].append((start, end))
    expected = {
        day: (
            len({second for start, end in pieces for second in range(start, end)}),
            sum(a[0] < b[1] and b[0] < a[1] for a, b in combinations(pieces, 2)),
        )
        for day, pieces in days.items()
    }
    found = {
        (user_id, local_date): (round(hours * 3600), pairs)
        for user_id, local_date, hours, pairs in clockify.rows(
            "SELECT user_id, local_date, union_hours, pairs FROM time_tracking.overlap_daily"
        )
    }
    assert found == expected


@hypothesis_settings(max_examples=8)
@given(
    st.lists(entries(), min_size=1, max_size=30),
    st.sampled_from(["none", "up", "nearest"]),
)
def test_laws(logged: list[dict[str, Any]], rounding: str) -> None:
    """One company an example for all laws, because computing it is what takes the time."""
    clockify = company(logged, settings({"time_tracking": {"rounding": {"mode": rounding}}}))
    hours_are_conserved_to_the_second(clockify)
    every_piece_lies_in_its_local_day(clockify)
    numbers_are_valid_and_keys_unique(clockify)
    money_is_conserved_by_currency(clockify)
    overlaps_agree_with_brute_force(clockify)


def cut(logged: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """The entries as they were at an instant: later ones are not there yet, one that spans it runs."""
    found = []
    for entry in logged:
        interval = entry["time_interval"]
        if datetime.fromisoformat(interval["start"]) > at:
            continue
        if interval["end"] and datetime.fromisoformat(interval["end"]) > at:
            interval = interval | {"end": None}
        found.append(entry | {"time_interval": interval})
    return found


@hypothesis_settings(max_examples=4)
@given(
    st.lists(entries(), min_size=1, max_size=20),
    st.sampled_from(BEGINNINGS),
    st.integers(0, 3 * 86400),
)
def test_as_of_then_is_now_in_a_world_cut_then(
    logged: list[dict[str, Any]], beginning: datetime, seconds: int
) -> None:
    """Every table but the comparison with Clockify's own totals, which have no past, and findings about the future."""
    at = beginning + timedelta(seconds=seconds)
    # All was read after it happened: of an entry of the future nothing was known then.
    read = {"_extracted_at": AS_OF.isoformat(), "_first_seen_at": AS_OF.isoformat()}
    logged = [entry | {"id": f"e{n}", **read} for n, entry in enumerate(logged)]
    chosen = MetricSettings()
    then, now = company(logged, chosen, at), company(cut(logged, at), chosen, at)
    for table in TABLES:
        if table.name == "history_coverage":
            continue
        rows = [world.rows(f"SELECT * FROM {table.address} ORDER BY ALL") for world in (then, now)]
        assert rows[0] == rows[1], table.address


#: What the company looks at: ratios, and the sums that they are made of, in weeks and days that are over.
RATIOS = """
    SELECT
        100 * sum(billable_hours) / nullif(sum(tracked_hours), 0),
        100 * sum(tracked_hours) / nullif(sum(net_capacity_hours), 0),
        100 * sum(tracked_hours) / nullif(sum(capacity_hours), 0),
        100 * sum(billable_hours) / nullif(sum(net_capacity_hours), 0),
        sum(leave_hours),
        sum(overtime_hours),
        sum(undertime_hours),
        (SELECT sum(change_hours) FROM time_tracking.overtime_account),
        (SELECT 100 * sum(work_hours) / nullif(sum(capacity_hours), 0) FROM time_tracking.attendance_daily),
        (SELECT 100 * sum(tracked_hours) / nullif(sum(scheduled_hours), 0) FROM time_tracking.schedule_weekly),
        (SELECT 100 * sum(tracked_hours) / nullif(sum(net_capacity_hours), 0) FROM time_tracking.team_weekly),
        (SELECT 100.0 * count(*) FILTER (status = 'ok') / nullif(count(*), 0) FROM time_tracking.timesheet_compliance),
        (SELECT 100.0 * count(*) FILTER (status = 'not_submitted') / nullif(count(*), 0) FROM time_tracking.timesheet_submissions),
        (SELECT sum(revenue) / nullif(sum(hours), 0) FROM time_tracking.project_finance WHERE currency = 'EUR'),
        (SELECT 100.0 * count(*) FILTER (status = 'none') / count(*) FROM time_tracking.timesheet_compliance)
    FROM time_tracking.utilization_weekly
    WHERE NOT is_partial
"""


@hypothesis_settings(max_examples=4)
@given(
    st.lists(entries(), min_size=1, max_size=12),
    st.sampled_from(["INACTIVE", "PENDING", "DECLINED", None]),
    st.sampled_from(["ACTIVE", "DELETED", "NOT_REGISTERED", "LIMITED_DELETED"]),
    st.booleans(),
)
def test_a_person_without_entries_changes_no_ratio_of_the_company(
    logged: list[dict[str, Any]], membership: str | None, status: str, is_gone: bool
) -> None:
    """Whoever left, was invited or belongs elsewhere; and whoever joined today, in weeks that are over."""
    clockify = company(logged, MetricSettings())
    before = clockify.rows(RATIOS)
    clockify.add("workspaces", id="w")
    long_ago = "2026-01-01T00:00:00Z"
    one = {"targetId": "w", "membershipType": "WORKSPACE", "membershipStatus": membership}
    other = {"targetId": "x", "membershipType": "WORKSPACE", "membershipStatus": "ACTIVE"}
    clockify.add(
        "users_deleted" if is_gone else "users",
        id="nobody",
        status=status,
        memberships=[one, other] if membership else [other],
        _first_seen_at=long_ago,
    )
    clockify.user(
        "joined",
        memberships=[one | {"membershipStatus": "ACTIVE"}],
        _first_seen_at=AS_OF.isoformat(),
    )
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    for table in TABLES:
        write_metric(clockify.connection, table, run)
    # Sums of fractions depend in their last digits on the order of the rows.
    assert clockify.rows(RATIOS) == [pytest.approx(ratios) for ratios in before]


def test_an_empty_clockify_gives_empty_tables() -> None:
    clockify = Clockify()
    run = MetricRun(as_of=AS_OF, settings=MetricSettings())
    assert {write_metric(clockify.connection, table, run) for table in TABLES} == {0}
