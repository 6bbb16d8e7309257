"""SQL of others: every way out is tried, nothing is written, and what cannot be answered helps to ask better."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path
from typing import Any

import pytest

from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.query import Limits, run_query
from pipelines.outputs.snapshot.open import opened


def ask(snapshot: Path, sql: str, *, insist: bool = False, **limits: Any) -> dict[str, Any]:
    with opened(snapshot) as (con, _):
        return run_query(con, snapshot, sql, Limits(**{"seconds": 60.0, **limits}), insist=insist)


def refusal(snapshot: Path, sql: str, **limits: Any) -> str:
    with pytest.raises(Question) as refused:
        ask(snapshot, sql, **limits)
    return str(refused.value)


def test_rows_come_with_their_types_and_the_limits(small: Path) -> None:
    found = ask(small, "SELECT local_date, tracked_hours FROM time_tracking.time_daily ORDER BY 1")
    assert found["rows"] == [
        {"local_date": "2026-06-01", "tracked_hours": 6.0},
        {"local_date": "2026-06-02", "tracked_hours": 2.0},
    ]
    assert found["columns"][0] == {"name": "local_date", "type": "DATE"}
    assert "at most 200 rows" in found["limits"]
    assert "cut" not in found


def test_values_are_plain_json(small: Path) -> None:
    (row,) = ask(
        small,
        "SELECT 'NaN'::DOUBLE AS nan, 1.50::DECIMAL(9, 2) AS money, [1, 2] AS list, {'a': 1} AS struct, "
        "INTERVAL 1 DAY AS span, NULL AS nothing, 'x' AS text, 'y' AS text",
    )["rows"]
    assert row == {
        "nan": None, "money": 1.5, "list": [1, 2], "struct": {"a": 1}, "span": "1 day, 0:00:00",
        "nothing": None, "text": "x", "text_2": "y",
    }  # fmt: skip


WRITES = (
    "CREATE TABLE memory.main.x AS SELECT 1",
    "DROP TABLE effort.people",
    "INSERT INTO clockify.users (id) VALUES ('x')",
    "DELETE FROM clockify.users",
    "UPDATE clockify.users SET name = 'x'",
    "COPY clockify.users TO 'out.csv'",
    "EXPORT DATABASE 'out'",
    "ATTACH ':memory:' AS other",
    "ATTACH 'other.duckdb'",
    "DETACH snapshot",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "CALL enable_logging()",
    "CREATE SECRET s (TYPE http)",
    "PREPARE p AS SELECT 1",
    "BEGIN TRANSACTION",
    "CHECKPOINT",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE effort.people",
    "",
)


@pytest.mark.parametrize("sql", WRITES)
def test_only_one_select_is_taken(small: Path, sql: str) -> None:
    before = hashlib.sha256(small.read_bytes()).hexdigest()
    assert "Only one SELECT" in refusal(small, sql)
    assert hashlib.sha256(small.read_bytes()).hexdigest() == before
    assert [path.name for path in small.parent.iterdir()] == [small.name]


READS_OF_OTHERS = (
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM '{file}.parquet'",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x')",
    "SELECT * FROM sqlite_scan('{file}', 'x')",
    "SELECT * FROM postgres_scan('host=127.0.0.1', 'a', 'b')",
    "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')",
    "SELECT getenv('HOME')",
    "SELECT * FROM read_text('/proc/self/environ')",
)


@pytest.mark.parametrize("sql", READS_OF_OTHERS)
def test_no_file_network_or_other_database_is_read(small: Path, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("name\nthe secret\n", encoding="utf-8")
    said = refusal(small, sql.format(file=secret, folder=tmp_path))
    assert "the secret" not in said
    assert "Traceback" not in said


def test_what_duckdb_tells_of_itself_names_no_folder(small: Path) -> None:
    for sql in ("FROM duckdb_databases()", "PRAGMA database_list", "FROM duckdb_settings()"):
        assert str(small.parent) not in str(ask(small, sql)["rows"]), sql


def test_no_secret_of_the_server_is_in_reach(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKIFY_API_KEY", "this-must-not-be-seen")
    found = ask(small, "FROM duckdb_secrets()")
    assert found["rows"] == []
    assert "this-must-not-be-seen" not in str(ask(small, "FROM duckdb_settings()"))


ENDLESS = (
    "SELECT count(*) FROM range(1000000000000)",
    "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SELECT max(a) FROM t",
)


@pytest.mark.parametrize("sql", ENDLESS)
def test_what_never_ends_is_ended(small: Path, sql: str) -> None:
    started = time.monotonic()
    assert "took longer than 3 seconds" in refusal(small, sql, seconds=3.0)
    assert time.monotonic() - started < 30


HUGE = (
    "SELECT string_agg(repeat('x', 100000)) FROM range(100000)",
    "SELECT list(range) FROM range(100000000)",
)


@pytest.mark.parametrize("sql", HUGE)
def test_what_needs_too_much_memory_is_ended(small: Path, sql: str) -> None:
    assert "needed more than 256 MB" in refusal(small, sql, megabytes=256)


def test_a_gigabyte_of_rows_is_cut_and_the_answer_says_so(small: Path) -> None:
    found = ask(small, "SELECT repeat('x', 10000) AS text FROM range(100000)")
    assert len(str(found)) < 200_000
    assert "There are more rows than the" in found["cut"]


def test_a_gigabyte_in_one_text_is_no_answer(small: Path) -> None:
    """Whether it is ended by time or by memory depends on the machine."""
    said = refusal(small, "SELECT repeat('x', 4000000000) AS text", seconds=10.0, megabytes=256)
    assert "and was ended" in said


def test_rows_beyond_the_limit_are_cut(small: Path) -> None:
    found = ask(small, "FROM range(1000)", rows=10)
    assert (found["row_count"], "more rows than the 10 shown" in found["cut"]) == (10, True)
    assert "cut" not in ask(small, "FROM range(10)", rows=10)


def test_a_misspelt_column_gets_the_nearest_names(small: Path) -> None:
    said = refusal(small, "SELECT trackd_hours FROM time_tracking.time_daily")
    assert "Did you mean tracked_hours" in said


def test_a_column_of_another_table_is_said_to_be_there(small: Path) -> None:
    said = refusal(small, "SELECT velocity FROM time_tracking.time_daily")
    assert re.search(r"velocity is a column of .*project_management\.iteration_metrics", said)


def test_a_misspelt_table_gets_the_nearest_addresses(small: Path) -> None:
    assert "Did you mean time_tracking.time_daily" in refusal(small, "FROM time_dayly")


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT sum(utilization_pct) FROM time_tracking.utilization_weekly", "it is a ratio"),
        ("SELECT sum(hours) FROM time_tracking.tag_hours", "add up time_tracking.project_finance"),
        ("SELECT sum(velocity) FROM project_management.iteration_metrics", "must not be added up"),
        ("SELECT sum(revenue) FROM time_tracking.project_finance", "within a currency only"),
        ("SELECT sum(points) FROM project_management.iteration_metrics", "within a project only"),
        (
            "WITH x AS (SELECT sum(f.revenue) AS r FROM time_tracking.project_finance f) SELECT * FROM x",
            "within a currency only",
        ),
    ],
)
def test_a_sum_that_means_nothing_is_not_made_unless_insisted(
    small: Path, sql: str, sentence: str
) -> None:
    assert sentence in refusal(small, sql)
    assert sentence in " ".join(ask(small, sql, insist=True)["warnings"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT currency, sum(revenue) FROM time_tracking.project_finance GROUP BY currency",
        "SELECT sum(revenue) FROM time_tracking.project_finance WHERE currency = 'EUR'",
        "SELECT project_id, sum(points) FROM project_management.iteration_metrics GROUP BY project_id",
        "SELECT sum(tracked_hours) FROM time_tracking.time_daily",
        "SELECT sum(hours_allocated) FROM effort.label_cost",
    ],
)
def test_a_sum_that_means_something_is_made(small: Path, sql: str) -> None:
    assert "warnings" not in ask(small, sql)
