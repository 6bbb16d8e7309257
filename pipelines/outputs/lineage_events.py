"""A table that a run wrote as an event of OpenLineage, which catalogues of data read.

Here: what an event says of a table, its columns and what they are made of. Not here: which tables a run wrote, and Dagster
(``defs.automation.lineage_sensor``).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.project.extras import needing

if TYPE_CHECKING:
    from pipelines.warehouse.backends.model import Store

_PRODUCER = "urn:tracker-clockify-pipelines"


class LineageError(Exception):
    """Events cannot be made or sent; the message says why."""


@dataclass(frozen=True)
class TableColumn:
    """A column; ``made_of`` are the columns that it is made of, each as ``schema.table.column``."""

    name: str
    type: str
    description: str
    made_of: Sequence[str] = ()


@dataclass(frozen=True)
class WrittenTable:
    """The table at ``address`` (``schema.table``), made of the tables ``inputs``, as the run ``run_id`` of ``job`` left it."""

    address: str
    description: str
    columns: Sequence[TableColumn]
    inputs: Sequence[str]
    owners: Sequence[str]
    rows: int | None
    run_id: str
    job: str
    at: datetime


def lineage_event(table: WrittenTable, store: Store, namespace: str) -> str:
    """The event as JSON: the table is the output of a job of its own, in the ``namespace`` of jobs.

    Raises ``LineageError`` where the package is missing that knows OpenLineage's forms.
    """
    with needing("openlineage", "PIPELINES_LINEAGE_URL", LineageError):
        from openlineage.client.event_v2 import (
            InputDataset,
            Job,
            OutputDataset,
            Run,
            RunEvent,
            RunState,
        )
        from openlineage.client.facet_v2 import job_type_job, parent_run
        from openlineage.client.serde import Serde

    run = uuid.UUID(table.run_id)
    event = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=table.at.isoformat(),
        producer=_PRODUCER,
        run=Run(
            # A run of Dagster's writes many tables, and each is a job here. Told twice, it is the same run.
            runId=str(uuid.uuid5(run, table.address)),
            facets={
                "parent": parent_run.ParentRunFacet(
                    run=parent_run.Run(runId=table.run_id),
                    job=parent_run.Job(namespace=namespace, name=table.job),
                    producer=_PRODUCER,
                )
            },
        ),
        job=Job(
            namespace=namespace,
            name=table.address,
            facets={
                "jobType": job_type_job.JobTypeJobFacet(
                    processingType="BATCH",
                    integration="DAGSTER",
                    jobType="ASSET",
                    producer=_PRODUCER,
                )
            },
        ),
        inputs=[InputDataset(store.namespace, store.name_of(address)) for address in table.inputs],
        outputs=[
            OutputDataset(
                store.namespace,
                store.name_of(table.address),
                facets=_facets(table, store),
                outputFacets=_sizes(table),
            )
        ],
    )
    return str(Serde.to_json(event))


def _facets(table: WrittenTable, store: Store) -> dict[str, Any]:
    from openlineage.client.facet_v2 import (
        column_lineage_dataset as lineage,
    )
    from openlineage.client.facet_v2 import (
        documentation_dataset,
        ownership_dataset,
        schema_dataset,
    )

    def field(column: str) -> lineage.InputField:
        address, _, name = column.rpartition(".")
        return lineage.InputField(store.namespace, store.name_of(address), name)

    made_of = {
        column.name: lineage.Fields(inputFields=[field(each) for each in column.made_of])
        for column in table.columns
        if column.made_of
    }
    return {
        "schema": schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(each.name, each.type, each.description)
                for each in table.columns
            ],
            producer=_PRODUCER,
        ),
        "documentation": documentation_dataset.DocumentationDatasetFacet(
            description=table.description, producer=_PRODUCER
        ),
        "ownership": ownership_dataset.OwnershipDatasetFacet(
            owners=[ownership_dataset.Owner(name=owner) for owner in table.owners],
            producer=_PRODUCER,
        ),
        **(
            {"columnLineage": lineage.ColumnLineageDatasetFacet(fields=made_of, producer=_PRODUCER)}
            if made_of
            else {}
        ),
    }


def _sizes(table: WrittenTable) -> dict[str, Any]:
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    if table.rows is None:
        return {}
    return {
        "outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(
            rowCount=table.rows, producer=_PRODUCER
        )
    }
