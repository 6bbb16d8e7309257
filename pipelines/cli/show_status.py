"""Prints how the streams are doing, for a person or for a monitoring system."""

from __future__ import annotations

from datetime import datetime, timezone

import click

from pipelines.cli.wide import wide_console
from pipelines.project.settings import Settings


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
    else:
        wide_console().print(status_table(found, now))
