"""The settings of the sources: credentials, hosts, how much is asked of them, and from which day.

Here: whether a source is live, an archive, the demo or off, and the config of its connector. Not here: what a sync reads
again and when (``defs.settings``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator
from typing_extensions import Self

from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.kinds import (
    Credential,
    FirstDay,
    Home,
    Host,
    Identifier,
    Instant,
    ProjectPath,
    Zone,
    one_of,
    within,
)
from pipelines.project.settings import RoomSettings, setting
from pipelines.project.texts.addresses import with_path

Mode = Literal["live", "archive", "demo", "off"]

TRACKER_URL = "https://www.pivotaltracker.com"
CLOCKIFY_URL = "https://api.clockify.me"
_CLOCKIFY_REPORTS_URL = "https://reports.api.clockify.me"
_DEMO_START = date(2025, 12, 1)
_LIVE_START = date(2024, 1, 1)

_READERS = ("sync", "resync", "ui")
_ASKING_TRACKER = (*_READERS, "archive", "compatibility")

Rows = Annotated[int, within(1, 10_000)]
Requests = Annotated[int, within(1, 1_000_000)]


class WorkspaceMissing(SettingsError):
    """Clockify's key is there and its workspace is not; ``key`` and ``url`` can be asked which there are."""

    def __init__(self, key: str, url: str) -> None:
        super().__init__(
            "CLOCKIFY_API_KEY is set but CLOCKIFY_WORKSPACE_ID is not: both are needed to read Clockify. "
            "The id is in the address of the workspace's settings page, behind /workspaces/."
        )
        self.key = key
        self.url = url


def is_demo(given: Mapping[str, Any]) -> bool:
    """Whether nobody gave credentials for either source, nor an archive; of fields by name."""
    return not any(given.get(name) for name in ("tracker_token", "tracker_archive", "clockify_key"))


class TrackerSettings(RoomSettings):
    """Pivotal Tracker, or a host that speaks its v5 API, or its data kept as files."""

    title = "Pivotal Tracker"

    tracker_token: Credential | None = setting(
        "PIVOTAL_TRACKER_API_TOKEN",
        "Tracker token. It reads the projects its owner is a member of.",
        example="0123456789abcdef0123456789abcdef",
        used_by=_ASKING_TRACKER,
    )
    tracker_url: Host = setting(
        "PIVOTAL_TRACKER_API_URL",
        "Host of Tracker's API; `/services/v5` is appended.",
        TRACKER_URL,
        example="https://tracker.example.com",
        used_by=_ASKING_TRACKER,
    )
    tracker_archive: ProjectPath | None = setting(
        "PIVOTAL_TRACKER_ARCHIVE",
        "Tracker data kept as files (an archive, JSON dumps, CSV or zip exports), read in place of the API: see "
        "[archives](archives.md).",
        example="data/archives/tracker",
        used_by=(*_READERS, "compatibility"),
    )
    tracker_archive_zone: Zone | None = setting(
        "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE",
        "Zone of the dates in exports.",
        told="none: UTC",
        example="America/Denver",
        used_by=(*_READERS, "archive"),
    )
    tracker_page_size: Rows | None = setting(
        "PIVOTAL_TRACKER_PAGE_SIZE",
        "Rows per request.",
        told="`500`",
        example="200",
        used_by=_READERS,
    )
    tracker_requests_per_second: Requests | None = setting(
        "PIVOTAL_TRACKER_REQUESTS_PER_SECOND",
        "Most requests to the account in a second.",
        told="no limit",
        example="5",
        used_by=_ASKING_TRACKER,
    )
    tracker_requests_per_hour: Requests | None = setting(
        "PIVOTAL_TRACKER_REQUESTS_PER_HOUR",
        "Most requests to the account in any hour.",
        told="no limit",
        example="1000",
        used_by=_ASKING_TRACKER,
    )


class ClockifySettings(RoomSettings):
    """Clockify; a regional workspace has a host of its own."""

    title = "Clockify"
    former: ClassVar[Mapping[str, str]] = {
        "CLOCKIFY_TRUST_CHANGES": "CLOCKIFY_TIME_ENTRIES=auto, the default, finds with a few requests whose entries are to be read."
    }

    clockify_key: Credential | None = setting(
        "CLOCKIFY_API_KEY",
        "Clockify key.",
        example="ZmFrZS1rZXktb2YtYW4tZXhhbXBsZQ",
        used_by=_READERS,
    )
    clockify_workspace: Identifier | None = setting(
        "CLOCKIFY_WORKSPACE_ID",
        "Workspace; needed with the key. The id is in the address of the workspace's settings page, behind "
        "`/workspaces/`; without it, a command lists what the key sees.",
        example="64a687e29ae1f428e7ebe303",
        used_by=_READERS,
    )
    clockify_url: Host = setting(
        "CLOCKIFY_API_URL",
        "Host of Clockify's API; `/api/v1` is appended. A regional workspace has a host of its own.",
        CLOCKIFY_URL,
        example="https://euc1.clockify.me",
        used_by=_READERS,
    )
    clockify_reports_url: Host = setting(
        "CLOCKIFY_REPORTS_URL",
        "Host of Clockify's reports; `/v1` is appended.",
        lambda given: _reports_url(given["clockify_url"]),
        told=f"`{_CLOCKIFY_REPORTS_URL}`; else `/report` at the API's host",
        example="https://euc1.clockify.me/report",
        used_by=_READERS,
    )
    clockify_time_entries: Annotated[str, one_of("auto", "lists", "report")] = setting(
        "CLOCKIFY_TIME_ENTRIES",
        "How time entries are read: `lists`, `report`, or `auto`, the lists of people of whom the report shows that there is "
        "news; see [How time entries are read](operating.md#how-time-entries-are-read).",
        "auto",
        example="lists",
        used_by=_READERS,
    )
    clockify_page_size: Rows | None = setting(
        "CLOCKIFY_PAGE_SIZE",
        "Rows per request.",
        told="`1000`",
        example="200",
        used_by=_READERS,
    )
    clockify_requests_per_second: Requests | None = setting(
        "CLOCKIFY_REQUESTS_PER_SECOND",
        "Most requests to the account in a second.",
        told="no limit",
        example="10",
        used_by=_READERS,
    )
    clockify_requests_per_hour: Requests | None = setting(
        "CLOCKIFY_REQUESTS_PER_HOUR",
        "Most requests to the account in any hour; a new free workspace allows 30.",
        told="no limit",
        example="30",
        used_by=_READERS,
    )

    @model_validator(mode="after")
    def _workspace_with_key(self) -> Self:
        if self.clockify_key and not self.clockify_workspace:
            raise WorkspaceMissing(self.clockify_key, self.clockify_url)
        return self


def _after_the_start(moment: datetime) -> datetime:
    if moment.date() <= _DEMO_START:
        raise ValueError(
            f"must lie after {_DEMO_START}, the first day of the demo company, not at {moment.isoformat()}."
        )
    return moment


class SourceSettings(ClockifySettings, TrackerSettings):
    """What both sources share."""

    title = "Reading"

    start_date: FirstDay = setting(
        "PIPELINES_START_DATE",
        "First day of the daily partitions, not before 1970. An earlier date reads the missing days with the next sync.",
        lambda given: _DEMO_START if is_demo(given) else _LIVE_START,
        told=f"`{_LIVE_START}`; demo: `{_DEMO_START}`",
        example="2025-01-31",
        used_by=_READERS,
    )
    demo_clock: Annotated[Instant, AfterValidator(_after_the_start)] | None = setting(
        "PIPELINES_DEMO_NOW",
        'Instant at which the demo company stands still; it is "now" in metrics, too. Without it, the company moves with the clock.',
        example="2026-08-13T12:00:00Z",
        used_by=("demo",),
    )
    answer_megabytes: Annotated[int, within(1, 10_000)] | None = setting(
        "PIPELINES_ANSWER_MEGABYTES",
        "Largest answer that is read, decompressed.",
        told="`100`",
        example="500",
        used_by=_READERS,
    )
    answer_seconds: Annotated[int, within(1, 86_400)] | None = setting(
        "PIPELINES_ANSWER_SECONDS",
        "Longest that one answer may take in all.",
        told="`600`",
        example="1200",
        used_by=_READERS,
    )
    dagster_home: Home = setting(
        "DAGSTER_HOME",
        "Dagster's history, logs and staging, and the ledger of requests. Commands of Dagster itself and systemd need it as "
        "a real variable.",
        # What the demo read must not pass for a read of the real sources.
        lambda given: PROJECT / ".dagster_home" / ("demo" if is_demo(given) else ""),
        told="`.dagster_home`; demo: `.dagster_home/demo`",
        example="/var/lib/pipelines",
        used_by=(*_READERS, "status", "prepare"),
    )

    @property
    def demo_now(self) -> datetime | None:
        """Where the clock of the demo company stands; None where it moves with ours, or nobody reads it."""
        return self.demo_clock if self.is_demo else None

    @property
    def is_demo(self) -> bool:
        """Nobody gave credentials for either source, nor an archive."""
        return is_demo(self.__dict__)

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

    @cached_property
    def connector_options(self) -> Mapping[str, Mapping[str, float]]:
        """By source, the options that are set; without one there is no limit, or the connector's own."""
        shared = {
            "answer_megabytes": self.answer_megabytes,
            "answer_seconds": self.answer_seconds,
        }
        own = {
            "pivotal_tracker": {
                "page_size": self.tracker_page_size,
                "requests_per_second": self.tracker_requests_per_second,
                "requests_per_hour": self.tracker_requests_per_hour,
            },
            "clockify": {
                "page_size": self.clockify_page_size,
                "requests_per_second": self.clockify_requests_per_second,
                "requests_per_hour": self.clockify_requests_per_hour,
            },
        }
        return {
            source: {name: value for name, value in {**options, **shared}.items() if value}
            for source, options in own.items()
        }

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

        Clockify limits a workspace, whoever asks; Tracker is known by its token alone. The ledger
        does not get either of them.
        """
        if not {"requests_per_second", "requests_per_hour"} & self.connector_options[source].keys():
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

    @property
    def drawings_dir(self) -> Path:
        """Where drawings of charts are kept, so that what did not change is not drawn again."""
        return self.dagster_home / "drawings"


def _reports_url(api_url: str) -> str:
    """Where Clockify's reports are: the global API has a host for them, and regions have them beside the API.

    Source: "Getting started" of Clockify's API documentation. ``/v1`` is appended.
    """
    if urlsplit(api_url).hostname == urlsplit(CLOCKIFY_URL).hostname:
        return _CLOCKIFY_REPORTS_URL
    return with_path(api_url, "/api/v1").removesuffix("/api/v1") + "/report"
