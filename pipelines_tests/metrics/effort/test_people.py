"""Who is who in both sources."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines.metrics.effort.people import PEOPLE
from pipelines.metrics.settings import MetricSettings
from pipelines_tests.metrics.effort.support import warehouse, write_until
from pipelines_tests.support.tables import insert


def add_user(
    con: duckdb.DuckDBPyConnection, user_id: str, email: str | None, **values: Any
) -> None:
    insert(
        con, "clockify.users", [{"id": user_id, "email": email, "name": user_id.upper(), **values}]
    )


def add_member(
    con: duckdb.DuckDBPyConnection,
    person_id: int,
    email: str | None,
    table: str = "project_memberships",
    **values: Any,
) -> None:
    person = {"id": person_id, "name": f"P{person_id}"} | ({"email": email} if email else {})
    insert(con, f"pivotal_tracker.{table}", [{"person": person, **values}])


def matches(con: duckdb.DuckDBPyConnection, people: dict[str, str] | None = None) -> dict[str, Any]:
    """person_key -> (Tracker person, match)."""
    rows = write_until(con, PEOPLE, MetricSettings(people=people or {}))
    return {row["person_key"]: (row["tracker_person_id"], row["match"]) for row in rows}


def test_emails_match_trimmed_and_in_lower_case() -> None:
    con = warehouse()
    add_user(con, "u1", " Jonas@Acme.example")
    add_member(con, 1, "jonas@acme.EXAMPLE ", id=1)
    add_member(con, 1, "jonas@acme.example", id=2)  # a member of two projects is one person
    assert write_until(con, PEOPLE) == [
        {
            "person_key": "clockify:u1",
            "clockify_user_id": "u1",
            "tracker_person_id": 1,
            "name": "U1",
            "clockify_email": "jonas@acme.example",
            "tracker_email": "jonas@acme.example",
            "match": "email",
        }
    ]


def test_the_unmatched_of_both_sides_are_visible() -> None:
    """No email on either side matches nobody, not even another missing email."""
    con = warehouse()
    add_user(con, "u1", "a@acme.example")
    add_user(con, "u2", None)
    add_member(con, 1, "b@acme.example")
    add_member(con, 2, None)
    assert matches(con) == {
        "clockify:u1": (None, "unmatched"),
        "clockify:u2": (None, "unmatched"),
        "tracker:1": (1, "unmatched"),
        "tracker:2": (2, "unmatched"),
    }


def test_an_override_replaces_the_email() -> None:
    """u1's own email is person 1's, but the override says person 2; u2's override names nobody."""
    con = warehouse()
    add_user(con, "u1", "a@acme.example")
    add_user(con, "u2", "c@acme.example")
    add_member(con, 1, "a@acme.example")
    add_member(con, 2, "b@acme.example")
    add_member(con, 3, "c@acme.example")
    overrides = {"A@acme.example": "B@acme.example", "c@acme.example": "nobody@acme.example"}
    assert matches(con, overrides) == {
        "clockify:u1": (2, "override"),
        "clockify:u2": (None, "unmatched"),
        "tracker:1": (1, "unmatched"),
        "tracker:3": (3, "unmatched"),
    }


def test_vanished_users_and_members_stay() -> None:
    con = warehouse()
    insert(
        con,
        "clockify.users_deleted",
        [{"id": "u1", "email": "a@acme.example", "_last_seen_at": "2026-05-01T00:00:00Z"}],
    )
    add_member(con, 1, "a@acme.example", table="project_memberships_deleted")
    assert matches(con) == {"clockify:u1": (1, "email")}


def test_two_accounts_of_one_person_are_two_rows() -> None:
    con = warehouse()
    add_user(con, "u1", "a@acme.example")
    add_user(con, "u2", "a.private@acme.example")
    add_member(con, 1, "a@acme.example")
    assert matches(con, {"a.private@acme.example": "a@acme.example"}) == {
        "clockify:u1": (1, "email"),
        "clockify:u2": (1, "override"),
    }


@pytest.mark.parametrize(
    ("former", "expected"), [(1, 2), (2, 1)], ids=["current goes first", "whatever the id"]
)
def test_of_two_persons_with_one_email_a_current_member_is_the_match(
    former: int, expected: int
) -> None:
    con = warehouse()
    add_user(con, "u1", "a@acme.example")
    for person_id in (1, 2):
        table = "project_memberships_deleted" if person_id == former else "project_memberships"
        add_member(con, person_id, "a@acme.example", table=table)
    assert matches(con) == {
        "clockify:u1": (expected, "email"),
        f"tracker:{former}": (former, "unmatched"),
    }
