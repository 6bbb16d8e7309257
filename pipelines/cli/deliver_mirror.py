"""Delivers the finished tables to the mirror and says, table by table, what was sent."""

from __future__ import annotations

from pipelines.cli.wide import wide_console
from pipelines.defs.settings import Settings
from pipelines.outputs.mirror.deliver import deliver
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.project.texts.counts import counted
from pipelines.warehouse.connection import Warehouse


def deliver_mirror(settings: Settings) -> None:
    """Bring the mirror up to date. Raises ``MirrorError`` when ``PIPELINES_MIRROR`` is not set, too."""
    if settings.mirror is None:
        raise MirrorError(
            "There is no mirror to deliver to: set PIPELINES_MIRROR to its address, and the credentials of a source, "
            "because demo data is not delivered."
        )
    console = wide_console()
    delivered = []
    for table in deliver(Warehouse(settings.warehouse), settings.mirror, settings.staging_dir):
        delivered.append(table)
        if table.was_sent:
            console.print(
                f"{table.address}: {counted(table.rows, 'row')} in {table.seconds:.1f} s",
                highlight=False,
                markup=False,
            )
    sent = [table for table in delivered if table.was_sent]
    console.print(
        f"{sum(table.rows for table in sent):,} rows of {len(sent)} tables were sent to {settings.mirror.label}; "
        f"{len(delivered) - len(sent)} tables had not changed.",
        highlight=False,
        markup=False,
    )
