"""Drift in real runs: a server that changes what it sends."""

from __future__ import annotations

from typing import Any

import dagster as dg

from pipelines_tests.defs.checks.support import evaluations
from pipelines_tests.support.project import Project


def drift(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    return evaluations(result)["clockify/tags", "schema_drift"]


def fields(found: dg.AssetCheckEvaluation) -> list[dict[str, Any]]:
    table = found.metadata["fields"]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def test_a_new_and_a_retyped_field_warn_with_examples(project: Project) -> None:
    assert drift(project.materialize("clockify/tags")).passed
    first, second = project.world.clockify.tags[:2]
    first["colour"] = "red"
    second.update(colour="blue", archived="perhaps")

    result = project.materialize("clockify/tags")
    found = drift(result)
    assert result.success
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert found.description == "Fields new: colour; retyped: archived."
    assert fields(found) == [
        {"field": "archived", "finding": "retyped", "rows": 1, "example": '"perhaps"'},
        {"field": "colour", "finding": "new", "rows": 2, "example": '"blue"'},
    ]
    # Still there when the next read finds nothing to change, and gone once the source is as declared.
    assert not drift(project.materialize("clockify/tags")).passed
    for record in (first, second):
        del record["colour"]
    second["archived"] = False
    assert drift(project.materialize("clockify/tags")).passed


def test_a_field_that_is_no_longer_sent_warns(project: Project) -> None:
    project.materialize("clockify/tags")
    for record in project.world.clockify.tags:
        del record["archived"]
    found = drift(project.materialize("clockify/tags"))
    assert found.description == "Fields missing: archived."
