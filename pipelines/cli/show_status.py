"""Prints how the streams are doing, for a person or for a monitoring system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import click

from pipelines.cli.wide import wide_console
from pipelines.defs.settings import Settings
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse


def show_status(settings: Settings, *, as_openmetrics: bool) -> None:
    """To standard output: a table, or OpenMetrics text."""
    import dagster as dg

    from pipelines.outputs.status.openmetrics import openmetrics
    from pipelines.outputs.status.streams import status
    from pipelines.outputs.status.table import status_table

    now = datetime.now(timezone.utc)
    with dg.DagsterInstance.get() as instance:
        found = status(instance, settings, now)
    if as_openmetrics:
        click.echo(openmetrics(found), nl=False)
        return
    for line in _where_it_stands(settings):
        click.echo(line)
    if any(stream.last_read or stream.recent_failures for stream in found.streams):
        wide_console().print(status_table(found, now))
    else:
        click.echo(f"Nothing was read yet: `make {'demo' if settings.is_demo else 'sync'}`.")


def _where_it_stands(settings: Settings) -> Iterator[str]:
    """Which data this is about, and where it lies."""
    backend = Warehouse(settings.warehouse).backend
    if settings.is_demo:
        yield "Demo: no credentials are set."
    else:
        modes = (f"{source} {settings.mode(source)}" for source in CONNECTORS)
        yield f"Sources: {', '.join(modes)}."
    yield f"Warehouse: {backend.label}{'' if backend.is_there else ', not there yet'}."
    yield f"History: {settings.dagster_home}."
