"""Clockify's change feeds over HTTP: every change of a window once, whatever the pages do; failures in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from pipelines.simulator.model import Record
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.clockify.changes import ChangesFound, entry_changes
from pipelines.sources.http import Allowance, FeedError, FeedRefused
from pipelines.sources.instants import instant_text
from pipelines_tests.sources.clockify.conftest import ServeChanges, api_of
from pipelines_tests.support import worlds

NOW = worlds.NOW


def at(hours_ago: float) -> str:
    return instant_text(NOW - timedelta(hours=hours_ago))


def entry(number: int, start: str = "2026-01-02T08:00:00Z") -> Record:
    return worlds.time_entry(number, start)


def look(
    server: SimulatorServer,
    hours: float = 24,
    read_at: Sequence[datetime] = (),
    requests: int = 100,
) -> ChangesFound:
    return entry_changes(
        api_of(server), NOW - timedelta(hours=hours), NOW, read_at, Allowance(requests, 30)
    )


def numbers(found: ChangesFound) -> list[int]:
    return [int(change.entry_id, 16) for change in found.changes]


def test_created_updated_and_deleted_entries_are_found_with_their_days(
    serve_changes: ServeChanges,
) -> None:
    server = serve_changes(
        worlds.change("created", at(3), entry(1, "2026-01-02T23:59:59Z")),
        worlds.change("updated", at(2), entry(2, "2026-02-03T00:00:00Z"), createdAt=at(900)),
        worlds.change("deleted", at(1), entry(3, "2026-03-04T08:00:00Z"), createdAt=at(900)),
        worlds.change("updated", at(30), entry(4)),
    )
    found = look(server)
    assert [(change.day, change.at) for change in found.changes] == [
        (date(2026, 1, 2), NOW - timedelta(hours=3)),
        (date(2026, 2, 3), NOW - timedelta(hours=2)),
        (date(2026, 3, 4), NOW - timedelta(hours=1)),
    ]
    assert found.complete
    assert server.requests.total == 3


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 199, 200, 201, 400, 401])
def test_all_pages_are_read_whether_they_count_from_0_or_1(
    serve_changes: ServeChanges, base: int, count: int
) -> None:
    server = serve_changes(
        *(worlds.change("created", at(1), entry(n)) for n in range(count)), entities_page_base=base
    )
    assert sorted(numbers(look(server))) == list(range(count))


@pytest.mark.slow
def test_ten_thousand_changes_fit_into_one_look(serve_changes: ServeChanges) -> None:
    server = serve_changes(*(worlds.change("created", at(1), entry(n)) for n in range(10_000)))
    found = look(server, requests=120)
    assert found.complete
    assert len(found.changes) == 10_000


def test_an_allowance_that_ends_too_early_says_so_and_keeps_what_was_found(
    serve_changes: ServeChanges,
) -> None:
    server = serve_changes(*(worlds.change("created", at(1), entry(n)) for n in range(1000)))
    found = look(server, requests=3)
    assert not found.complete
    assert len(found.changes) == 600
    assert server.requests.total == 3


def test_a_deletion_that_its_creation_hides_is_found_from_the_moment_of_a_read(
    serve_changes: ServeChanges,
) -> None:
    server = serve_changes(
        worlds.change("created", at(5), entry(1)),
        worlds.change("deleted", at(1), entry(1), createdAt=at(5)),
    )
    assert numbers(look(server)) == []
    assert numbers(look(server, read_at=[NOW - timedelta(hours=3)])) == [1]


def test_a_rate_names_its_entry_and_no_day(serve_changes: ServeChanges) -> None:
    rate = {"id": worlds.hex_id(77), "timeEntryId": worlds.hex_id(5), "rate": 100}
    server = serve_changes(
        worlds.change("updated", at(1), rate, documentType="TIME_ENTRY_RATE", createdAt=at(900))
    )
    assert [(change.entry_id, change.day) for change in look(server).changes] == [
        (worlds.hex_id(5), None)
    ]


def test_a_plan_without_the_feeds_refuses(serve_changes: ServeChanges) -> None:
    with pytest.raises(FeedRefused, match="Clockify answered 403"):
        look(serve_changes(plan="free"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", "status": 500}, "CLOCKIFY_API_URL"),
        ({"kind": "status", "status": 429}, "fewer requests"),
        ({"kind": "reset"}, "CLOCKIFY_API_URL"),
        ({"kind": "truncated"}, "CLOCKIFY_API_URL"),
        ({"kind": "invalid_json"}, "CLOCKIFY_API_URL"),
        ({"kind": "html", "status": 200}, "CLOCKIFY_API_URL"),
    ],
)
def test_a_failing_feed_is_one_sentence(
    serve_changes: ServeChanges, fault: dict[str, object], expected: str
) -> None:
    server = serve_changes(worlds.change("created", at(1), entry(1)))
    server.add_fault("/entities/", **fault)  # type: ignore[arg-type]
    with pytest.raises(FeedError, match=expected) as failure:
        look(server)
    assert "\n" not in str(failure.value)


def test_a_refused_key_is_named_by_its_setting_only(serve_changes: ServeChanges) -> None:
    server = serve_changes()
    with pytest.raises(FeedError, match="CLOCKIFY_API_KEY") as failure:
        entry_changes(
            api_of(server, key="wrong-secret"), NOW - timedelta(hours=1), NOW, [], Allowance(9, 30)
        )
    assert "wrong-secret" not in str(failure.value)
