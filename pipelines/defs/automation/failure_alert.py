"""``failure_alert``: what a failed run has to say, as one line in the log and one message to a webhook if there is one.

A credential that found its way into an error's text is blotted out; the webhook's address is one as well.
"""

from __future__ import annotations

import dagster as dg
import requests

from pipelines.outputs.status.runs import assets_not_updated
from pipelines.project.discretion import discreet
from pipelines.project.one_host import keep_to_host
from pipelines.project.settings import Settings
from pipelines.project.texts.secrets import blotted

NAME = "failure_alert"
_SECONDS = 10


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
        text = blotted(failure_text(context))
        context.log.error(text)
        if settings.alert_webhook and not _post(settings.alert_webhook, text):
            context.log.warning("The message could not be sent: check PIPELINES_ALERT_WEBHOOK.")

    return tell


def failure_text(context: dg.RunFailureSensorContext) -> str:
    """One line: the run, its job, the assets it did not bring up to date, why, and where to see more."""
    run = context.dagster_run
    reasons = [_reason(event) for event in context.get_step_failure_events()]
    parts = [f"Run {run.run_id} of {run.job_name} failed."]
    missing = assets_not_updated(context.instance, run.run_id)
    if missing:
        names = sorted(key.to_user_string() for key in missing)
        parts.append(f"Not brought up to date: {', '.join(names)}.")
    parts += reasons or [context.failure_event.message or ""]
    parts.append(f"Its log is at /runs/{run.run_id} of the Dagster UI (`make ui`).")
    return " ".join(" ".join(parts).split())


def _reason(event: dg.DagsterEvent) -> str:
    """What a failure says of itself; of an unexpected exception the step, its class and the first line of its text."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    # Dagster wraps what a step raised.
    while error and error.cause:
        error = error.cause
    first_line = (error.message if error else "").strip().partition("\n")[0]
    return f"Step {event.step_key} raised {first_line or 'an error without a text'}."


def _post(url: str, text: str) -> bool:
    """Whether the message was taken; never raises, because the alert must not become the trouble."""
    try:
        with keep_to_host(requests.Session()) as session:
            return session.post(url, json={"text": text}, timeout=_SECONDS).ok
    except requests.RequestException:
        return False
