"""The moment that counts as now in a run: fixed when it is launched, and the same in every step of it.

Here: where a run's ``as_of`` comes from. Not here: what a table makes of it.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from pipelines.defs.settings import Settings

#: Tells a run its ``as_of``, an ISO instant; several runs that belong together can have the same.
AS_OF_TAG = "pipelines/as_of"


def as_of_tag(moment: datetime) -> dict[str, str]:
    """The tag that makes ``moment`` the now of a run."""
    return {AS_OF_TAG: moment.astimezone(timezone.utc).isoformat()}


def as_of_run(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, settings: Settings
) -> datetime:
    """``PIPELINES_AS_OF``, else the run's tag, else the moment at which the run was created."""
    if settings.as_of:
        return settings.as_of
    told = context.run.tags.get(AS_OF_TAG)
    if told:
        return _instant(told)
    record = context.instance.get_run_record_by_id(context.run.run_id)
    return record.create_timestamp if record else datetime.now(timezone.utc)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise dg.Failure(
            f"The run's tag {AS_OF_TAG} must be an ISO instant with a zone, "
            f"such as 2026-11-21T12:00:00Z, not {text!r}.",
            allow_retries=False,
        )
    return moment
