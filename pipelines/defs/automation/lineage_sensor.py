"""``lineage_events``: tells ``PIPELINES_LINEAGE_URL`` which tables a run wrote and what they are made of, in OpenLineage.

Here: which runs and tables, and sending. Not here: what an event says (``outputs.lineage_events``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import requests

from pipelines.defs.settings import Settings
from pipelines.outputs.lineage_events import LineageError, TableColumn, WrittenTable, lineage_event
from pipelines.outputs.status.runs import ENDED
from pipelines.project.discretion import discreet
from pipelines.project.one_host import keep_to_host
from pipelines.project.texts.counts import counted
from pipelines.project.texts.secrets import blotted
from pipelines.warehouse.connection import Warehouse

NAME = "lineage_events"
#: OpenLineage's word for where jobs belong.
NAMESPACE = "pipelines"
#: A tick of a sensor may take a minute.
_RUNS_A_TICK = 3
_SECONDS = 10


def lineage_events(settings: Settings, url: str) -> dg.SensorDefinition:
    """The sensor; its cursor is the moment at which the run changed last that was told last."""
    store = Warehouse(settings.warehouse).backend.store

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=settings.sensor_seconds,
        # It asks no source and launches nothing.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells PIPELINES_LINEAGE_URL what each run wrote, and what it is made of.",
    )
    @discreet
    def tell(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        records = _runs_to_tell(context.instance, context.cursor)
        if not records:
            return dg.SkipReason("No run has ended since the last look.")
        told, refusals = 0, []
        with closing(keep_to_host(requests.Session())) as session:
            for record in records:
                for table in _written(context, record.dagster_run):
                    refusal = _post(session, settings, url, lineage_event(table, store, NAMESPACE))
                    told += not refusal
                    refusals += [f"{table.address}: {refusal}"] if refusal else []
                context.update_cursor(record.update_timestamp.isoformat())
        said = f"{counted(told, 'table')} of {counted(len(records), 'run')} told."
        if refusals:
            said += f" {counted(len(refusals), 'event')} refused, such as {refusals[0]}"
            context.log.warning(said)
        return dg.SkipReason(said)

    return tell


def _runs_to_tell(instance: dg.DagsterInstance, cursor: str | None) -> list[dg.RunRecord]:
    """Runs that ended after those that were told, the oldest first; at the first look the newest alone."""
    if cursor is None:
        ended = dg.RunsFilter(statuses=ENDED)
        return list(instance.get_run_records(ended, limit=1, order_by="update_timestamp"))
    later = dg.RunsFilter(statuses=ENDED, updated_after=datetime.fromisoformat(cursor))
    return list(
        instance.get_run_records(
            later, limit=_RUNS_A_TICK, order_by="update_timestamp", ascending=True
        )
    )


def _written(context: dg.SensorEvaluationContext, run: dg.DagsterRun) -> Iterator[WrittenTable]:
    """The tables of assets that the run materialized, each once, in the order in which it wrote them."""
    events = context.instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    last = {
        event.asset_materialization.asset_key: (event.timestamp, event.asset_materialization)
        for event in events
        if event.asset_materialization
    }
    assert context.repository_def is not None
    defined = context.repository_def.assets_defs_by_key
    for key, (timestamp, materialization) in last.items():
        spec = defined[key].get_asset_spec(key) if key in defined else None
        # One that is no longer defined, or that is no table, has nothing to say.
        if spec is None or "dagster/table_name" not in spec.metadata:
            continue
        rows = materialization.metadata.get("dagster/row_count")
        yield WrittenTable(
            address=".".join(key.path),
            description=spec.description or "",
            columns=_columns(spec),
            inputs=sorted(".".join(dep.asset_key.path) for dep in spec.deps),
            owners=spec.owners,
            rows=int(str(rows.value)) if rows else None,
            run_id=run.run_id,
            job=run.job_name,
            at=datetime.fromtimestamp(timestamp, timezone.utc),
        )


def _columns(spec: dg.AssetSpec) -> list[TableColumn]:
    schema: Any = spec.metadata.get("dagster/column_schema")
    lineage: Any = spec.metadata.get("dagster/column_lineage")
    made_of = lineage.deps_by_column if lineage else {}
    return [
        TableColumn(
            column.name,
            column.type,
            column.description or "",
            [
                f"{'.'.join(each.asset_key.path)}.{each.column_name}"
                for each in made_of.get(column.name, ())
            ],
        )
        for column in (schema.columns if schema else ())
    ]


def _post(session: requests.Session, settings: Settings, url: str, event: str) -> str | None:
    """Why the event was refused; ``None`` where it was taken. Raises ``LineageError`` where nobody took or refused it."""
    headers = {"Content-Type": "application/json"}
    if settings.lineage_key:
        headers["Authorization"] = f"Bearer {settings.lineage_key}"
    again = "It is sent again at the next look."
    try:
        response = session.post(url, data=event.encode(), headers=headers, timeout=_SECONDS)
    except requests.RequestException as error:
        raise LineageError(
            f"PIPELINES_LINEAGE_URL did not take an event: {blotted(type(error).__name__)}. {again}"
        ) from None
    if response.ok:
        return None
    if response.status_code in (401, 403, 408, 429) or response.status_code >= 500:
        raise LineageError(
            f"PIPELINES_LINEAGE_URL answered {response.status_code}{_hint(response)}. {again}"
        )
    return f"{response.status_code} {blotted(response.text[:200])}".strip()


def _hint(response: requests.Response) -> str:
    return ": check PIPELINES_LINEAGE_KEY" if response.status_code in (401, 403) else ""
