"""``failure_alert``: what a failed run has to say, as one line in the log and one message to a webhook if there is one.

A credential that found its way into an error's text is blotted out; the webhook's address is one as well.
"""

from __future__ import annotations

import dagster as dg
import requests

from pipelines.defs.settings import Settings
from pipelines.outputs.status.runs import assets_not_updated, reasons_of_failure
from pipelines.project.discretion import discreet
from pipelines.project.one_host import keep_to_host
from pipelines.project.texts.secrets import blotted

NAME = "failure_alert"
_SECONDS = 10
_NAMED = 5


def failure_alert(settings: Settings) -> dg.SensorDefinition:
    """The sensor; it watches all jobs of this code location."""

    @dg.run_failure_sensor(
        name=NAME,
        # It asks no source and launches nothing, so there is no reason to leave it off.
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Logs why a run failed, and tells PIPELINES_ALERT_WEBHOOK where it is set.",
    )
    @discreet
    def tell(context: dg.RunFailureSensorContext) -> None:
        text = blotted(failure_text(context, settings.ui_url))
        context.log.error(text)
        if settings.alert_webhook and not _post(settings.alert_webhook, text):
            context.log.warning("The message could not be sent: check PIPELINES_ALERT_WEBHOOK.")

    return tell


def failure_text(context: dg.RunFailureSensorContext, ui_url: str | None) -> str:
    """One line: the job and why it failed, the assets it did not bring up to date, and where to see more."""
    run = context.dagster_run
    reasons = reasons_of_failure(context.get_step_failure_events(), [context.failure_event])
    parts = [f"{run.job_name} failed:", *reasons]
    missing = sorted(
        key.to_user_string() for key in assets_not_updated(context.instance, run.run_id)
    )
    if missing:
        others = len(missing) - _NAMED
        more = f" and {others} more" if others > 0 else ""
        parts.append(f"Not brought up to date: {', '.join(missing[:_NAMED])}{more}.")
    where = f"{ui_url}/runs/{run.run_id}" if ui_url else f"/runs/{run.run_id} of the Dagster UI"
    parts.append(f"Its log is at {where}")
    return " ".join(parts)


def _post(url: str, text: str) -> bool:
    """Whether the message was taken; never raises, because the alert must not become the trouble."""
    try:
        with keep_to_host(requests.Session()) as session:
            return session.post(url, json={"text": text}, timeout=_SECONDS).ok
    except requests.RequestException:
        return False
