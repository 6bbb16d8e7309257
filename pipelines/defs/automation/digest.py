"""``weekly_digest``: once a week the headline figures, what changed and what needs attention, to ``PIPELINES_NOTIFY``.

Here: the job and its schedule, which there are only where that is set. Not here: the words (``outputs.alerts``).
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of ops at run time.

from datetime import datetime, timezone

import dagster as dg

from pipelines.defs.alerts import ground, report_path
from pipelines.defs.moments import end_of_archive
from pipelines.defs.resources import Sources
from pipelines.defs.settings import Settings
from pipelines.project.discretion import discreet
from pipelines.project.environment import SettingsError

NAME = "weekly_digest"


def digest_of(sources: Sources) -> tuple[str, str]:
    """Title and text of the digest as of now. Raises what the warehouse raises."""
    from pipelines.outputs.alerts.digest import digest

    settings = sources.settings
    as_of = settings.as_of or datetime.now(timezone.utc)
    with sources.warehouse.connect(read_only=True) as connection:
        end = end_of_archive(connection, settings, as_of)
        with ground(connection, settings, as_of) as looked_at:
            title, text = digest(looked_at, report_path(settings), tracker_as_of=end)
    return (f"Demo: {title}" if settings.is_demo else title), text


def digest_job(sources: Sources) -> dg.JobDefinition:
    """The job that sends the digest."""

    @dg.op(name=NAME, pool="warehouse", description="Sends the digest to PIPELINES_NOTIFY.")
    @discreet
    def send_digest(context: dg.OpExecutionContext) -> None:
        from pipelines.outputs.alerts.send import NotifyError, send

        title, text = digest_of(sources)
        try:
            send(sources.settings.notify, title, text)
        except NotifyError as error:
            raise dg.Failure(str(error)) from None
        context.log.info(f"{title}: sent to {len(sources.settings.notify)} addresses.")

    @dg.job(
        name=NAME, description="Sends the headline figures, what changed and what needs attention."
    )
    def weekly_digest() -> None:
        send_digest()

    return weekly_digest


def digest_schedule(settings: Settings, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Its schedule; a cron string that cannot be read raises ``SettingsError`` naming its setting."""
    try:
        return dg.ScheduleDefinition(
            name=NAME,
            job=job,
            cron_schedule=settings.digest_schedule,
            execution_timezone="UTC",
            # It asks no source, and whoever names an address wants to be told.
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Sends the digest to PIPELINES_NOTIFY.",
        )
    except dg.DagsterInvalidDefinitionError:
        raise SettingsError(
            "PIPELINES_DIGEST_SCHEDULE must be a cron schedule such as '0 7 * * 1', not "
            f"{settings.digest_schedule!r}."
        ) from None
