"""The pages of projects, clients, teams and people: reachable, complete, and of the days they name."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics.settings import ReportSettings
from pipelines.outputs.report.listing import shown
from pipelines.outputs.report.measures import Measured, measured
from pipelines.outputs.report.page import write_report
from pipelines.outputs.report.sections import SECTIONS
from pipelines.outputs.report.spans import named_span
from pipelines.outputs.report.subjects import CLIENT, PROJECT, SUBJECT_KINDS
from pipelines_tests.outputs.crowd import AS_OF
from pipelines_tests.support.tables import insert

LISTS = [
    *(listing for section in SECTIONS for listing in section.listings),
    *(listing for kind in SUBJECT_KINDS for listing in kind.lists),
]
JUNE = named_span("2026-06")


def small_company(con: duckdb.DuckDBPyConnection) -> None:
    """One project with a client, a team of one, two days of her time, and two accepted stories."""
    insert(con, "pivotal_tracker.projects", [{"id": 7, "name": "Shop"}])
    insert(con, "clockify.clients", [{"id": "c1", "name": "Fjordbank"}])
    insert(con, "clockify.projects", [{"id": "p1", "name": "Build", "client_id": "c1"}])
    insert(con, "clockify.users", [{"id": "u1", "name": "Ann"}])
    insert(con, "clockify.user_groups", [{"id": "t1", "name": "Developers", "user_ids": ["u1"]}])
    for day, hours in ((date(2026, 5, 20), 6.0), (date(2026, 6, 10), 8.0)):
        row = {"user_id": "u1", "project_id": "p1", "local_date": day}
        insert(
            con,
            "time_tracking.time_daily",
            [{**row, "tracked_hours": hours, "billable_hours": hours / 2}],
        )
    for number, accepted in ((1, "2026-06-10T12:00:00Z"), (2, "2026-05-10T12:00:00Z")):
        story = {
            "story_id": number,
            "project_id": 7,
            "name": f"Story {number}",
            "story_type": "bug",
            "is_deleted": False,
            "created_at": "2026-05-01T00:00:00Z",
            "accepted_at": accepted,
            "points": 3.0 * number,
        }
        insert(con, "project_management.story_facts", [story])


def written(con: duckdb.DuckDBPyConnection, folder: Path, **settings: object) -> list[str]:
    """The names of the pages below the company's."""
    write_report(con, AS_OF, folder, mode="live", settings=ReportSettings(**settings))  # type: ignore[arg-type]
    return sorted(path.name for path in (folder / "report").iterdir())


@pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.name)
def test_every_list_can_be_read_and_says_when_it_is_empty(
    listing: object, con: duckdb.DuckDBPyConnection
) -> None:
    found = shown(con, listing, AS_OF)  # type: ignore[arg-type]
    assert (found.failure, list(found.rows)) == ("", [])
    assert found.listing.nothing.endswith(".")


def test_every_subject_has_a_page_and_every_link_leads_to_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    small_company(con)
    assert written(con, tmp_path, person_pages=True) == [
        *("client-c1.html", "clients.html", "people.html", "person-u1.html"),
        *("project-7.html", "projects.html", "team-t1.html", "teams.html"),
    ]
    pages = [tmp_path / "report.html", *(tmp_path / "report").iterdir()]
    linked = {
        (page.parent / link).resolve()
        for page in pages
        for link in re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8"))
    }
    assert linked == {page.resolve() for page in pages}


def test_people_have_pages_only_where_the_settings_say_so(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """A page that is not written any more goes."""
    small_company(con)
    assert "person-u1.html" in written(con, tmp_path, person_pages=True)
    without = written(con, tmp_path)
    assert not [name for name in without if name.startswith(("person", "people"))]
    assert "person-u1" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_page_has_every_period_and_shows_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    small_company(con)
    write_report(con, AS_OF, tmp_path, mode="demo", chosen=JUNE)
    text = (tmp_path / "report" / "project-7.html").read_text(encoding="utf-8")
    assert '<input type="radio" name="period" value="chosen" checked> June 2026' in text
    assert len(re.findall(r'type="radio"', text)) == 6
    assert "1 Jun 2026 to 30 Jun 2026; before: 1 May 2026 to 31 May 2026." in text
    assert 'data-measure="accepted" data-span="chosen" value="1"' in text
    assert 'data-measure="points" data-span="chosen" value="3.0"' in text
    assert "Demo data." in text


def test_measures_of_a_period_and_the_one_before(con: duckdb.DuckDBPyConnection) -> None:
    small_company(con)
    project = {measure.name: measure for measure in PROJECT.measures}
    client = {measure.name: measure for measure in CLIENT.measures}
    key = ("7", "chosen")
    assert measured(con, project["accepted"], [JUNE]) == {key: [Measured(1, 1)]}
    assert measured(con, project["points"], [JUNE]) == {key: [Measured(3.0, 6.0)]}
    assert measured(con, project["created"], [JUNE]) == {key: [Measured(None, 2)]}
    key = ("c1", "chosen")
    assert measured(con, client["hours"], [JUNE]) == {key: [Measured(8.0, 6.0)]}
    assert measured(con, client["billable_share"], [JUNE]) == {key: [Measured(50.0, 50.0)]}


def test_money_is_of_whole_months_and_each_currency_alone(con: duckdb.DuckDBPyConnection) -> None:
    for currency, month, revenue in (("EUR", 5, 80), ("EUR", 6, 100), ("USD", 6, 7)):
        row = {
            "client_id": "c1",
            "month": date(2026, month, 1),
            "currency": currency,
            "revenue": revenue,
        }
        insert(con, "time_tracking.client_finance", [row])
    [revenue_of] = [measure for measure in CLIENT.measures if measure.name == "revenue"]
    weeks = named_span("2026-06-01..2026-06-30")
    assert measured(con, revenue_of, [weeks]) == {}
    found = measured(con, revenue_of, [JUNE])
    assert found == {("c1", "chosen"): [Measured(100, 80, "EUR"), Measured(7, None, "USD")]}


def test_before_there_was_any_data_nothing_is_known(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The first hours are of 20 May: a year before is not zero hours."""
    small_company(con)
    write_report(con, AS_OF, tmp_path, mode="live", chosen=named_span("2024"))
    text = (tmp_path / "report" / "client-c1.html").read_text(encoding="utf-8")
    card = text.partition("<h3>Hours tracked</h3>")[2].partition("</div>\n</div>")[0]
    [chosen] = re.findall(r'span-chosen">(.*?)</div>', card, re.DOTALL)
    assert "not known" in chosen


def test_what_changed_is_told_by_name(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    small_company(con)
    snapshot = {
        "as_of": "2026-06-08T12:00:00+00:00",
        "budgets": {"b": {"name": "Build", "cycle_start": "2026-06-01", "used_pct": 96.0}},
    }
    folder = tmp_path / "snapshots"
    folder.mkdir()
    (folder / "2026-06-08.json").write_text(json.dumps(snapshot))
    (folder / "2026-06-09.json").write_text("not JSON")
    budget = {"project_id": "b", "project_name": "Build", "used_pct": 101.0}
    insert(con, "time_tracking.project_budget", [{**budget, "cycle_start": date(2026, 6, 1)}])
    text = write_report(con, AS_OF, tmp_path, mode="live").read_text(encoding="utf-8")
    assert "What changed since 8 Jun 2026, 12:00 UTC" in text
    assert "Stories accepted: 1</h3>" in text
    assert "Story 1 (Shop)" in text
    assert "Build: 96 % to 101 % used, overspent now" in text
    assert (folder / "2026-06-30.json").exists()


def test_dated_copies_are_kept(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    small_company(con)
    for day in (27, 28, 30):
        settings = ReportSettings(keep=2)
        write_report(con, AS_OF.replace(day=day), tmp_path, mode="live", settings=settings)
    copies = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert copies == ["2026-06-28", "2026-06-30"]
    assert (tmp_path / "kept" / "2026-06-28" / "report" / "project-7.html").exists()
    write_report(con, AS_OF, tmp_path, mode="live")
    assert list((tmp_path / "kept").iterdir()) == []
