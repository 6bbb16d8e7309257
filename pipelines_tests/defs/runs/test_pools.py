"""Waiting for a pool's only slot. It leans on names that Dagster keeps to itself (``WatchedClaims``): when one of these
tests breaks after an upgrade of Dagster, compare ``plan/instance_concurrency_context.py`` and ``plan/active.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.runs import pools
from pipelines.defs.runs.alive import COMMAND_TAG, lock_file
from pipelines.defs.runs.pools import WaitedTooLong, WatchedClaims
from pipelines.project.locks import held

POOL = "clockify_api"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """One slot; every claim looks after its wait at once, and tells at once."""
    monkeypatch.setattr(pools, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(pools, "_FIRST_WORD_SECONDS", 0.0)
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        made.event_log_storage.set_concurrency_slots(POOL, 1)
        yield made


def started(instance: dg.DagsterInstance) -> dg.DagsterRun:
    return instance.add_run(
        dg.DagsterRun(
            job_name="sync",
            status=dg.DagsterRunStatus.STARTED,
            tags={COMMAND_TAG: "pipelines sync"},
        )
    )


def claims(instance: dg.DagsterInstance, told: list[str], longest: float = 3600.0) -> WatchedClaims:
    return WatchedClaims(instance, started(instance), longest=longest, tell=told.append)


def test_a_wait_is_told_once_a_minute_and_is_not_asked_for_all_the_time(
    instance: dg.DagsterInstance,
) -> None:
    told: list[str] = []
    busy = started(instance)
    instance.event_log_storage.claim_concurrency_slot(POOL, busy.run_id, "read")
    with claims(instance, told) as waiting:
        assert [waiting.claim(POOL, "read") for _ in range(5)] == [False] * 5
        assert waiting.interval_to_next_pending_claim_check() > 0
    (sentence,) = told
    assert sentence.startswith(f"Waiting for the pool {POOL} since 0 s: run {busy.run_id[:8]} ")
    assert "pipelines sync" in sentence


def test_a_free_slot_is_taken_without_a_word(instance: dg.DagsterInstance) -> None:
    told: list[str] = []
    with claims(instance, told) as waiting:
        assert waiting.claim(POOL, "read")
        assert waiting.interval_to_next_pending_claim_check() == 0
    assert told == []


def test_the_slot_of_a_dead_run_is_taken_at_the_next_claim(instance: dg.DagsterInstance) -> None:
    told: list[str] = []
    dead = started(instance)
    instance.event_log_storage.claim_concurrency_slot(POOL, dead.run_id, "read")
    lock = lock_file(instance, dead.run_id)
    lock.parent.mkdir()
    lock.touch()
    with claims(instance, told) as waiting:
        with held(lock):
            assert not waiting.claim(POOL, "read")
        assert not waiting.claim(POOL, "read")
        assert waiting.claim(POOL, "read")
    assert f"Run {dead.run_id[:8]} was killed; its place in a pool is free again." in told
    found = instance.get_run_by_id(dead.run_id)
    assert found is not None
    assert found.status == dg.DagsterRunStatus.FAILURE


def test_a_wait_ends(instance: dg.DagsterInstance) -> None:
    busy = started(instance)
    instance.event_log_storage.claim_concurrency_slot(POOL, busy.run_id, "read")
    with (
        claims(instance, [], longest=0.0) as waiting,
        pytest.raises(WaitedTooLong, match=f"{POOL}: run {busy.run_id[:8]}.*PIPELINES_MAX_WAIT"),
    ):
        waiting.claim(POOL, "read")
    # It does not wait on behind its own back.
    assert instance.event_log_storage.get_concurrency_info(POOL).pending_run_ids == set()
