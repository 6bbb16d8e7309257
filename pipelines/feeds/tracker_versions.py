"""Tracker's project versions: which projects changed since the warehouse last read what is in them.

Here: the versions at the source (one request) and those the warehouse is up to date with. Not here: what to do about
a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.feeds.http import Allowance, Api, FeedError
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.sources import CONNECTORS, PIVOTAL_TRACKER
from pipelines.texts.addresses import with_path
from pipelines.warehouse.state import parent_versions, was_ever_read

if TYPE_CHECKING:
    import duckdb


def tracker_api(config: Mapping[str, Any], *, answer_seconds: float = Api.answer_seconds) -> Api:
    """Tracker's API under a connector config: ``api_token``, ``api_url``."""
    return Api(
        service="Tracker",
        base_url=with_path(str(config["api_url"]), "/services/v5"),
        headers={"X-TrackerToken": str(config["api_token"])},
        url_setting="PIVOTAL_TRACKER_API_URL",
        credential_setting="PIVOTAL_TRACKER_API_TOKEN",
        answer_seconds=answer_seconds,
    )


def source_versions(api: Api, allowance: Allowance) -> dict[str, str]:
    """The versions that the source tells now, by project id; empty for a host whose projects have none.

    A version is what the streams declare as such: the project's ``version`` and what moves with the calendar alone.
    """
    fields = _version_fields()
    answer = api.get("/projects", {"fields": ",".join(("id", *fields))}, allowance)
    if not isinstance(answer, list) or not all(isinstance(project, dict) for project in answer):
        raise FeedError("Tracker's answer does not look like a list of projects.")
    return {
        str(project["id"]): "|".join(str(project[name]) for name in fields)
        for project in answer
        if all(project.get(name) is not None for name in ("id", *fields))
    }


def applied_versions(connection: duckdb.DuckDBPyConnection) -> dict[str, str] | None:
    """The versions that *every* versioned stream has applied, by project id; ``None`` before the first read."""
    if not was_ever_read(connection, PIVOTAL_TRACKER):
        return None
    versions = parent_versions(
        connection, PIVOTAL_TRACKER, [props.name for props in _versioned_streams()]
    )
    return dict(set.intersection(*(set(known.items()) for known in versions.values())))


def last_activity_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The last day of activity that was read."""
    found = connection.execute(
        "SELECT max(day) FROM _pipelines.days_read "
        "WHERE namespace = 'pivotal_tracker' AND stream = 'activity'"
    ).fetchone()
    return found[0] if found else None


def _versioned_streams() -> Sequence[AirbyteStreamProps]:
    streams = CONNECTORS[PIVOTAL_TRACKER].streams
    return [props for props in streams if props.scope and props.scope.version]


def _version_fields() -> tuple[str, ...]:
    scope = _versioned_streams()[0].scope
    assert scope is not None
    return scope.version
