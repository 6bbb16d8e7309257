"""One run has one now: that of the settings, of its tag, or the moment at which it was created."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

import time
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.runs.now import AS_OF_TAG, as_of_run, as_of_tag
from pipelines.defs.settings import Settings, load_settings

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def nows(
    settings: Settings, tags: dict[str, str], *, fails: bool = False
) -> tuple[list[datetime], dg.ExecuteInProcessResult, datetime]:
    """What two steps of a run take for now, the result, and when the run was created."""
    seen: list[datetime] = []

    @dg.asset
    def first(context: dg.AssetExecutionContext) -> None:
        seen.append(as_of_run(context, settings))
        time.sleep(0.05)

    @dg.asset(deps=[first])
    def second(context: dg.AssetExecutionContext) -> None:
        seen.append(as_of_run(context, settings))

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [first, second], instance=instance, tags=tags, raise_on_error=not fails
        )
        record = instance.get_run_record_by_id(result.run_id)
    assert record
    return seen, result, record.create_timestamp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"PIPELINES_WAREHOUSE": str(tmp_path / "warehouse.duckdb")})


def test_a_run_has_the_now_of_its_creation_in_every_step(settings: Settings) -> None:
    seen, _, created = nows(settings, {})
    assert seen == [created, created]


def test_a_tag_tells_the_now(settings: Settings) -> None:
    assert nows(settings, as_of_tag(NOON))[0] == [NOON, NOON]
    assert nows(settings, {AS_OF_TAG: "2026-11-21T12:00:00Z"})[0] == [NOON, NOON]


def test_the_settings_go_first(tmp_path: Path) -> None:
    told = {
        "PIPELINES_WAREHOUSE": str(tmp_path / "warehouse.duckdb"),
        "PIPELINES_AS_OF": NOON.isoformat(),
    }
    assert nows(load_settings(told), {AS_OF_TAG: "2020-01-01T00:00:00Z"})[0] == [NOON, NOON]


@pytest.mark.parametrize("tag", ["yesterday", "2026-11-21T12:00:00"])
def test_a_tag_that_is_no_instant_is_named(settings: Settings, tag: str) -> None:
    seen, result, _ = nows(settings, {AS_OF_TAG: tag}, fails=True)
    assert seen == []
    message = str(result.failure_data_for_node("first"))
    assert AS_OF_TAG in message
    assert repr(tag) in message
