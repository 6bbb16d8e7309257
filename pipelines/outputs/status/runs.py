"""What a run was to bring up to date and did not, and why, by its events."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

#: How runs end.
ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


def assets_not_updated(instance: dg.DagsterInstance, run_id: str) -> set[dg.AssetKey]:
    """The assets that the run planned and did not materialize."""
    planned = _keys(instance, run_id, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    return planned - _keys(instance, run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)


def _keys(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> set[dg.AssetKey]:
    entries = instance.all_logs(run_id, of_type=kind)
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    return {event.asset_key for event in events if event.asset_key}


def reasons_of_failure(
    failed_steps: Iterable[dg.DagsterEvent], failed_runs: Iterable[dg.DagsterEvent]
) -> list[str]:
    """Why steps failed, each reason once; where none did by itself, why the run was ended."""
    own = [event for event in failed_steps if not _was_interrupted(event)]
    return list(dict.fromkeys(_reason(event) for event in own or failed_runs))


def _was_interrupted(event: dg.DagsterEvent) -> bool:
    source = event.step_failure_data.error_source
    return source is not None and source.value == "INTERRUPT"


def _reason(event: dg.DagsterEvent) -> str:
    """Why a step or a whole run failed, on one line.

    What our own errors say is a sentence already. An unexpected one is told by its class and the first line of its text,
    which alone may be a bare key or nothing; one of failed checks names them.
    """
    data = event.event_specific_data
    told = getattr(data, "user_failure_data", None)
    if told and told.description:
        return _one_line(told.description)
    error = getattr(data, "error", None)
    # Dagster wraps what a step raised.
    while error and error.cause:
        error = error.cause
    if error is None:
        return _one_line(event.message or "It failed without a reason.")
    path, _, text = error.message.strip().partition(": ")
    name = path.rpartition(".")[2]
    if path.startswith("pipelines."):
        return _one_line(text)
    if name == "DagsterAssetCheckFailedError":
        return _one_line(text).replace(" with ERROR severity", "")
    where = f"{event.step_key}: " if event.step_key else ""
    return _one_line(f"{where}{name}: {text.partition(chr(10))[0] or 'an error without a text'}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
