"""Names, initials or neither: in the report, the exports, the documents and the snapshot alike."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.defs.alerts import check_alerts, ground
from pipelines.defs.settings import load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.settings import ReportSettings
from pipelines.outputs.charts.exports import export_tables
from pipelines.outputs.documents.story_documents import INPUTS, write_story_documents
from pipelines.outputs.privacy.names import People, name_columns, people_shown
from pipelines.outputs.report.page import tables_read, write_report
from pipelines.outputs.snapshot.write import FILE_NAME, write_snapshot
from pipelines_tests.support.tables import insert

AS_OF = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
NAME, EMAIL = "Ngaio Parata-Tūhoe", "ngaio@northwind.example"


@pytest.fixture
def company(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """One person, by name in every table that the outputs read, and in some that they do not."""
    insert(con, "clockify.users", [{"id": "user-0042", "name": NAME, "email": EMAIL}])
    insert(con, "clockify.time_off_requests", [{"id": "r", "user_name": NAME, "user_email": EMAIL}])
    insert(con, "clockify.user_groups", [{"id": "g", "name": "All", "user_ids": ["user-0042"], "team_managers": [{"name": NAME}]}])  # fmt: skip
    person = {"id": 7, "name": NAME, "email": EMAIL, "username": "ngaio", "initials": "NPT"}
    insert(
        con, "pivotal_tracker.project_memberships", [{"id": 1, "project_id": 1, "person": person}]
    )
    insert(con, "pivotal_tracker.projects", [{"id": 1, "name": "Kea"}])
    insert(con, "pivotal_tracker.stories", [{"id": 5, "project_id": 1, "name": "Draw", "requested_by_id": 7}])  # fmt: skip
    insert(con, "project_management.story_facts", [{"story_id": 5, "project_id": 1, "name": "Draw", "owner_ids": [7], "is_deleted": False}])  # fmt: skip
    insert(con, "effort.people", [{"person_key": "clockify:user-0042", "clockify_user_id": "user-0042", "name": NAME, "clockify_email": EMAIL}])  # fmt: skip
    for tables in FAMILIES.values():
        for table in tables:
            if "user_name" in {column.name for column in table.columns}:
                day = {c.name: "2026-03-16" for c in table.columns if c.name in ("local_date", "week_start", "period_start", "date")}  # fmt: skip
                keys = {key: "x" for key in table.grain if key not in day}
                insert(
                    con, table.address, [keys | day | {"user_id": "user-0042", "user_name": NAME}]
                )
    con.execute(
        "INSERT INTO project_management.aging_wip (story_id, owner_names) VALUES (5, [?])", [NAME]
    )
    con.execute(
        "INSERT INTO project_management.work_in_progress (person_id, name, stories) VALUES (7, ?, 1)",
        [NAME],
    )
    return con


def everything(con: duckdb.DuckDBPyConnection, folder: Path, how: People) -> dict[str, str]:
    """All that is written, by kind, as text."""
    chosen = ReportSettings(people=how, person_pages=True)
    with people_shown(con, how):
        write_report(con, AS_OF, folder, mode="live", settings=chosen)
        export_tables(con, folder / "tables")
        write_story_documents(con, AS_OF, folder / "documents.jsonl")
        write_snapshot(con, AS_OF, folder, mode="live")
    pages = "".join(path.read_text("utf-8") for path in folder.rglob("*.html"))
    tables = "".join(path.read_text("utf-8") for path in folder.rglob("*.csv"))
    with duckdb.connect(str(folder / FILE_NAME), read_only=True) as snapshot:
        addresses = snapshot.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        ).fetchall()
        held = "".join(
            str(snapshot.execute(f"FROM {address}").fetchall()) for (address,) in addresses
        )
    documents = (folder / "documents.jsonl").read_text("utf-8")
    return {"report": pages, "exports": tables, "documents": documents, "snapshot": held}


@pytest.mark.parametrize(
    ("how", "told"), [("names", NAME), ("initials", "NP"), ("hidden", "Person …0042")]
)
def test_all_outputs_tell_people_the_same_way(
    company: duckdb.DuckDBPyConnection, tmp_path: Path, how: People, told: str
) -> None:
    written = everything(company, tmp_path, how)
    for kind, text in written.items():
        if kind == "documents" and how == "hidden":
            assert "Person …7" in text  # Tracker's own id of the person
        else:
            assert told in text, kind
        if how != "names":
            assert "Parata" not in text, kind
            assert EMAIL not in text, kind
    home = company.execute("SELECT current_catalog()").fetchone()
    assert home != ("shown",)


@pytest.mark.parametrize(("how", "told"), [("initials", "NP"), ("hidden", "Person …0042")])
def test_alerts_tell_people_the_same_way(
    company: duckdb.DuckDBPyConnection, tmp_path: Path, how: People, told: str
) -> None:
    """As the checks of the report say them, and messages with them."""
    rows = [
        {
            "user_id": "user-0042",
            "user_name": NAME,
            "local_date": f"2026-03-{day}",
            "expected_hours": 8,
            "logged_hours": 0,
        }
        for day in range(16, 20)
    ]
    insert(company, "time_tracking.timesheet_compliance", rows)
    file = tmp_path / "metrics.toml"
    file.write_text(f'[report]\npeople = "{how}"\n')
    settings = load_settings({"PIPELINES_SETTINGS": str(file), "DAGSTER_HOME": str(tmp_path)})
    with ground(company, settings, AS_OF) as looked_at:
        results = list(check_alerts(looked_at, settings, dg.AssetKey(["report", "page"])))
    said = " ".join(result.description or "" for result in results)
    assert f"{told}: no time on" in said
    assert "Parata" not in said


def test_the_warehouse_is_itself_again_after_a_failure(company: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(RuntimeError), people_shown(company, "hidden"):
        raise RuntimeError
    assert company.execute("SELECT name FROM clockify.users").fetchall() == [(NAME,)]


def test_nobody_stays_nobody(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, "clockify.users", [{"id": "a"}])
    for how in ("initials", "hidden"):
        with people_shown(con, how):
            assert con.execute("SELECT name FROM clockify.users").fetchall() == [(None,)]


def test_every_column_that_tells_who_somebody_is_is_known() -> None:
    """A new column with a name or an address of a person has to be named among those that are replaced."""
    tells = re.compile(r"(person|owner|user|member|somebody)'?s?\b.*\bname|name of the person|names of the persons|\be-?mail", re.I)  # fmt: skip
    for tables in FAMILIES.values():
        for table in tables:
            _, known = name_columns(table.address, tuple(c.name for c in table.columns))
            told = {
                column.name
                for column in table.columns
                if tells.search(column.description) and column.type.startswith("VARCHAR")
            }
            # How two accounts were matched is no name.
            assert told - {"match"} <= set(known), table.address


def test_what_outputs_read_is_there_in_every_case(con: duckdb.DuckDBPyConnection) -> None:
    with people_shown(con, "hidden"):
        there = con.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_catalog = 'shown'"
        ).fetchall()
    assert {*tables_read(), *INPUTS} <= {address for (address,) in there}
