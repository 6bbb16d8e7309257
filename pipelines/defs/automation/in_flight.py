"""Whether what automation wants is on its way already, and how long to wait after it went wrong.

Here: looking at the instance's runs, and the pace of trying again. Not here: sources, cursors, and
backfills (``backfill``), because Dagster keeps their records private.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import dagster as dg

from pipelines.defs.jobs import SYNC

#: What a launch is to bring about; a launch with the same value brought the same before.
TARGET_TAG = "pipelines/target"
#: The sensor behind a launch.
LAUNCHED_BY_TAG = "pipelines/launched_by"

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
#: A run that began longer ago and never ended was probably killed; launching beside it is only a read too many.
_PRESUMED_DEAD = timedelta(hours=1)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_ATTEMPTS_SEEN = 10


@dataclass(frozen=True)
class Attempt:
    """An earlier launch of a sensor. ``ended_at`` is ``None`` while it is in flight."""

    name: str
    target: str
    ended_at: datetime | None
    succeeded: bool


def launch_tags(sensor: str, *target: object) -> dict[str, str]:
    """Tags by which later ticks know a launch of ``sensor`` and what it was for."""
    digest = hashlib.sha256(repr(target).encode()).hexdigest()[:16]
    return {LAUNCHED_BY_TAG: sensor, TARGET_TAG: digest}


def reason_to_wait(attempts: Sequence[Attempt], target: str, now: datetime) -> str | None:
    """Why nothing is to be launched at ``now``, or ``None``. ``attempts``: earlier launches, the newest first.

    A launch that failed, or that was for the same ``target`` and did not settle it, is followed by a pause that
    doubles from one minute to one hour.
    """
    vain = 0
    for attempt in attempts:
        if attempt.ended_at is None:
            return f"{attempt.name} is still in flight."
        if attempt.succeeded and attempt.target != target:
            break
        vain += 1
    if vain == 0:
        return None
    last_end = attempts[0].ended_at
    assert last_end is not None
    again_at = last_end + min(_FIRST_WAIT * 2 ** (vain - 1), _LONGEST_WAIT)
    if now >= again_at:
        return None
    return f"{attempts[0].name} did not settle this; the next try is at {again_at:%H:%M:%S} UTC."


def earlier_runs(instance: dg.DagsterInstance, sensor: str) -> list[Attempt]:
    """The runs that ``sensor`` launched with ``launch_tags``, the newest first."""
    records = instance.get_run_records(
        dg.RunsFilter(tags={LAUNCHED_BY_TAG: sensor}), limit=_ATTEMPTS_SEEN
    )
    return [_attempt(record) for record in records]


def run_reading(instance: dg.DagsterInstance, source: str, now: datetime) -> str | None:
    """The id of an unfinished run that includes assets of ``source``, whoever launched it."""
    for run in _unfinished_runs(instance, now):
        selected = run.asset_selection or ()
        if any(key.path[0] == source for key in selected) or (
            not selected and run.job_name == SYNC
        ):
            return run.run_id
    return None


def sync_in_flight(
    instance: dg.DagsterInstance, now: datetime, *, schedule: str | None = None
) -> str | None:
    """The id of an unfinished sync run, if given one that ``schedule`` launched."""
    for run in _unfinished_runs(instance, now):
        launched_by = run.tags.get("dagster/schedule_name")
        if run.job_name == SYNC and (schedule is None or launched_by == schedule):
            return run.run_id
    return None


def _unfinished_runs(instance: dg.DagsterInstance, now: datetime) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(
        dg.RunsFilter(statuses=_UNFINISHED, created_after=now - _PRESUMED_DEAD)
    )


def _attempt(record: dg.RunRecord) -> Attempt:
    run = record.dagster_run
    ended = record.end_time or record.update_timestamp.replace(tzinfo=timezone.utc).timestamp()
    return Attempt(
        name=f"run {run.run_id[:8]}",
        target=run.tags.get(TARGET_TAG, ""),
        ended_at=datetime.fromtimestamp(ended, timezone.utc) if run.is_finished else None,
        succeeded=run.is_success,
    )
