"""A table that is not what it should be takes no other part of the report along."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.outputs.report.page import write_report
from pipelines_tests.outputs import crowd


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "clockify.projects",
        "pivotal_tracker.projects",
        "project_management.story_facts",
        "time_tracking.project_budget",
        "time_tracking.time_daily",
    ],
)
def test_the_report_is_written_whichever_table_is_broken(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, address: str
) -> None:
    """Somebody's view has the name of the table: figures, lists, changes and pages of subjects go on without it."""
    con.execute(f"DROP TABLE {address}")
    con.execute(f"CREATE VIEW {address} AS SELECT 1 AS n")
    page = write_report(con, crowd.AS_OF, tmp_path, mode="live").read_text(encoding="utf-8")
    assert "Can the data be trusted" in page
    assert page.rstrip().endswith("</html>")
