"""What a read and its connector tell each other."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pipelines.pyairbyte.parent_state import state_but_of
from pipelines.pyairbyte.session import Part, ReadSession, session_of, with_session
from pipelines.sources.registry import CONNECTORS

LABELS = {"labels": "project_id"}
OF_7 = Part("labels", "7")


def test_components_find_the_session_of_their_read_and_otherwise_share_a_new_one() -> None:
    session = ReadSession()
    assert session_of(with_session({"api_token": "t"}, session)) is session
    config: dict[str, Any] = {}
    assert session_of(config) is session_of(config)


def test_parts_are_named_by_the_parent_of_a_partition() -> None:
    session = ReadSession(LABELS)
    assert session.part("labels", {"project_id": 7, "parent_slice": {}}) == OF_7
    assert session.part("labels", {}) == Part("labels")
    assert session.part("tags", {"project_id": 7}) == Part("tags")


def test_a_refused_part_is_not_finished_and_is_told_once() -> None:
    session = ReadSession(LABELS)
    for _ in range(2):
        session.refuse(OF_7, "No labels of 7.")
    session.finish(OF_7)
    session.finish(Part("labels", "8"))
    assert session.finished_parents("labels") == {"8"}
    assert session.refused_parents("labels") == {"7": "No labels of 7."}
    assert session.notes("labels") == ["No labels of 7."]
    assert session.refusal(Part("labels")) is None


@pytest.mark.parametrize(
    ("seen", "total", "is_missing"),
    [
        ({"1", "2"}, None, False),
        ({"1", "2", "3"}, None, False),
        ({"1"}, None, True),
        ({"1", "3"}, None, True),
        pytest.param({"1"}, 1, False, id="the source counts one row, too"),
        pytest.param(set(), 0, True, id="none is no count to rely on"),
    ],
)
def test_what_is_missing_of_a_part(seen: set[str], total: int | None, is_missing: bool) -> None:
    session = ReadSession(LABELS, {OF_7: frozenset({"1", "2"})})
    if total is not None:
        session.state_total(OF_7, total)
    assert session.is_missing_any(OF_7, seen) == is_missing


def test_rows_that_come_with_their_parents_list_are_known_together() -> None:
    session = ReadSession(LABELS, {OF_7: frozenset({"1"}), Part("labels", "8"): frozenset({"2"})})
    assert session.knows(Part("labels"))
    assert session.is_missing_any(Part("labels"), {"1"})
    assert not session.is_missing_any(Part("labels"), {"1", "2"})
    assert not session.knows(Part("tags"))


def test_a_source_states_that_there_is_nothing_when_it_counts_none_twice() -> None:
    session = ReadSession()
    tags = Part("tags")
    for _ in range(2):
        # Two streams may share one answer.
        session.state_total(tags, 0)
    assert not session.is_stated_empty(tags)
    session.look_again(tags)
    session.state_total(tags, 0)
    assert session.is_stated_empty(tags)


def test_shared_objects_are_made_once_by_however_many_threads() -> None:
    session = ReadSession()
    made: list[object] = []

    def ask() -> None:
        made.append(session.shared("budget", object))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, made))) == 1


def state(**cursors: str) -> dict[str, Any]:
    return {
        "use_global_cursor": False,
        "states": [
            {"partition": {"project_id": int(p[1:])}, "cursor": {"updated_at": c}}
            for p, c in cursors.items()
        ],
    }


def test_the_state_of_a_refused_parent_stays_where_it_was() -> None:
    """Of 7 there was one, of 8 there was none, of 9 all was read."""
    stories = CONNECTORS["pivotal_tracker"].stream("stories")
    reached, before = state(p7="new", p8="new", p9="new"), state(p7="old", p9="old")
    kept = state_but_of({"7", "8"}, reached, before, stories)
    assert kept is not None
    assert sorted(kept["states"], key=str) == state(p7="old", p9="new")["states"]
    assert state_but_of(set(), reached, before, stories) == reached
    assert state_but_of({"7"}, None, before, stories) is None
