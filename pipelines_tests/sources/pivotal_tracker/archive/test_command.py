"""``pipelines archive``: progress, the result, and errors as one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli.commands import cli
from pipelines.project.environment import SettingsError
from pipelines.simulator.credentials import TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest
from pipelines_tests.sources.pivotal_tracker.archive.export_files import export, story


@pytest.fixture
def configured(company_server: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIVOTAL_TRACKER_API_TOKEN", TRACKER_TOKEN)
    monkeypatch.setenv("PIVOTAL_TRACKER_API_URL", company_server.url)


@pytest.mark.usefixtures("configured")
def test_an_archive_is_made_and_said_how_to_read(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    result = CliRunner().invoke(cli, ["archive", "--to", str(target)])
    assert result.exit_code == 0, result.output
    rows = sum(file.rows for file in Manifest.read(target).files)
    assert f"{rows:,} rows in" in result.output
    assert f"PIVOTAL_TRACKER_ARCHIVE={target}" in result.output
    assert TRACKER_TOKEN not in result.output
    again = CliRunner().invoke(cli, ["archive", "--to", str(target)])
    assert isinstance(again.exception, ArchiveError)


def test_an_archive_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIVOTAL_TRACKER_API_TOKEN", "")
    result = CliRunner().invoke(cli, ["archive"])
    assert isinstance(result.exception, SettingsError)
    assert "PIVOTAL_TRACKER_API_TOKEN" in str(result.exception)


def test_an_archive_is_checked_without_a_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "harbor.csv"
    rows = [
        story(Comment=["Hm (Bo - Mar 8, 2024)"]),
        story(Id="2", Priority="urgent"),
        story(Id="x"),
    ]
    path.write_text(export(*rows))
    result = CliRunner().invoke(cli, ["archive", "check", str(path)])
    assert result.exit_code == 0, result.output
    assert "harbor         2         2  2024-03-04  2024-03-19         1" in result.output
    assert "Note: harbor.csv, line 3, column Priority: 'urgent' is none of" in result.output
    assert "Note: harbor.csv, line 4, column Id: 'x' is not a whole number" in result.output
    assert "story_transitions: cycle times are NULL" in result.output
    assert "stories.accepted_at" not in result.output


def test_checking_what_is_refused_fails(tmp_path: Path) -> None:
    path = tmp_path / "new_stories.csv"
    path.write_text("Title,Type\na,bug\n")
    result = CliRunner().invoke(cli, ["archive", "check", str(path)])
    assert isinstance(result.exception, ArchiveError)
    assert "column Id is missing" in str(result.exception)


@pytest.mark.parametrize(
    ("crosswalk", "told"),
    [
        ("tracker_id,successor_id,system\n187654321,ENG-1,linear\n9,ENG-9,linear\n", ""),
        (
            "ID,Title,Cycle Number\nENG-1,pay BY card,1\nENG-2,Search,1\n",
            "1 stories go on in linear by",
        ),
    ],
)
def test_stories_without_successor_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crosswalk: str, told: str
) -> None:
    path = tmp_path / "harbor.csv"
    path.write_text(export(story(Title="Pay by card"), story(Id="2"), story(Id="3")))
    lines = tmp_path / "crosswalk" / "linear.csv"
    lines.parent.mkdir()
    lines.write_text(crosswalk)
    monkeypatch.setenv("PIPELINES_STORY_CROSSWALK", str(lines))
    result = CliRunner().invoke(cli, ["archive", "check", str(path)])
    assert result.exit_code == 0, result.output
    assert "2 stories have no successor in linear: 2, 3" in result.output
    assert told in result.output
