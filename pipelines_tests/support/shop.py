"""A connector that nobody here knows: a manifest of two streams, and what reads it into a warehouse.

Here: the manifest, whole reads and what they left. Not here: the server that answers (``json_server``) and expectations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.defs.resources import Sources
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.warehouse.connection import Warehouse

MANIFEST = """\
version: 7.39.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [items]}
spec:
  type: Spec
  connection_specification:
    type: object
    properties:
      api_url: {type: string}
      key: {type: string, airbyte_secret: true}
streams:
  - type: DeclarativeStream
    name: items
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester: {type: HttpRequester, url_base: "{{ config['api_url'] }}", path: /items, http_method: GET}
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}
    schema_loader:
      type: InlineSchemaLoader
      schema:
        type: object
        properties:
          id: {type: integer}
          name: {type: [string, "null"]}
          createdAt: {type: [string, "null"], format: date-time}
  - type: DeclarativeStream
    name: orders
    primary_key: [id]
    incremental_sync:
      type: DatetimeBasedCursor
      cursor_field: updated_at
      datetime_format: "%Y-%m-%dT%H:%M:%SZ"
      start_datetime: "2026-01-01T00:00:00Z"
      start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: since}
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: "{{ config['api_url'] }}"
        path: /orders
        http_method: GET
        error_handler: {type: DefaultErrorHandler, max_retries: 0}
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}
    schema_loader:
      type: InlineSchemaLoader
      schema:
        type: object
        properties:
          id: {type: integer}
          updated_at: {type: string, format: date-time}
"""


def shop_connector(folder: Path) -> ManifestConnector:
    """The connector, whose manifest is written into ``folder``."""
    manifest = folder / "manifest.yaml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    return ManifestConnector("source-shop", "shop", manifest)


class Place:
    """Where a read stages and publishes, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(str(folder / "place.duckdb"))
        self.staging = folder / "staging"
        self.airbyte = PyAirbyteResource(staging_dir=str(self.staging))
        self.destinations = Sources(load_settings({"DAGSTER_HOME": str(folder)}), self.warehouse)

    @property
    def resources(self) -> dict[str, Any]:
        return {"airbyte": self.airbyte, "destinations": self.destinations}

    def materialize(self, *assets: dg.AssetsDefinition, **more: Any) -> dg.ExecuteInProcessResult:
        """One run of ``assets``, whose failure is in the result."""
        return dg.materialize(assets, resources=self.resources, raise_on_error=False, **more)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()
