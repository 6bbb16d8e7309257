"""``pipelines report``: on a warehouse of two projects, to HTML and to paper, and in one sentence where something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.cli.make_report import make_report
from pipelines.cli.print_page import print_page
from pipelines.defs.settings import Settings, load_settings
from pipelines.project.environment import SettingsError
from pipelines_tests.support.browser import PROGRAMS
from pipelines_tests.support.metric_tables import metric_warehouse
from pipelines_tests.support.tables import insert


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse with the projects Shop and Shop Admin."""
    warehouse = tmp_path / "demo.duckdb"
    with metric_warehouse() as con:
        projects = [{"id": 7, "name": "Shop Admin"}, {"id": 8, "name": "Shop Client"}]
        insert(con, "pivotal_tracker.projects", projects)
        con.execute(f"ATTACH '{warehouse}' AS kept")
        con.execute("COPY FROM DATABASE memory TO kept")
    return load_settings(
        {"PIPELINES_WAREHOUSE": str(warehouse), "DAGSTER_HOME": str(tmp_path / "home")}
    )


def report(settings: Settings, **chosen: object) -> None:
    make_report(
        settings, **{"project": None, "period": None, "pdf": False, "opens": False, **chosen}
    )  # type: ignore[arg-type]


def test_the_report_is_written_and_named(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    report(settings, period="2026-Q3")
    page = settings.report_dir / "report.html"
    assert capsys.readouterr().out == f"The report is {page}: {page.as_uri()}\n"
    text = (page.parent / "report" / "project-7.html").read_text(encoding="utf-8")
    assert "Q3 2026" in text


@pytest.mark.parametrize("wanted", ["8", "Shop Client", "client"])
def test_a_project_is_named_by_id_name_or_a_part_of_it(
    settings: Settings, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    report(settings, project=wanted)
    assert "report/project-8.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            {"project": "shop"},
            "is more than one project: name one of Shop Admin \\(7\\), Shop Client \\(8\\)",
        ),
        ({"project": "zzz"}, "is no project that was read: name one of Shop Admin"),
        ({"period": "Q3"}, "write a year \\(2026\\), a quarter \\(2026-Q3\\)"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(
    settings: Settings, chosen: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        report(settings, **chosen)


def test_without_a_warehouse_the_way_to_one_is_told(tmp_path: Path) -> None:
    nothing = load_settings({"PIPELINES_WAREHOUSE": str(tmp_path / "none.duckdb")})
    with pytest.raises(SettingsError, match="`make demo` reads the data first"):
        report(nothing)
    assert not (tmp_path / "none.duckdb").exists()


def test_a_page_is_printed(tmp_path: Path) -> None:
    if not any(map(shutil.which, PROGRAMS)):
        pytest.skip("NOT TESTED: no Chromium found; `sudo sh scripts/install-system` installs one.")
    page = tmp_path / "report.html"
    page.write_text("<!doctype html><title>A page</title><p>Words")
    printed = print_page(page)
    assert printed == tmp_path / "report.pdf"
    assert printed.read_bytes().startswith(b"%PDF-")


def test_without_a_browser_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="needs Chromium or Google Chrome"):
        print_page(tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []
