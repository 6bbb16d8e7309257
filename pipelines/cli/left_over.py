"""What a failed step kept from being made, although it needs nothing of what failed.

A step makes many tables, and Dagster skips whatever builds on a step in which one of them failed. Here: which assets those
are. Not here: running them (``run_sync``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipelines.defs.jobs import WORKS_WITH_WHAT_IS_THERE
from pipelines.metrics.catalog import optional_inputs
from pipelines.sources.registry import CONNECTORS

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.defs.dagster_private import AssetGraph


def left_over(
    results: Sequence[dg.ExecutionResult], instance: dg.DagsterInstance, graph: AssetGraph
) -> list[dg.AssetKey]:
    """The assets that were to be made in ``results``, were not, and still can be.

    Streams are not read again. What comes from an asset that failed waits for it, but for what is written from whatever
    tables there are.
    """
    if all(result.success for result in results) or _was_stopped(results[-1], instance):
        return []
    made = {
        event.asset_key for result in results for event in result.get_asset_materialization_events()
    }
    if not any(key and key.path[0] in CONNECTORS for key in made):
        # No stream was read, so there is nothing to make anything of.
        return []
    failed: set[dg.AssetKey] = set()
    planned: set[dg.AssetKey] = set()
    for result in results:
        failed_steps = result.get_failed_step_keys()
        done_steps = {
            event.step_key for event in result.filter_events(lambda event: event.is_step_success)
        }
        for step, key in _planned(result, instance):
            # A read that never began, as one that waited too long for its turn, says no more than one that failed.
            is_unread = key.path[0] in CONNECTORS and step not in done_steps
            (failed if step in failed_steps or is_unread else planned).add(key)
        failed |= {
            found.asset_key
            for found in result.get_asset_check_evaluations()
            if found.blocking and not found.passed
        }
    waiting = _behind(failed - made, graph)
    return [
        key
        for key in sorted(planned - failed - made)
        if key.path[0] not in CONNECTORS
        and (key not in waiting or key.to_user_string() in WORKS_WITH_WHAT_IS_THERE)
    ]


def _was_stopped(result: dg.ExecutionResult, instance: dg.DagsterInstance) -> bool:
    """Whether somebody asked to stop it: whoever does, wants nothing more made."""
    from dagster import DagsterRunStatus

    run = instance.get_run_by_id(result.run_id)
    return run is not None and run.status == DagsterRunStatus.CANCELED


def _planned(
    result: dg.ExecutionResult, instance: dg.DagsterInstance
) -> Iterator[tuple[str | None, dg.AssetKey]]:
    """The assets that a run was to make, with their steps: noted before the run began, which its result begins with."""
    from dagster import DagsterEventType

    for entry in instance.all_logs(
        result.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    ):
        event = entry.get_dagster_event()
        if event.asset_key:
            yield event.step_key, event.asset_key


def _behind(keys: set[dg.AssetKey], graph: AssetGraph) -> set[dg.AssetKey]:
    """All that comes from ``keys``, but for what does without them."""
    dispensable = optional_inputs()
    found: set[dg.AssetKey] = set()
    while keys:
        children = {
            child
            for key in keys
            for child in graph.get(key).child_keys
            if (_address(child), _address(key)) not in dispensable
        }
        keys = children - found
        found |= children
    return found


def _address(key: dg.AssetKey) -> str:
    return ".".join(key.path)
