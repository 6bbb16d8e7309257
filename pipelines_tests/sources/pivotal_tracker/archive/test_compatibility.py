"""The compatibility report, on Tracker's own profile and on a look-alike with all limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli.commands import cli
from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.pivotal_tracker.archive.compatibility import Offer, compatibility
from pipelines_tests.sources.pivotal_tracker.archive.conftest import host_of
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story


def offers(server: SimulatorServer) -> dict[str, Offer]:
    return {offer.name: offer for offer in compatibility(host_of(server)).offers}


def test_tracker_offers_everything(company_server: SimulatorServer) -> None:
    found = offers(company_server)
    assert {offer.offered for offer in found.values()} == {"yes"}
    assert {name: offer.lacks for name, offer in found.items() if offer.lacks} == {}
    assert found["stories"].remarks == ("filters work",)
    assert found["comments"].remarks == ("inside stories",)


def test_a_look_alike_has_its_limits(company_server: SimulatorServer) -> None:
    company_server.change_behaviour(look_alike=True)
    found = offers(company_server)
    refused = {name for name, offer in found.items() if offer.offered == "no (404)"}
    assert refused == {
        *("epics", "releases", "iterations", "story_transitions"),
        *("tasks", "blockers", "reviews"),
    }
    assert found["comments"].offered == "per story"
    assert found["stories"].remarks == ("filters ignored", "title for name")
    assert {"version", "time_zone", "iteration_length"} <= set(found["projects"].lacks)
    assert "name" not in found["projects"].lacks


def test_pages_show_what_came_of_what_there_is(company_server: SimulatorServer) -> None:
    company_server.change_behaviour(look_alike=True)
    of_project = {}
    for activity in company_server.world.tracker.activity:
        project_id = activity["project"]["id"]
        of_project[project_id] = of_project.get(project_id, 0) + 1
    first = company_server.world.tracker.projects[0]["id"]
    assert offers(company_server)["activity"].paging == f"50 of {of_project[first]:,}"


@pytest.mark.parametrize("look_alike", [False, True])
def test_the_command_prints_a_table(
    company_server: SimulatorServer, monkeypatch: pytest.MonkeyPatch, look_alike: bool
) -> None:
    company_server.change_behaviour(look_alike=look_alike)
    monkeypatch.setenv("PIVOTAL_TRACKER_API_TOKEN", TRACKER_TOKEN)
    monkeypatch.setenv("PIVOTAL_TRACKER_API_URL", company_server.url)
    result = CliRunner().invoke(cli, ["compatibility"])
    assert result.exit_code == 0
    assert "story_transitions" in result.output
    assert ("no (404)" in result.output) == look_alike
    assert ("story_transitions: cycle times are NULL" in result.output) == look_alike
    assert ("stories.blockers: no story counts as blocked" in result.output) == look_alike
    assert ("Nothing is missing that the metrics need." in result.output) != look_alike
    assert TRACKER_TOKEN not in result.output


def test_the_command_looks_at_an_archive_in_the_hosts_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "harbor.csv"
    path.write_text(export(story()))
    monkeypatch.setenv("PIVOTAL_TRACKER_ARCHIVE", str(path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(cli, ["compatibility"])
    assert result.exit_code == 0, result.output
    assert "looked at harbor" in result.output
    path.write_text("name\nx\n")
    wrong = CliRunner().invoke(cli, ["compatibility"])
    assert "harbor.csv, line 1: is not an export of Tracker" in str(wrong.exception)
