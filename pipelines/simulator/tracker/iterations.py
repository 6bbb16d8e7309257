"""Iterations and their overrides, as endpoints."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.simulator.model import Record
from pipelines.simulator.tracker.call import Answer, Call
from pipelines.simulator.tracker.paging import page_of
from pipelines.simulator.tracker.planning import (
    Iteration,
    Plan,
    accepted_points,
    effective_points,
    plan_of,
    points_of,
)
from pipelines.sources.instants import instant_text
from pipelines.sources.pivotal_tracker.v5 import errors

#: Each scope as the slice of iterations it stands for, given the index of the current one.
SCOPES: dict[str, Callable[[int], slice]] = {
    "done": lambda current: slice(0, current),
    "current": lambda current: slice(current, current + 1),
    "backlog": lambda current: slice(current + 1, None),
    "current_backlog": lambda current: slice(current, None),
    "done_current": lambda current: slice(0, current + 1),
}


def _record(project: Record, iteration: Iteration, stories: list[Record]) -> Record:
    window = iteration.window
    return {
        "number": window.number,
        "project_id": project["id"],
        "length": window.length,
        "team_strength": window.team_strength,
        "stories": stories,
        "start": instant_text(window.start),
        "finish": instant_text(window.finish),
        "kind": "iteration",
        "velocity": iteration.velocity,
        "points": _plain(sum(points_of(project, s) for s in iteration.stories)),
        "accepted_points": _plain(accepted_points(project, iteration)),
        "effective_points": effective_points(project, iteration),
        "story_ids": [s["id"] for s in iteration.stories],
    }


def _plain(points: float) -> float:
    """Points as the API writes them: an integer, unless the project's scale has fractions."""
    return int(points) if points == int(points) else points


def _plan(call: Call) -> Plan:
    return plan_of(call.data, call.project, call.world.now)


def list_iterations(call: Call) -> Answer:
    """All iterations or those of a scope, oldest first; ``scope=current`` is not paginated."""
    plan = _plan(call)
    scope = call.choice("scope", SCOPES)
    chosen = plan.iterations[SCOPES[scope](plan.current)] if scope else plan.iterations
    label = call.query.get("label")
    rows = []
    for iteration in chosen:
        stories = iteration.stories
        if label is not None:
            stories = [s for s in stories if any(c["name"] == label for c in s["labels"])]
        rows.append(_record(plan.project, iteration, stories))
    if scope == "current":
        return rows
    return page_of(call, rows, default=10, negative_offset=scope == "done")


def get_iteration(call: Call) -> Record:
    plan, number = _plan(call), call.path["number"]
    if not 1 <= number <= len(plan.iterations):
        raise errors.unfound_resource()
    iteration = plan.iterations[number - 1]
    return _record(plan.project, iteration, iteration.stories)


def get_iteration_override(call: Call) -> Record:
    """The override of one iteration; 404 where the project's default applies."""
    for override in call.of_project(call.data.iteration_overrides):
        if override["number"] == call.path["number"]:
            return {"kind": "iteration_override", **override}
    raise errors.unfound_resource()
