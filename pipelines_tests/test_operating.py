"""What docs/operating.md tells to run, run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from pipelines.project.folder import PROJECT
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines_tests.support.staging import prepare

TEXT = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")


def test_the_script_for_old_history_deletes_what_it_says_and_no_more(tmp_path: Path) -> None:
    found = re.search(
        r"^## How long history is kept$.*?<<'PYTHON'\n(.*?)^PYTHON$", TEXT, re.M | re.S
    )
    assert found
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=120)
    prepare(WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live"))
    with warehouse.connect() as connection:
        connection.execute(
            "INSERT INTO clockify.time_entries_deleted (id, _last_seen_at) VALUES "
            "('old', now() - INTERVAL 25 MONTH), ('young', now() - INTERVAL 23 MONTH)"
        )
    subprocess.run(
        [sys.executable, "-c", found[1]],
        cwd=PROJECT,
        env={**os.environ, "PIPELINES_WAREHOUSE": warehouse.url},
        check=True,
        timeout=120,
    )
    with warehouse.connect(read_only=True) as connection:
        left = connection.execute("SELECT id FROM clockify.time_entries_deleted").fetchall()
    assert left == [("young",)]
