"""The versions of projects that every stream of the warehouse has applied."""

from __future__ import annotations

from pathlib import Path

from pipelines.defs.automation.applied_versions import applied_versions, last_activity_day
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.state import ensure_state_tables


def test_a_version_is_applied_when_every_stream_has_it(tmp_path: Path) -> None:
    streams = CONNECTORS["pivotal_tracker"].streams
    versioned = [props.name for props in streams if props.scope and props.scope.version]
    with Warehouse(str(tmp_path / "w.duckdb")).connect() as connection:
        assert applied_versions(connection) is None
        ensure_state_tables(connection)
        assert applied_versions(connection) is None
        connection.execute(
            "INSERT INTO _pipelines.streams VALUES ('pivotal_tracker', 'projects', NULL, NULL)"
        )
        assert applied_versions(connection) == {}
        for stream in versioned:
            for project in ("101", "102"):
                connection.execute(
                    "INSERT INTO _pipelines.parent_versions VALUES ('pivotal_tracker', ?, ?, '7|11', NULL)",
                    [stream, project],
                )
        assert applied_versions(connection) == {"101": "7|11", "102": "7|11"}
        connection.execute(
            "UPDATE _pipelines.parent_versions SET version = '8|11' "
            "WHERE stream = 'labels' AND parent = '102'"
        )
        assert applied_versions(connection) == {"101": "7|11"}
        assert last_activity_day(connection) is None
