"""Laws of all tables, on histories that nobody would think of."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.metrics.project_management.laws import LAWS, violations
from pipelines_tests.metrics.project_management.support import (
    add_activity,
    add_change,
    add_project,
    add_story,
    warehouse,
)
from pipelines_tests.support.tables import insert

BEGIN = datetime(2026, 3, 1, tzinfo=timezone.utc)
STATES = [
    "unscheduled",
    "unstarted",
    "planned",
    "started",
    "finished",
    "delivered",
    "accepted",
    "rejected",
]

hours = st.integers(0, 24 * 60)
stories = st.fixed_dictionaries(
    {
        "states": st.lists(st.sampled_from(STATES), min_size=1, max_size=8),
        "gaps": st.lists(st.sampled_from([0, 1, 3600, 86_400, 400_000]), min_size=8, max_size=8),
        "born": hours,
        "project": st.sampled_from([1, 2]),
        "moved": st.booleans(),
        "story_type": st.sampled_from(["feature", "feature", "bug", "chore", "release"]),
        "estimates": st.lists(st.sampled_from([None, 0, 0.5, 1, 8]), min_size=1, max_size=3),
        "label_ids": st.lists(st.sampled_from([30, 31, 32]), unique=True),
        "known_labels": st.lists(st.sampled_from([30, 31, 32]), unique=True),
        "transitions": st.booleans(),
        "activity": st.booleans(),
        "state_now": st.one_of(st.none(), st.sampled_from(STATES)),
        "deleted": st.sampled_from([False, False, False, True]),
        "blockers": st.lists(
            st.tuples(hours, st.sampled_from([None, 0, 1, 30]), st.booleans()), max_size=3
        ),
    }
)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _tell(con: Any, story_id: int, plan: dict[str, Any]) -> None:
    """Write the raw rows of one planned story."""
    moment = BEGIN + timedelta(hours=plan["born"])
    moves = []
    for state, gap in zip(plan["states"], plan["gaps"], strict=False):
        moves.append((state, _text(moment)))
        moment += timedelta(seconds=gap)
    values: dict[str, Any] = {
        "story_type": plan["story_type"],
        "estimate": plan["estimates"][-1],
        "labels": [{"id": label, "name": str(label)} for label in plan["label_ids"]],
        "updated_at": moment,
    }
    if plan["state_now"]:
        values |= {
            "current_state": plan["state_now"],
            "accepted_at": moment if plan["state_now"] == "accepted" else None,
        }
    logs = {"transitions": plan["transitions"], "activity": plan["activity"]}
    add_story(con, story_id, *moves, project_id=plan["project"], **logs, **values)
    for before, after in zip(plan["estimates"], plan["estimates"][1:], strict=False):
        add_change(
            con,
            story_id,
            _text(moment),
            {"estimate": before},
            {"estimate": after},
            project_id=plan["project"],
        )
    if plan["known_labels"] != plan["label_ids"]:
        change = {"label_ids": plan["known_labels"]}, {"label_ids": plan["label_ids"]}
        add_change(con, story_id, moves[0][1], *change, project_id=plan["project"])
    _block(con, story_id, plan["blockers"])
    if plan["moved"]:
        new = 3 - plan["project"]
        for project_id in (1, 2):
            change = {"project_id": plan["project"]}, {"project_id": new}
            add_change(con, story_id, _text(moment), *change, project_id=project_id)
        con.execute(
            "UPDATE pivotal_tracker.stories SET project_id = ? WHERE id = ?", [new, story_id]
        )
    if plan["deleted"]:
        con.execute(
            "INSERT INTO pivotal_tracker.stories_deleted BY NAME"
            " SELECT *, ?::TIMESTAMPTZ AS _last_seen_at FROM pivotal_tracker.stories WHERE id = ?",
            [moment + timedelta(days=1), story_id],
        )
        con.execute("DELETE FROM pivotal_tracker.stories WHERE id = ?", [story_id])


def _block(con: Any, story_id: int, blockers: list[tuple[int, int | None, bool]]) -> None:
    """Blockers and reviews of these beginnings, over after so many hours, which a list or the log may tell."""
    for place, (begun, lasted, is_logged) in enumerate(blockers):
        made = BEGIN + timedelta(hours=begun)
        over = made + timedelta(hours=lasted or 0)
        row = {"id": 10 * story_id + place, "story_id": story_id, "created_at": made}
        state = {"updated_at": over, "resolved": lasted is not None}
        insert(con, "pivotal_tracker.blockers", [{**row, **({} if is_logged else state)}])
        status = "in_review" if lasted is None else "revise"
        insert(con, "pivotal_tracker.reviews", [{**row, "updated_at": over, "status": status}])
        if is_logged and lasted is not None:
            change = {"kind": "blocker", "id": row["id"], "change_type": "update"}
            change["new_values"] = {"resolved": True}
            add_activity(con, "blocker_update_activity", _text(over), [change])


def _show(con: Any, reads: list[tuple[int, int, list[int]]]) -> None:
    """Versions of iterations of project 1 that reads showed at these hours, each until the next one of its number."""
    by_number: dict[int, list[tuple[int, list[int]]]] = {}
    for hour, number, story_ids in sorted(reads):
        by_number.setdefault(number, []).append((hour, story_ids))
    for number, shown in by_number.items():
        instants = [BEGIN + timedelta(hours=hour) for hour, _ in shown]
        for (_, story_ids), begins, ends in zip(
            shown, instants, [*instants[1:], None], strict=True
        ):
            row = {
                "project_id": 1,
                "number": number,
                "story_ids": story_ids,
                "_extracted_at": begins,
            }
            if ends is None:
                insert(con, "pivotal_tracker.iterations", [row])
            else:
                validity = {"_valid_from": begins, "_valid_to": ends}
                insert(con, "pivotal_tracker.iterations_history", [{**row, **validity}])


@given(
    reads=st.lists(
        st.tuples(hours, st.integers(1, 9), st.lists(st.integers(1, 8), unique=True)), max_size=12
    ),
    plans=st.lists(stories, min_size=1, max_size=8),
    zone=st.sampled_from(["America/Denver", "Europe/Oslo", "Pacific/Auckland"]),
    log_begins=hours,
    now=st.integers(0, 24 * 90),
)
@settings(max_examples=12)
def test_laws_hold_for_any_history(
    reads: list[tuple[int, int, list[int]]],
    plans: list[dict[str, Any]],
    zone: str,
    log_begins: int,
    now: int,
) -> None:
    """Random walks through states in two projects, partly logged, moved, relabelled, deleted, cut off at both ends."""
    con = warehouse(zone=zone, start_date="2026-03-02", bugs_and_chores_are_estimatable=True)
    add_project(con, 2, start_date="2026-03-04", week_start_day="Wednesday", iteration_length=2)
    insert(con, "pivotal_tracker.epics", [{"id": 51, "project_id": 1, "label": {"id": 31}}])
    for story_id, plan in enumerate(plans, start=1):
        _tell(con, story_id, plan)
    _show(con, reads)
    cut = BEGIN + timedelta(hours=log_begins)
    con.execute("DELETE FROM pivotal_tracker.activity WHERE occurred_at < ?", [cut])
    as_of = BEGIN + timedelta(hours=now)
    for table in TABLES:
        write_metric(con, table, MetricRun(as_of, MetricSettings(), reads_until=as_of))
    broken = {law: rows for law in LAWS if (rows := violations(con, law, as_of))}
    assert broken == {}
