"""The digest's job as Dagster runs it, up to a receiver over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.defs.automation.digest import NAME
from pipelines.defs.runs.here import run_here
from pipelines.defs.settings import load_settings
from pipelines_tests.support.answering_server import Answer, AnsweringServer, answering
from pipelines_tests.support.metric_tables import metric_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse in which a budget is overspent."""
    path = tmp_path / "warehouse.duckdb"
    with metric_warehouse() as con:
        con.execute("""
            INSERT INTO time_tracking.project_budget BY NAME
            SELECT 'p' AS project_id, 'Build' AS project_name, DATE '2026-03-01' AS cycle_start, 134.0 AS used_pct
        """)
        con.execute(f"ATTACH '{path}' AS kept")
        con.execute("COPY FROM DATABASE memory TO kept")
        con.execute("DETACH kept")
    return path


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        yield instance


def digest_run(
    warehouse: Path, instance: dg.DagsterInstance, server: AnsweringServer
) -> dg.JobExecutionResult:
    metric_settings = warehouse.with_name("metrics.toml")
    # The demo's own settings switch all alerts off.
    metric_settings.write_text('[alerts]\non = ["budgets"]\n')
    settings = load_settings(
        {
            "PIPELINES_SETTINGS": str(metric_settings),
            "PIPELINES_WAREHOUSE": str(warehouse),
            "PIPELINES_AS_OF": "2026-03-20T12:00:00Z",
            "PIPELINES_NOTIFY": server.url.replace("http://", "json://user:planted-word@")
            + "/hook",
            "DAGSTER_HOME": str(warehouse.parent),
        }
    )
    job = build_defs(settings).resolve_job_def(NAME)
    config = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    return run_here(job, instance, tags={}, run_config=config)


def test_a_run_sends_the_digest(warehouse: Path, instance: dg.DagsterInstance) -> None:
    with answering(lambda _: Answer()) as server:
        assert digest_run(warehouse, instance, server).success
        (asked,) = server.asked
    body = json.loads(asked.body)
    assert asked.path == "/hook"
    assert body["title"] == "Demo: Delivery digest, 20 Mar 2026"
    assert "Needs attention" in body["message"]
    assert "Budgets: Build: 134 % of the budget used (over 100 %)" in body["message"]


def test_a_digest_that_nobody_took_fails_the_run_without_telling_the_address(
    warehouse: Path, instance: dg.DagsterInstance
) -> None:
    with answering(lambda _: Answer(status=500)) as server:
        result = digest_run(warehouse, instance, server)
    assert not result.success
    recorded = json.dumps([str(event) for event in instance.all_logs(result.run_id)])
    assert "address 1 (json://...) did not take the message" in recorded
    assert "planted-word" not in recorded
