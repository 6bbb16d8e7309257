"""Tags of which every row and the state carry one version, so that a half published read shows.

Here: staging them in bulk, and what the warehouse holds of them. Not here: expectations.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb

from pipelines.pyairbyte.destination import StagedStream
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.staging import stage

TAGS = CONNECTORS[CLOCKIFY].stream("tags")
_NOON = datetime(2024, 3, 2, 12, tzinfo=timezone.utc)


def stage_version(folder: Path, version: int, rows: int) -> StagedStream:
    """A read of ``rows`` tags with ids 0 to ``rows - 1``, each named after ``version``; later versions began later."""
    database = folder / f"version{version}.duckdb"
    staged = stage(
        database,
        TAGS,
        [],
        read_at=_NOON + timedelta(minutes=version),
        state={"version": str(version)},
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "INSERT INTO streams.tags (id, name, workspace_id, _airbyte_raw_id) "
            "SELECT n::VARCHAR, $version, md5(n || $version), n::VARCHAR FROM range($rows) AS r(n)",
            {"version": str(version), "rows": rows},
        )
    return replace(staged, records=rows)


def held_version(warehouse: Warehouse) -> tuple[int, str, str, str]:
    """How many tags there are, their lowest and highest version, and that of the state."""
    with warehouse.connect(read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*), min(name), max(name), "
            "(SELECT state ->> 'version' FROM _pipelines.streams) FROM clockify.tags"
        ).fetchone()
    assert found is not None
    return found
