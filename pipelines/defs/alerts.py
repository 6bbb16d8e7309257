"""Alerts as asset checks of the report, and messages about those that are new.

Here: running the rules when the report is written, and sending the messages. Not here: the rules
and the messages (``outputs.alerts``), and the weekly digest (``automation.digest``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.settings import Settings
from pipelines.outputs.alerts.rules import RULES, Alert, Ground, Rule, alerts
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb

FILE_NAME = "alerts.json"
_MOST_NAMED = 10


def alert_specs(page: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """A check of the report's page for each rule; a warning is an alert."""
    return [
        dg.AssetCheckSpec(
            f"alert_{rule.name}",
            asset=page,
            description=f"{rule.title}: thresholds are in [alerts] of the metric settings.",
        )
        for rule in RULES
    ]


@contextmanager
def ground(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime
) -> Iterator[Ground]:
    """What the rules look at under these settings; people are told as ``[report] people`` says."""
    from pipelines.metrics.settings import load
    from pipelines.outputs.privacy.names import people_shown

    loaded = load(settings.metric_settings)
    with people_shown(connection, loaded.report.people):
        yield Ground(connection, as_of, loaded.alerts, settings.report_dir)


def check_alerts(
    looked_at: Ground, settings: Settings, page: dg.AssetKey
) -> Iterator[dg.AssetCheckResult]:
    """The results of all rules; alerts that nobody was told of are sent first."""
    found: dict[str, list[Alert]] = {}
    failures: dict[str, str] = {}
    for rule in RULES:
        try:
            found[rule.name] = alerts(rule, looked_at)
        except Exception as error:  # noqa: BLE001 (a rule that fails keeps no other from being told)
            failures[rule.name] = f"This alert could not be looked for: {first_line(error)}"
    trouble = tell(settings, found)
    for rule in RULES:
        yield _result(rule, page, found.get(rule.name, []), failures.get(rule.name) or trouble)


def tell(settings: Settings, found: dict[str, list[Alert]]) -> str | None:
    """Send what is new to ``PIPELINES_NOTIFY``; the sentence that says why that failed, if it did.

    Alerts count as told only when every address took them.
    """
    if not settings.notify:
        return None
    from pipelines.outputs.alerts.send import NotifyError, send
    from pipelines.outputs.alerts.told import not_told, remember

    file = settings.dagster_home / FILE_NAME
    new = not_told(file, found)
    count = sum(map(len, new.values()))
    try:
        if count:
            send(settings.notify, message_title(settings, count), _message(new, settings))
    except NotifyError as error:
        return str(error)
    remember(file, found)
    return None


def message_title(settings: Settings, count: int) -> str:
    demo = "Demo: " if settings.is_demo else ""
    return f"{demo}{count} new {'alert' if count == 1 else 'alerts'}"


def _message(new: dict[str, list[Alert]], settings: Settings) -> str:
    lines = [
        f"* {rule.title}: {one.text}"
        for rule in RULES
        for one in new.get(rule.name, ())[:_MOST_NAMED]
    ]
    hidden = sum(max(0, len(each) - _MOST_NAMED) for each in new.values())
    if hidden:
        lines.append(f"* and {hidden} more, which the report names")
    if settings.ui_url:
        lines.append(f"\n{settings.ui_url}")
    return "\n".join(lines)


def _result(
    rule: Rule, page: dg.AssetKey, found: list[Alert], trouble: str | None
) -> dg.AssetCheckResult:
    told = [one.text for one in found[:_MOST_NAMED]]
    more = len(found) - len(told)
    description = (
        "; ".join(told) + (f"; and {more} more" if more else "") if found else "Nothing to tell."
    )
    return dg.AssetCheckResult(
        passed=not found and not trouble,
        asset_key=page,
        check_name=f"alert_{rule.name}",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{trouble} {description}" if trouble else description,
        metadata={"alerts": len(found)},
    )


def report_path(settings: Settings) -> Path:
    """Where the page of the company lies."""
    from pipelines.outputs.report.page import FILE_NAME as PAGE

    return settings.report_dir / PAGE
