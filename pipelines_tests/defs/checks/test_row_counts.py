"""Row counts in real runs, compared with the runs before."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines.defs.quality.row_counts import ENOUGH_HISTORY
from pipelines_tests.defs.checks.support import evaluations, run_checks
from pipelines_tests.support.project import Project


def row_count(result: dg.ExecuteInProcessResult, asset: str) -> dg.AssetCheckEvaluation:
    return evaluations(result)[asset, "row_count"]


@pytest.mark.slow
def test_a_sudden_drop_warns_once_there_is_history(project: Project) -> None:
    tags = project.world.clockify.tags
    for n in range(ENOUGH_HISTORY):
        found = row_count(project.materialize("clockify/tags"), "clockify/tags")
        assert found.passed
        assert found.metadata["earlier_runs"].value == n
    del tags[5:]
    # Held back, until a second read misses them, too.
    assert not project.materialize("clockify/tags").success
    result = project.materialize("clockify/tags")
    found = row_count(result, "clockify/tags")
    assert result.success
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert found.metadata["change"].value == 5 - 30
    assert found.description is not None
    assert "5 rows, -25" in found.description


def test_the_days_of_one_run_are_one_read(project: Project) -> None:
    project.materialize("clockify/time_entries")
    project.materialize("clockify/time_entries")
    found = row_count(run_checks(project, "clockify/time_entries"), "clockify/time_entries")
    assert found.metadata["earlier_runs"].value == 2
    assert found.metadata["rows"].value == 3
