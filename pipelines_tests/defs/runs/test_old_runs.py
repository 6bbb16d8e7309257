"""Which runs are forgotten: those that are old, over, and of which nothing is the latest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.runs.old_runs import LATEST_TAG, forget_old_runs

IN_60_DAYS = datetime.now(timezone.utc) + timedelta(days=60)
DAYS = dg.DailyPartitionsDefinition("2026-03-01")


@dg.asset
def lists() -> None:
    """An asset without days."""


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def entries() -> None:
    """An asset with days."""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """With files, as the default storage has them."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made


def run(instance: dg.DagsterInstance, first: str, last: str) -> str:
    """A run of both assets over a range of days."""
    results = [
        dg.materialize([lists], instance=instance),
        dg.materialize(
            [entries],
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
        ),
    ]
    return results[1].run_id


def runs(instance: dg.DagsterInstance) -> int:
    return len(instance.get_runs())


def test_runs_go_but_for_those_that_hold_what_is_latest(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """Three syncs, two runs each. Of the first, the 1st of March is the latest that there is; the second has nothing."""
    first = run(instance, "2026-03-01", "2026-03-03")
    second = run(instance, "2026-03-02", "2026-03-03")
    third = run(instance, "2026-03-02", "2026-03-04")
    assert len(list(tmp_path.rglob(f"{second}.db"))) == 1
    assert forget_old_runs(instance, 90, IN_60_DAYS) == 0
    assert forget_old_runs(instance, 0, IN_60_DAYS) == 0
    # The lists of the first two, and the entries of the second.
    assert forget_old_runs(instance, 30, IN_60_DAYS) == 3
    assert {each.run_id for each in instance.get_runs()} >= {first, third}
    assert runs(instance) == 3
    assert not list(tmp_path.rglob(f"{second}.db*"))
    kept = instance.get_run_by_id(first)
    assert kept is not None
    assert kept.tags[LATEST_TAG] == "entries"
    assert instance.get_materialized_partitions(entries.key) == {
        f"2026-03-0{day}" for day in range(1, 5)
    }
    latest = instance.get_latest_materialization_event(lists.key)
    assert latest is not None
    assert instance.get_run_by_id(latest.run_id)
    assert forget_old_runs(instance, 30, IN_60_DAYS) == 0


def test_a_run_that_goes_on_stays(instance: dg.DagsterInstance) -> None:
    for status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING):
        instance.add_run(dg.DagsterRun(job_name="sync", status=status))
    instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.FAILURE))
    assert forget_old_runs(instance, 30, IN_60_DAYS) == 1
    assert runs(instance) == 2
