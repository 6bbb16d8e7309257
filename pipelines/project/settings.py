"""The one place that reads the environment.

Here: the contract's settings, their defaults and what is wrong with them. ``.env`` of the project counts,
real variables win. Not here: metric settings (a TOML file, see ``metrics.settings``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from pipelines.outputs.mirror.address import CREDENTIALS, mirror_at
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import Mirror
from pipelines.project.environment import Environment, SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.texts.addresses import with_path
from pipelines.project.texts.secrets import blotted, keep_secrets_of
from pipelines.warehouse.backends.address import backend_of
from pipelines.warehouse.errors import WarehouseError

Mode = Literal["live", "archive", "demo", "off"]


TRACKER_URL = "https://www.pivotaltracker.com"
CLOCKIFY_URL = "https://api.clockify.me"
_CLOCKIFY_REPORTS_URL = "https://reports.api.clockify.me"
_DEMO_METRICS = PROJECT / "pipelines" / "simulator" / "metrics.toml"
_DEMO_START = date(2025, 12, 1)
#: Late edits of the demo company lie within; no daemon looks for older ones.
_DEMO_LOOKBACK_DAYS = 90
_LOOKBACK_DAYS = 14
_LIVE_START = date(2024, 1, 1)
_MOST_DAYS = 36_525
_MOST_SECONDS = 7 * 86_400
_LIMITS = {"requests_per_second", "requests_per_hour"}


class WorkspaceMissing(SettingsError):
    """Clockify's key is there and its workspace is not; ``key`` and ``url`` can be asked which there are."""

    def __init__(self, key: str, url: str) -> None:
        super().__init__(
            "CLOCKIFY_API_KEY is set but CLOCKIFY_WORKSPACE_ID is not: both are needed to read Clockify. "
            "The id is in the address of the workspace's settings page, behind /workspaces/."
        )
        self.key = key
        self.url = url


@dataclass(frozen=True)
class Settings:
    """All settings of a run, read once from an environment."""

    tracker_token: str | None
    tracker_url: str
    #: Where Tracker data is kept that is read in place of the API, and the zone of dates in it that have none.
    tracker_archive: Path | None
    tracker_archive_zone: str | None
    clockify_key: str | None
    clockify_workspace: str | None
    clockify_url: str
    clockify_reports_url: str
    #: Whether a sync leaves out the time entries of people of whom the feed of changes names none.
    clockify_trusts_changes: bool
    warehouse: str
    #: The empty warehouse that `pipelines move` fills.
    move_to: str | None
    #: What the finished tables are delivered to; holds its credentials.
    mirror: Mirror | None
    #: Where the report, the exports and the documents lie.
    report_dir: Path
    start_date: date
    as_of: datetime | None
    #: Where the clock of the demo company stands; None: it moves with ours.
    demo_now: datetime | None
    metric_settings: Path | None
    story_crosswalk: Path | None
    dagster_home: Path
    lookback_days: int
    sweep_days: int
    sync_schedule: str
    sweep_schedule: str
    sensor_seconds: int
    #: How long a run waits for another one that reads or writes the same, and how long it may go on altogether.
    max_wait_seconds: int
    max_run_seconds: int
    alert_webhook: str | None
    #: Addresses of Apprise that alerts and the digest go to, and when the digest does.
    notify: tuple[str, ...]
    digest_schedule: str
    #: Where people reach the Dagster UI, without a slash at its end.
    ui_url: str | None
    metrics_file: Path | None
    #: What clients of the MCP server must send over HTTP.
    mcp_token: str | None
    allow_large_removals: bool
    connector_options: Mapping[str, Mapping[str, float]]

    @property
    def is_demo(self) -> bool:
        """Nobody gave credentials for either source, nor an archive."""
        return not (self.tracker_token or self.tracker_archive or self.clockify_key)

    def mode(self, source: str) -> Mode:
        """Whether ``source`` is live, an archive, the demo, or off because only the other source has credentials.

        An archive goes before Tracker's token, which `make archive` needs too.
        """
        if self.is_demo:
            return "demo"
        if source == "pivotal_tracker" and self.tracker_archive:
            return "archive"
        credential = {"pivotal_tracker": self.tracker_token, "clockify": self.clockify_key}[source]
        return "live" if credential else "off"

    def account(self, source: str) -> str | None:
        """Whose data a live ``source`` shows, where one credential may show several accounts'."""
        return self.clockify_workspace if source == "clockify" else None

    def connector_config(self, source: str) -> dict[str, Any]:
        """The connector's config of a live source, its secret included."""
        options = {**self.connector_options[source], **self._ledger(source)}
        if source == "pivotal_tracker":
            return {"api_token": self.tracker_token, "api_url": self.tracker_url, **options}
        return {
            "api_key": self.clockify_key,
            "workspace_id": self.clockify_workspace,
            "api_url": self.clockify_url,
            "reports_url": self.clockify_reports_url,
            "earliest_start_date": f"{self.start_date}T00:00:00Z",
            **options,
        }

    def _ledger(self, source: str) -> dict[str, str]:
        """Where the connector counts requests and under which name: the hosts limit an account, not a process.

        Clockify limits a workspace, whoever asks; Tracker is known by its token alone. Neither is told to the ledger.
        """
        if not _LIMITS & self.connector_options[source].keys():
            return {}
        if source == "pivotal_tracker":
            account = (source, self.tracker_url, self.tracker_token)
        else:
            account = (source, self.clockify_url, self.clockify_workspace)
        return {
            "request_ledger": str(self.dagster_home / "requests.sqlite"),
            "request_account": hashlib.sha256(repr(account).encode()).hexdigest()[:16],
        }

    @property
    def staging_dir(self) -> Path:
        """Where reads, and tables on their way to a mirror, are staged; nothing stays there."""
        return self.dagster_home / "staging"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environment`` (default: ``.env`` of the project, then the process's variables).

    Raises ``SettingsError`` naming the variable that is missing or wrong.
    """
    if environment is None:
        from_file = {key: value for key, value in dotenv_values(PROJECT / ".env").items() if value}
        environment = {**from_file, **os.environ}
    keep_secrets_of(environment)
    read = Environment(environment)
    token = read.credential("PIVOTAL_TRACKER_API_TOKEN")
    key = read.credential("CLOCKIFY_API_KEY")
    workspace = read.identifier("CLOCKIFY_WORKSPACE_ID")
    if key and not workspace:
        raise WorkspaceMissing(key, read.url("CLOCKIFY_API_URL", CLOCKIFY_URL))
    archive = read.path("PIVOTAL_TRACKER_ARCHIVE")
    is_demo = token is None and key is None and archive is None
    warehouse = _warehouse(read, is_demo)
    mirror = _mirror(read)
    clockify_url = read.url("CLOCKIFY_API_URL", CLOCKIFY_URL)
    demo_now = _demo_now(read) if is_demo else None
    beside = backend_of(warehouse).folder or _default_warehouse(is_demo).with_suffix("")
    return Settings(
        tracker_token=token,
        tracker_url=read.url("PIVOTAL_TRACKER_API_URL", TRACKER_URL),
        tracker_archive=archive,
        tracker_archive_zone=read.zone("PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE"),
        clockify_key=key,
        clockify_workspace=workspace,
        clockify_url=clockify_url,
        clockify_reports_url=read.url("CLOCKIFY_REPORTS_URL", _reports_url(clockify_url)),
        clockify_trusts_changes=read.flag("CLOCKIFY_TRUST_CHANGES"),
        warehouse=warehouse,
        move_to=read.text("PIPELINES_MOVE_TO"),
        # The demo's tables would replace those of a real mirror.
        mirror=None if is_demo else mirror,
        report_dir=read.path("PIPELINES_REPORT_DIR") or beside,
        start_date=read.first_day("PIPELINES_START_DATE", _DEMO_START if is_demo else _LIVE_START),
        as_of=read.instant("PIPELINES_AS_OF") or demo_now,
        demo_now=demo_now,
        metric_settings=read.path("PIPELINES_SETTINGS") or (_DEMO_METRICS if is_demo else None),
        story_crosswalk=read.path("PIPELINES_STORY_CROSSWALK"),
        dagster_home=read.home("DAGSTER_HOME") or _default_home(is_demo),
        lookback_days=read.number(
            "PIPELINES_LOOKBACK_DAYS",
            _DEMO_LOOKBACK_DAYS if is_demo else _LOOKBACK_DAYS,
            most=_MOST_DAYS,
        ),
        sweep_days=read.number("PIPELINES_SWEEP_DAYS", 90, most=_MOST_DAYS),
        sync_schedule=read.text("PIPELINES_SYNC_SCHEDULE") or "0 * * * *",
        sweep_schedule=read.text("PIPELINES_SWEEP_SCHEDULE") or "30 2 * * *",
        sensor_seconds=read.number("PIPELINES_SENSOR_SECONDS", 60, least=1, most=_MOST_SECONDS),
        max_wait_seconds=read.number(
            "PIPELINES_MAX_WAIT_SECONDS", 3600, least=1, most=_MOST_SECONDS
        ),
        max_run_seconds=read.number(
            "PIPELINES_MAX_RUN_SECONDS", 6 * 3600, least=1, most=_MOST_SECONDS
        ),
        alert_webhook=read.secret_url("PIPELINES_ALERT_WEBHOOK"),
        notify=read.notify("PIPELINES_NOTIFY"),
        digest_schedule=read.text("PIPELINES_DIGEST_SCHEDULE") or "0 7 * * 1",
        ui_url=read.optional_url("PIPELINES_UI_URL"),
        metrics_file=read.path("PIPELINES_METRICS_FILE"),
        mcp_token=read.credential("PIPELINES_MCP_TOKEN"),
        allow_large_removals=read.flag("PIPELINES_ALLOW_LARGE_REMOVALS"),
        connector_options={
            "pivotal_tracker": read.options("PIVOTAL_TRACKER"),
            "clockify": read.options("CLOCKIFY"),
        },
    )


def _demo_now(read: Environment) -> datetime | None:
    """Where the demo company's clock stands. Raises ``SettingsError`` for a moment before it began."""
    moment = read.instant("PIPELINES_DEMO_NOW")
    if moment and moment.date() <= _DEMO_START:
        raise SettingsError(
            f"PIPELINES_DEMO_NOW must lie after {_DEMO_START}, the first day of the demo company, not at {moment.isoformat()}."
        )
    return moment


def _default_home(is_demo: bool) -> Path:
    """What the demo read must not pass for a read of the real sources."""
    home = PROJECT / ".dagster_home"
    return home / "demo" if is_demo else home


def _reports_url(api_url: str) -> str:
    """Where Clockify's reports are: the global API has a host for them, and regions have them beside the API.

    Source: "Getting started" of Clockify's API documentation. ``/v1`` is appended.
    """
    if urlsplit(api_url).hostname == urlsplit(CLOCKIFY_URL).hostname:
        return _CLOCKIFY_REPORTS_URL
    return with_path(api_url, "/api/v1").removesuffix("/api/v1") + "/report"


def _default_warehouse(is_demo: bool) -> Path:
    return PROJECT / "data" / ("demo.duckdb" if is_demo else "warehouse.duckdb")


def _warehouse(read: Environment, is_demo: bool) -> str:
    """The address of the warehouse, once it is one."""
    address = read.text("PIPELINES_WAREHOUSE") or str(_default_warehouse(is_demo))
    try:
        backend_of(address)
    except WarehouseError as error:
        raise SettingsError(blotted(str(error))) from None
    return address


def _mirror(read: Environment) -> Mirror | None:
    """The mirror with its credentials."""
    address = read.text("PIPELINES_MIRROR")
    credentials = {variable: read.text(variable) for variable in CREDENTIALS}
    try:
        return mirror_at(address, credentials) if address else None
    except MirrorError as error:
        raise SettingsError(str(error)) from None
