"""What a read does with a limited number of requests, and what it says when they did not suffice.

Here: each reader's fair share, and the telling of what was put off. Not here: how requests are counted (the
connector does that) and what is remembered (a destination does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from pipelines.pyairbyte.destination import (
    Deferral,
    OpenDestination,
    StagedStream,
    Window,
    WindowProgress,
)
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector

#: Metadata of the observation that tells of a deferred asset.
DEFERRED = "deferred"
#: The check, the list of parents, and one of them: with fewer requests a daily stream never comes further.
_LEAST_SHARE = 3


def fair_share(
    reader: str,
    connector: Connector,
    config: Mapping[str, Any],
    streams: Sequence[AirbyteStreamProps],
    destination: OpenDestination,
) -> dict[str, Any]:
    """Options of the connector's budget: ``reader`` may take half of the hour's while other streams wait."""
    per_hour = config.get("requests_per_hour")
    if not per_hour:
        return {}
    options: dict[str, Any] = {"request_reader": reader}
    if destination.waiting([props for props in connector.streams if props not in streams]):
        options["requests_share"] = max(int(per_hour) // 2, _LEAST_SHARE)
    return options


def tell_deferred(
    context: dg.AssetExecutionContext,
    pause: str,
    deferrals: Sequence[Deferral],
    partial: Iterable[StagedStream],
    window: Window | None,
) -> None:
    """One warning in the log, and an observation of each asset that was put off."""
    keys = {key.path[-1]: key for key in context.selected_asset_keys}
    progress = {staged.props.name: staged.progress for staged in partial if staged.progress}
    sentence = deferred_sentence(pause, deferrals, progress, window)
    context.log.warning(sentence)
    for deferral in deferrals:
        context.log_event(
            dg.AssetObservation(keys[deferral.props.name], metadata={DEFERRED: sentence})
        )


def deferred_sentence(
    pause: str,
    deferrals: Sequence[Deferral],
    progress: Mapping[str, WindowProgress],
    window: Window | None,
) -> str:
    """The connector's sentence, and how far each stream came.

    Example: ``... goes on after 14:05 UTC with the next sync; raise CLOCKIFY_REQUESTS_PER_HOUR if the plan allows
    more. Put off: tags; time_entries, with 12 of 20 users read for 2026-10-01 to 2026-11-21.``
    """
    left = "; ".join(
        _how_far(deferral.props, progress.get(deferral.props.name), window)
        for deferral in deferrals
    )
    return f"{pause} Put off: {left}."


def _how_far(
    props: AirbyteStreamProps, progress: WindowProgress | None, window: Window | None
) -> str:
    if progress is None or window is None or props.scope is None:
        return props.name
    last = window.end.date() - timedelta(days=1)
    return (
        f"{props.name}, with {progress.listed - progress.missing:,} of {progress.listed:,} "
        f"{props.scope.stream} read for {window.start.date()} to {last}"
    )
