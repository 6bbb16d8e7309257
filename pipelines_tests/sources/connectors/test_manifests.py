"""What the manifests declare, read as plain YAML."""

from __future__ import annotations

from typing import Any

import pytest
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from jsonschema.exceptions import ValidationError

from pipelines.sources.registry import CONNECTORS

STREAMS = {
    "clockify": {
        "users", "projects", "clients", "tags", "user_groups", "time_entries", "tasks", "workspaces",
        "custom_fields", "holidays", "time_off_requests", "approval_requests", "time_off_policies",
        "time_off_balances", "member_profiles", "scheduling_assignments", "scheduling_totals",
        "expenses", "expense_categories", "invoices", "invoice_items", "invoice_payments",
        "entry_invoicing", "expense_invoicing", "summary_report",
    },
    "pivotal_tracker": {
        "projects", "stories", "project_memberships", "labels", "releases", "epics", "activity",
        "story_transitions", "iterations", "iteration_overrides", "comments", "blockers", "reviews",
        "story_tasks",
    },
}  # fmt: skip


@pytest.mark.parametrize("source", CONNECTORS)
def test_all_streams_are_declared(source: str) -> None:
    assert {stream.name for stream in CONNECTORS[source].streams} == STREAMS[source]


@pytest.mark.parametrize("source", CONNECTORS)
def test_the_manifest_fits_the_cdk_s_schema(source: str) -> None:
    """A read does not look, because that takes most of a second; the CDK's own source does when it is made."""
    ConcurrentDeclarativeSource(config={}, source_config=CONNECTORS[source].manifest)
    broken = {**CONNECTORS[source].manifest, "streams": [{"type": "DeclarativeStream"}]}
    with pytest.raises(ValidationError):
        ConcurrentDeclarativeSource(config={}, source_config=broken)


@pytest.mark.parametrize("source", CONNECTORS)
def test_every_column_is_typed_described_and_in_snake_case(source: str) -> None:
    for stream in CONNECTORS[source].streams:
        assert stream.description
        assert set(stream.primary_key) <= set(stream.column_names)
        for column in stream.columns:
            where = f"{stream.name}.{column.name}"
            assert column.description, where
            assert column.name == column.name.lower(), where
            assert " " not in column.name, where


@pytest.mark.parametrize("source", CONNECTORS)
def test_no_comma_of_a_description_became_a_key(source: str) -> None:
    """In a YAML flow mapping ``{description: a, b}`` has the keys ``description`` and ``b``."""

    def check(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                assert value is not None, f"{path}/{key}"
                check(value, f"{path}/{key}")
        elif isinstance(node, list):
            for value in node:
                check(value, path)

    check(CONNECTORS[source].manifest, source)


@pytest.mark.parametrize("source", CONNECTORS)
def test_optional_streams_are_optional_for_the_error_handler_too(source: str) -> None:
    connector = CONNECTORS[source]
    for stream in connector.manifest["streams"]:
        definition = stream["retriever"]["$ref"].rpartition("/")[2]
        retriever = connector.manifest["definitions"][definition]
        if (
            "$ref" in retriever
        ):  # Parts of stories share the stories' requests, which are not optional.
            continue
        handler = retriever["requester"].get("error_handler", {}).get("$ref", "")
        assert handler.endswith("/optional") == connector.stream(stream["name"]).optional, stream[
            "name"
        ]
