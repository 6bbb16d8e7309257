"""What every table of the schema promises to those who list, document and write it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.tables import TABLES
from pipelines_tests.metrics.time_tracking.support import AS_OF, Clockify

RUN = MetricRun(as_of=AS_OF, settings=MetricSettings())


def test_every_table_computes_its_declared_columns_after_those_it_reads() -> None:
    """Only the tables before it in the list are there when a table is computed."""
    clockify = Clockify()
    for table in TABLES:
        relation = table.compute(clockify.connection, RUN)
        found = [
            (name, str(type_)) for name, type_ in zip(relation.columns, relation.types, strict=True)
        ]
        assert found == [(column.name, column.type) for column in table.columns], table.address
        assert set(table.grain) <= {column.name for column in table.columns}
        relation.create(table.address)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_inputs_and_settings_exist(table: MetricTable) -> None:
    clockify = Clockify()
    known = {other.address for other in TABLES} | {
        f"{schema}.{name}"
        for schema, name in clockify.rows(
            "SELECT table_schema, table_name FROM information_schema.tables"
        )
    }
    assert set(table.inputs) <= known
    assert RUN.settings.fingerprint(*table.settings)


def test_importing_the_list_costs_next_to_nothing() -> None:
    """Neither duckdb nor pandas nor pydantic: the definitions are text until something is computed."""
    code = (
        "import sys, pipelines.metrics.time_tracking.tables\n"
        "raise SystemExit(','.join({'duckdb', 'pandas', 'numpy', 'pydantic'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
