"""Clockify: the window rules of entity changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.simulator.model import Record, World
from pipelines.sources.instants import instant_text
from pipelines_tests.simulator.client import Client
from pipelines_tests.simulator.conftest import Serve
from pipelines_tests.support import worlds


def at(days_ago: float) -> str:
    return instant_text(worlds.NOW - timedelta(days=days_ago))


def entry(number: int, **values: object) -> Record:
    return worlds.time_entry(number, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", **values)


def log_world(*changes: Record) -> World:
    return worlds.world(clockify=worlds.clockify_data(changes=list(changes)))


def found(client: Client, kind: str, **params: object) -> list[int]:
    response = client.workspace(f"/entities/{kind}", {"type": "TIME_ENTRY", **params})
    assert response.status_code == 200, response.text
    return [int(row["id"], 16) for row in response.json()]


def everywhere(client: Client, **params: object) -> dict[str, list[int]]:
    return {kind: found(client, kind, **params) for kind in ("created", "updated", "deleted")}


def test_each_change_has_its_feed(serve: Serve) -> None:
    client = serve(
        log_world(
            worlds.change("created", at(1), entry(1)),
            worlds.change("updated", at(1), entry(2), createdAt=at(90)),
            worlds.change("deleted", at(1), entry(3), createdAt=at(90)),
        )
    )
    assert everywhere(client) == {"created": [1], "updated": [2], "deleted": [3]}


def test_created_and_updated_in_one_window_is_only_created_with_its_latest_state(
    serve: Serve,
) -> None:
    client = serve(
        log_world(
            worlds.change("created", at(5), entry(1, description="old")),
            worlds.change("updated", at(1), entry(1, description="new"), createdAt=at(5)),
        )
    )
    assert everywhere(client) == {"created": [1], "updated": [], "deleted": []}
    row = client.workspace("/entities/created", {"type": "TIME_ENTRY"}).json()[0]
    assert row["description"] == "new"
    assert row["documentType"] == "TIME_ENTRY"
    assert row["auditMetadata"] == {"createdAt": at(5), "updatedAt": at(1)}
    assert everywhere(client, start=at(2)) == {"created": [], "updated": [1], "deleted": []}


def test_created_and_deleted_in_one_window_is_nowhere(serve: Serve) -> None:
    client = serve(
        log_world(
            worlds.change("created", at(5), entry(1)),
            worlds.change("deleted", at(1), entry(1), createdAt=at(5)),
        )
    )
    assert everywhere(client) == {"created": [], "updated": [], "deleted": []}
    assert everywhere(client, start=at(2)) == {"created": [], "updated": [], "deleted": [1]}


def test_updated_and_deleted_in_one_window_is_only_deleted(serve: Serve) -> None:
    client = serve(
        log_world(
            worlds.change("updated", at(2), entry(1), createdAt=at(90)),
            worlds.change("deleted", at(1), entry(1), createdAt=at(90)),
        )
    )
    assert everywhere(client) == {"created": [], "updated": [], "deleted": [1]}


def test_shape_of_a_deletion(serve: Serve) -> None:
    client = serve(log_world(worlds.change("deleted", "2026-03-19T07:15:54Z", entry(3))))
    row = client.workspace("/entities/deleted", {"type": "TIME_ENTRY"}).json()[0]
    assert row["deletedAt"] == "2026-03-19T07:15:54.000Z"
    assert row["document"]["timeInterval"]["start"] == "2026-03-02T08:00:00Z"
    assert len(row["deletionBinId"]) == 24


def test_windows(serve: Serve) -> None:
    """30 days back without bounds, 30 days beside a single one; ``end`` itself is outside."""
    days = {40: 4, 29: 3, 10: 2, 1: 1}
    client = serve(
        log_world(*(worlds.change("created", at(ago), entry(n)) for ago, n in days.items()))
    )
    assert found(client, "created") == [3, 2, 1]
    assert found(client, "created", start=at(45)) == [4, 3]
    assert found(client, "created", end=at(10)) == [4, 3]
    assert found(client, "created", start=at(50), end=worlds.NOW.isoformat()) == [4, 3, 2, 1]


@pytest.mark.parametrize(("base", "first"), [(0, 0), (1, 1)])
def test_pages_without_a_header(serve: Serve, base: int, first: int) -> None:
    """With base 1, page 0 is the first page too: a reader who begins at 0 sees it twice."""
    changes = [worlds.change("created", at(1), entry(n)) for n in range(1, 6)]
    client = serve(log_world(*changes), entities_page_base=base)
    pages = [found(client, "created", page=first + n, limit=2) for n in range(4)]
    assert pages == [[1, 2], [3, 4], [5], []]
    assert found(client, "created", page=0, limit=2) == [1, 2]
    response = client.workspace("/entities/created", {"type": "TIME_ENTRY", "limit": 2})
    assert "last-page" not in response.headers


def test_types_repeat_or_come_as_a_list(serve: Serve) -> None:
    client = serve(
        log_world(
            worlds.change("created", at(2), entry(1)),
            worlds.change("created", at(1), worlds.tag(2), documentType="TAGS"),
        )
    )
    assert found(client, "created") == [1]
    assert found(client, "created", type=["TIME_ENTRY", "TAGS"]) == [1, 2]
    assert found(client, "created", type="TIME_ENTRY,TAGS") == [1, 2]


def test_deletions_can_come_late(serve: Serve) -> None:
    """A deletion of 30 seconds ago shows after a minute; until then nothing has happened."""
    late = worlds.change("deleted", at(30 / 86_400), entry(1), createdAt=at(90))
    client = serve(log_world(late), deletion_delay_s=60)
    assert found(client, "deleted") == []
    client.server.world.now += timedelta(seconds=31)
    assert found(client, "deleted") == [1]
