"""What ``dg scaffold defs pipelines.pyairbyte.PyAirbyteComponent NAME`` writes.

Here: a ``defs.yaml`` with a small manifest beside it, or with the catalog of an installed connector, which is asked for it. Not
here: what becomes of them (``component``).
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of the parameters.

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import dagster as dg
from pydantic import BaseModel, Field

from pipelines.project.texts.secrets import keep_secret
from pipelines.pyairbyte.catalog import plain_name
from pipelines.pyairbyte.process import NotStarted

MANIFEST = "manifest.yaml"
CATALOG = "catalog.json"
_EXAMPLE = """\
# A declarative manifest of Airbyte's low-code CDK. This one reads a list of objects from one endpoint.
version: 7.39.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [items]}
spec:
  type: Spec
  connection_specification:
    type: object
    properties:
      api_url: {type: string}
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
        description: One row per item.
        properties:
          id: {type: integer, description: Number of the item.}
          name: {type: [string, "null"], description: Its name.}
"""


class PyAirbyteScaffoldParams(BaseModel):
    """Options of ``dg scaffold defs``."""

    executable: str | None = Field(
        default=None,
        description="Program of an installed connector, such as source-faker: its catalog is asked for and written.",
    )
    config_file: str | None = Field(
        default=None,
        description="JSON file with a config for the connector; secrets in it are written as {{ env.NAME }}.",
    )


class PyAirbyteScaffolder(dg.Scaffolder[PyAirbyteScaffoldParams]):
    """Writes a ``defs.yaml``, with a manifest that is to be replaced, or with the catalog of an installed connector."""

    @classmethod
    def get_scaffold_params(cls) -> type[PyAirbyteScaffoldParams]:
        """See Dagster."""
        return PyAirbyteScaffoldParams

    def scaffold(self, request: dg.ScaffoldRequest[PyAirbyteScaffoldParams]) -> None:
        """See Dagster."""
        executable = request.params.executable if request.params else None
        if executable is None:
            self._scaffold_manifest(request)
        else:
            self._scaffold_installed(request, executable)

    def _scaffold_manifest(self, request: dg.ScaffoldRequest[PyAirbyteScaffoldParams]) -> None:
        name = request.target_path.name
        dg.scaffold_component(
            request,
            {
                "connector": f"source-{name.replace('_', '-')}",
                "config": {"api_url": f"{{{{ env.{name.upper()}_API_URL }}}}"},
            },
        )
        (request.target_path / MANIFEST).write_text(_EXAMPLE, encoding="utf-8")

    def _scaffold_installed(
        self, request: dg.ScaffoldRequest[PyAirbyteScaffoldParams], executable: str
    ) -> None:
        # Imports PyAirbyte, which takes seconds.
        from pipelines.pyairbyte.discovery import NotDiscovered, discover, secrets_of

        config = _config(request.params.config_file)
        try:
            secrets = secrets_of(executable, config)
            for secret in secrets:
                keep_secret(secret)
            catalog, left_out = discover(executable, config)
        except (NotDiscovered, NotStarted) as error:
            raise click.ClickException(str(error)) from None
        name = request.target_path.name
        dg.scaffold_component(
            request,
            {
                "connector": Path(executable).name,
                "namespace": name,
                "executable": _from(request.target_path, executable),
                "config": _without_secrets(config, secrets, name.upper()),
            },
        )
        text = json.dumps(catalog, indent=2, ensure_ascii=False)
        (request.target_path / CATALOG).write_text(f"{text}\n", encoding="utf-8")
        for stream in left_out:
            click.echo(
                f"{stream} is left out of {CATALOG}: it has no primary key, so its rows cannot be told apart. "
                "Where you know one, add the stream with its primary_key.",
                err=True,
            )


def _config(file: str | None) -> dict[str, Any]:
    """The config in ``file``; raises Click's error with a sentence that names it."""
    if file is None:
        return {}
    try:
        config = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"--config-file {file} cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise click.ClickException(f"--config-file {file} has to be a JSON object.")
    return config


def _from(folder: Path, executable: str) -> str:
    """``executable`` as ``defs.yaml`` in ``folder`` is to name it: a path as it is seen from there."""
    if os.sep not in executable:
        return executable
    return os.path.relpath(Path(executable).absolute(), folder)


def _without_secrets(value: Any, secrets: frozenset[str], name: str) -> Any:
    """``value`` with variables of the environment, named after their place, for what is secret."""
    if isinstance(value, Mapping):
        return {
            key: _without_secrets(each, secrets, f"{name}_{plain_name(key).upper()}")
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [
            _without_secrets(each, secrets, f"{name}_{number}") for number, each in enumerate(value)
        ]
    return f"{{{{ env.{name} }}}}" if str(value) in secrets else value
