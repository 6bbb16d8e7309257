"""A history: streams of which one was read twice, one failed, and one of days was backfilled after its last read."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import dagster as dg
import pytest

from pipelines.defs.settings import load_settings
from pipelines.outputs.status.streams import Status, status
from pipelines.pyairbyte.partitions import daily_partitions

NOW = datetime.now(timezone.utc)
TODAY = NOW.date().isoformat()


def facts(number: int) -> dict[str, Any]:
    """The numbers of a materialization, all different."""
    return {
        "dagster/row_count": 1000 + number,
        "rows_read": 10 + number,
        "rows_added": 1,
        "rows_changed": 2,
        "rows_removed": 3,
        "requests": number,
        "seconds": 0.5,
    }


@dg.asset(key=["clockify", "tags"])
def tags(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(metadata=facts(int(context.run.tags["number"])))


@dg.asset(key=["clockify", "users"])
def users() -> None:
    raise dg.Failure("users: the source answered 500.")


@dg.asset(
    key=["clockify", "time_entries"],
    partitions_def=daily_partitions(date(2026, 1, 1)),
)
def time_entries(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(metadata=facts(int(context.run.tags["number"])))


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        for number in (1, 2):
            dg.materialize([tags], instance=instance, tags={"number": str(number)})
        for number, day in ((3, TODAY), (4, "2026-01-05")):
            dg.materialize(
                [time_entries], instance=instance, partition_key=day, tags={"number": str(number)}
            )
        dg.materialize([users], instance=instance, raise_on_error=False)
        yield instance


@pytest.fixture(scope="module")
def found(instance: dg.DagsterInstance) -> Status:
    settings = load_settings({"CLOCKIFY_API_KEY": "k", "CLOCKIFY_WORKSPACE_ID": "w"})
    return status(instance, settings, datetime.now(timezone.utc))
