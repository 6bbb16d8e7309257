"""Which workspaces a key of Clockify sees: for whoever has a key and does not know its workspace's id."""

from __future__ import annotations

from typing import Any

from pipelines.sources.http import Allowance, AllowanceSpent, Api, FeedError

_SECONDS = 20


def workspaces(key: str, url: str) -> list[tuple[str, str]]:
    """Id and name of each; nothing when Clockify does not say."""
    api = Api(
        service="Clockify",
        base_url=f"{url.rstrip('/')}/api/v1",
        headers={"X-Api-Key": key},
        url_setting="CLOCKIFY_API_URL",
        credential_setting="CLOCKIFY_API_KEY",
    )
    try:
        found: Any = api.get("/workspaces", {}, Allowance(requests=1, seconds=_SECONDS))
    except (FeedError, AllowanceSpent):
        return []
    listed = found if isinstance(found, list) else []
    return [
        (str(each["id"]), str(each.get("name", "no name")))
        for each in listed
        if isinstance(each, dict) and each.get("id")
    ]
