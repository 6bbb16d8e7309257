"""Runs the sync job in this process, for the days that need reading."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from rich.console import Console

from pipelines.cli.closing import deferrals, print_closing
from pipelines.defs.days_to_read import days_to_read
from pipelines.defs.settings import Settings
from pipelines.warehouse.connection import Warehouse

if TYPE_CHECKING:
    import dagster as dg


def run_sync(settings: Settings, *, everything: bool, command: str = "sync") -> bool:
    """Run the job; ``everything`` re-reads all days and ignores saved states. Returns whether all went well.

    ``command``: what the history says about who launched the runs.
    """
    from pipelines.cli.instance import open_instance
    from pipelines.cli.left_over import left_over
    from pipelines.definitions import defs
    from pipelines.defs.jobs import COMPUTE, SYNC, range_tags, sync_config
    from pipelines.defs.metrics import COMPUTE_ANEW_TAG
    from pipelines.defs.runs.alive import COMMAND_TAG
    from pipelines.defs.runs.here import run_here
    from pipelines.defs.runs.now import as_of_tag

    console = Console(stderr=True)
    first, last = days_of_sync(settings, everything=everything)
    console.print(f"Reading {first} to {last} and everything that changed ...", highlight=False)
    # Both runs have one now.
    now = as_of_tag(settings.as_of or datetime.now(timezone.utc))
    tags = {COMMAND_TAG: f"pipelines {command}", **now}
    if everything:
        tags[COMPUTE_ANEW_TAG] = "all"
    with open_instance() as instance:
        began = datetime.now(timezone.utc)
        results = [
            run_here(
                defs.resolve_job_def(SYNC),
                instance,
                tags={**range_tags(first.isoformat(), last.isoformat()), **tags},
                run_config=sync_config(settings, full_refresh=everything),
            )
        ]
        if results[0].success and any(deferrals(results[0])):
            # Within a run Dagster skips what builds on an asset that was put off.
            results.append(
                run_here(
                    defs.resolve_job_def(COMPUTE),
                    instance,
                    tags=tags,
                    run_config={"loggers": {"console": {}}},
                )
            )
        # Within a run Dagster also skips what needs nothing of a step that failed but the other tables.
        tried: list[dg.AssetKey] = []
        while (left := left_over(results, instance, defs.resolve_asset_graph())) and left != tried:
            tried = left
            results.append(
                run_here(
                    defs.resolve_job_def(SYNC).get_subset(asset_selection=frozenset(left)),
                    instance,
                    tags=tags,
                    run_config={"loggers": {"console": {}}},
                )
            )
        print_closing(settings, results, began=began)
        return all(result.success for result in results)


def days_of_sync(settings: Settings, *, everything: bool) -> tuple[date, date]:
    """First and last day that a sync reads."""
    today = (settings.demo_now or datetime.now(timezone.utc)).date()
    if everything:
        return min(settings.start_date, today), today
    return days_to_read(
        settings, Warehouse(settings.warehouse), today=today, lookback_days=settings.lookback_days
    )
