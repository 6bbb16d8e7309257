"""Writes the suggestions of links to a file for somebody to judge, and says what to do with it."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.defs.settings import Settings
from pipelines.metrics.settings import load
from pipelines.metrics.tables_there import exists
from pipelines.outputs.links_review import INPUTS, write_links_review
from pipelines.outputs.privacy.names import people_shown
from pipelines.project.environment import SettingsError
from pipelines.project.texts.counts import counted
from pipelines.warehouse.connection import Warehouse


def review_links(settings: Settings, target: Path | None, above: float, every_rank: bool) -> None:
    """Write the file; one that is there is not replaced, because somebody may have filled it in."""
    path = target or settings.report_dir / "links.csv"
    if path.exists():
        raise SettingsError(
            f"{path} is there already, and may be filled in: move it away, or name another file with --to."
        )
    with Warehouse(settings.warehouse).connect(read_only=True) as connection:
        missing = [address for address in INPUTS if not exists(connection, address)]
        if missing:
            raise SettingsError(
                f"There are no suggestions yet, because {missing[0]} was never computed: run `make sync` with both sources."
            )
        with people_shown(connection, load(settings.metric_settings).report.people):
            lines = write_links_review(connection, path, above=above, every_rank=every_rank)
    click.echo(
        f"{counted(lines, 'suggestion')} in {path}: write yes into the column accept of the right ones, then name the file "
        'in the metric settings, [links] accepted = "...", and sync.'
    )
