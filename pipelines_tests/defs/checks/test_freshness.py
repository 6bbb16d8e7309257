"""Freshness: everything that a sync keeps fresh has the policy, and nothing needs to be switched on."""

from __future__ import annotations

import dagster as dg
import yaml

from pipelines.definitions import build_defs
from pipelines.defs.checks.freshness import FRESHNESS
from pipelines.defs.settings import load_settings
from pipelines.project.folder import PROJECT


def groups_with_policy(environment: dict[str, str]) -> dict[str, set[bool]]:
    """Whether the assets of each group have the policy."""
    graph = build_defs(load_settings(environment)).resolve_asset_graph()
    found: dict[str, set[bool]] = {}
    for key in graph.get_all_asset_keys():
        policy = graph.get(key).freshness_policy
        assert policy in (None, FRESHNESS)
        found.setdefault(key.path[0], set()).add(policy is not None)
    return found


def test_all_assets_have_the_policy() -> None:
    assert all(found == {True} for found in groups_with_policy({}).values())


def test_a_source_that_is_off_may_go_stale_with_what_needs_it() -> None:
    assert groups_with_policy({"PIVOTAL_TRACKER_API_TOKEN": "t"}) == {
        "pivotal_tracker": {True},
        # The portfolio needs both sources.
        "project_management": {True, False},
        "clockify": {False},
        "time_tracking": {False},
        # The crosswalk needs Tracker alone.
        "effort": {True, False},
        "report": {True, False},
        "delivery": {True},
        "catalog": {True},
    }


def test_the_daemon_evaluates_freshness_without_a_setting() -> None:
    assert "freshness" not in yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    with dg.DagsterInstance.ephemeral() as instance:
        assert instance.freshness_enabled
