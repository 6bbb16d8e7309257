"""The project as a user runs it, against a simulated server: settings, a Dagster instance, a warehouse file.

Here: running assets and looking at what came of it. Not here: worlds (``worlds``) and expectations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from pipelines.definitions import build_defs
from pipelines.defs.jobs import range_tags
from pipelines.defs.settings import Settings, load_settings
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.warehouse.connection import Warehouse

FIRST_DAY = "2026-03-01"
LAST_DAY = "2026-03-20"

#: The streams of the published connectors, by source.
PUBLISHED = {
    "pivotal_tracker": (
        "projects",
        "stories",
        "project_memberships",
        "labels",
        "releases",
        "epics",
        "activity",
    ),
    "clockify": (
        "users",
        "projects",
        "clients",
        "tags",
        "user_groups",
        "time_entries",
        "tasks",
    ),
}
ALL_PUBLISHED = [
    f"{source}/{stream}" for source, streams in PUBLISHED.items() for stream in streams
]


class Project:
    """One installation of the project in a folder, reading one server."""

    def __init__(
        self,
        folder: Path,
        server: SimulatorServer,
        instance: dg.DagsterInstance,
        **environment: str,
    ) -> None:
        self.folder = folder
        self.server = server
        self.instance = instance
        self._loaded_with: Settings | None = None
        self.environment = {
            "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
            "PIVOTAL_TRACKER_API_URL": server.url,
            "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
            "CLOCKIFY_WORKSPACE_ID": server.world.clockify.workspace["id"],
            "CLOCKIFY_API_URL": server.url,
            "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "PIPELINES_START_DATE": FIRST_DAY,
            "DAGSTER_HOME": str(folder),
            **environment,
        }

    @property
    def settings(self) -> Settings:
        """The settings of the environment, with retries that wait milliseconds instead of seconds."""
        settings = load_settings(self.environment)
        options = {
            # A budget that is used up is told at once, however soon it might be free again.
            source: {**options, "retry_seconds": 0.02, "request_patience_seconds": 0}
            for source, options in settings.connector_options.items()
        }
        return settings.model_copy(update={"connector_options": options})

    @property
    def world(self) -> World:
        return self.server.world

    def materialize(
        self,
        *assets: str,
        days: tuple[str, str] = (FIRST_DAY, LAST_DAY),
        full_refresh: bool = False,
        checks: bool = True,
    ) -> dg.ExecuteInProcessResult:
        """Run ``assets`` ("schema/table"; all when none are named) in one run over ``days``.

        ``checks``: and their checks, which take a quarter of the time of a read.
        """
        job_def = self._job(assets, checks)
        steps = {
            node: {"config": {"full_refresh": full_refresh}}
            for node in job_def.graph.node_dict
            if node.endswith(("_streams", "_days"))
        }
        return job_def.execute_in_process(
            instance=self.instance,
            tags=range_tags(*days) if job_def.partitions_def else {},
            run_config={"ops": steps, "loggers": {"console": {"config": {"log_level": "ERROR"}}}},
            raise_on_error=False,
        )

    def _job(self, assets: tuple[str, ...], checks: bool) -> dg.JobDefinition:
        """A job of ``assets``. A code server loads definitions once for many runs, and so does this, for the same settings."""
        settings = self.settings
        if settings != self._loaded_with:
            self._loaded_with, self._definitions, self._jobs = settings, build_defs(settings), {}
        if (assets, checks) not in self._jobs:
            selection = dg.AssetSelection.assets(*assets) if assets else dg.AssetSelection.all()
            job = dg.define_asset_job(
                "chosen", selection=selection if checks else selection.without_checks()
            )
            resolved = dg.Definitions.merge(self._definitions, dg.Definitions(jobs=[job]))
            self._jobs[assets, checks] = resolved.resolve_job_def("chosen")
        return self._jobs[assets, checks]

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse, for several questions."""
        with Warehouse(self.settings.warehouse, lock_timeout=120).connect(
            read_only=True
        ) as connection:
            yield connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the warehouse."""
        with self.reading() as connection:
            return connection.execute(sql).fetchall()

    def keys(self, table: str, key: str = "id") -> list[Any]:
        """The sorted keys of a table."""
        return [row[0] for row in self.query(f"SELECT {key} FROM {table} ORDER BY ALL")]


@contextmanager
def running_project(
    folder: Path, world: World, behaviour: Behaviour | None = None, **environment: str
) -> Iterator[Project]:
    """A project whose server serves ``world``."""
    with (
        SimulatorServer(world, behaviour) as server,
        dg.DagsterInstance.ephemeral(tempdir=str(folder)) as instance,
    ):
        yield Project(folder, server, instance, **environment)


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """The sentences with which a failed run ended, one for each failed step."""
    assert not result.success, "the run was expected to fail"
    sentences = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            assert data.user_failure_data is not None, data.error
            sentences.append(str(data.user_failure_data.description))
    return "\n".join(sentences)


def metadata_of(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """Plain metadata values of the last materialization of ``asset`` in a run."""
    key = dg.AssetKey(asset.split("/"))
    events = [
        event for event in result.get_asset_materialization_events() if event.asset_key == key
    ]
    assert events, f"{asset} was not materialized"
    return {name: value.value for name, value in events[-1].materialization.metadata.items()}


def everything_recorded(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance) -> str:
    """All that Dagster keeps of a run, as one text: events, logs, errors, metadata, tags."""
    records = instance.all_logs(result.run_id)
    run = instance.get_run_by_id(result.run_id)
    return json.dumps([str(record) for record in records] + [str(run)])
