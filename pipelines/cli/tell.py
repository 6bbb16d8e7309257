"""``pipelines alerts`` and ``pipelines digest``: what would be told, and telling it.

Not here: the alerts and the words (``outputs.alerts``).
"""

from __future__ import annotations

from datetime import datetime, timezone

import click

from pipelines.defs.settings import Settings
from pipelines.project.environment import SettingsError
from pipelines.project.texts.terminal import plain
from pipelines.warehouse.connection import Warehouse


def send_test(settings: Settings) -> None:
    """Send one message to each address. Raises ``SettingsError`` where one did not take it."""
    _send(
        settings,
        "Test of the alerts",
        "If you can read this, alerts and the weekly digest reach you.",
    )
    click.echo(f"Sent to {_addresses(settings)}.")


def show_alerts(settings: Settings) -> None:
    """Print a line for each alert, new or told before."""
    from pipelines.defs.alerts import ground
    from pipelines.outputs.alerts.rules import RULES, alerts

    with _read(settings).connect(read_only=True) as connection:
        now = settings.as_of or datetime.now(timezone.utc)
        with ground(connection, settings, now) as looked_at:
            lines = [
                f"{rule.title}: {one.text}" for rule in RULES for one in alerts(rule, looked_at)
            ]
    for line in lines:
        click.echo(plain(line))
    if not lines:
        click.echo(
            "There is no alert. [alerts] of the metric settings names those that are looked for."
        )


def tell_digest(settings: Settings, *, sends: bool) -> None:
    """Print the digest, and send it if asked to."""
    from pipelines.defs.automation.digest import digest_of
    from pipelines.defs.resources import Sources

    title, text = digest_of(Sources(settings, _read(settings)))
    for line in [title, "", *text.split("\n")]:
        click.echo(plain(line))
    if sends:
        _send(settings, title, text)
        click.echo(f"Sent to {_addresses(settings)}.")


def _send(settings: Settings, title: str, text: str) -> None:
    from pipelines.outputs.alerts.send import NotifyError, send

    if not settings.notify:
        raise SettingsError(
            "PIPELINES_NOTIFY is not set: name one or more addresses of Apprise, such as mailto://user:password@example.com."
        )
    try:
        send(settings.notify, title, text)
    except NotifyError as error:
        raise SettingsError(str(error)) from None


def _addresses(settings: Settings) -> str:
    count = len(settings.notify)
    return f"{count} {'address' if count == 1 else 'addresses'}"


def _read(settings: Settings) -> Warehouse:
    warehouse = Warehouse(settings.warehouse)
    if not warehouse.backend.is_there:
        command = "make demo" if settings.is_demo else "make sync"
        raise SettingsError(f"There is nothing to tell yet: `{command}` reads the data first.")
    return warehouse
