"""Tracker's project versions: one request tells which projects changed since somebody last asked.

Here: asking, over plain HTTP. Not here: which versions the warehouse has (``defs.automation.applied_versions``), and
what to do about a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.project.texts.addresses import with_path
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.sources.http import Allowance, Api, FeedError
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER


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
    """The present versions of the projects, by project id; empty for a host without project versions.

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


def versioned_streams() -> Sequence[AirbyteStreamProps]:
    """The streams below projects that a read leaves out for projects with an unchanged version."""
    streams = CONNECTORS[PIVOTAL_TRACKER].streams
    return [props for props in streams if props.scope and props.scope.version]


def _version_fields() -> tuple[str, ...]:
    scope = versioned_streams()[0].scope
    assert scope is not None
    return scope.version
