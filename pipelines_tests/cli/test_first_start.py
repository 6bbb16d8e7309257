"""The first start of a home, by several processes at once, and homes that such a start broke."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.sqlite import LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION

from pipelines.cli.instance import prepare_home
from pipelines.defs.settings import load_settings
from pipelines_tests.support.processes import counter, process, signal

FILES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def versions(home: Path) -> list[list[tuple[str]]]:
    found = []
    for name in FILES:
        with closing(sqlite3.connect(home / name)) as connection:
            found.append(connection.execute("SELECT version_num FROM alembic_version").fetchall())
    return found


def start(home: Path, ready: Any, go: Any) -> None:
    ready.release()
    go.wait(300)
    prepare_home(load_settings({"DAGSTER_HOME": str(home)}))


@pytest.mark.slow
def test_processes_that_start_at_once_make_one_home(tmp_path: Path) -> None:
    """Without a lock one in two such starts leaves a file that Dagster never opens again."""
    ready, go = counter(), signal()
    with ExitStack() as stack:
        started = [
            stack.enter_context(process(start, tmp_path / "home", ready, go)) for _ in range(4)
        ]
        for _ in started:
            assert ready.acquire(timeout=300)
        go.set()
        for each in started:
            each.join(300)
        assert [each.exitcode for each in started] == [0] * len(started)
    assert [len(found) for found in versions(tmp_path / "home")] == [1, 1, 1]
    assert (tmp_path / "home" / "dagster.yaml").exists()


def test_a_home_with_two_schema_versions_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    settings = load_settings({"DAGSTER_HOME": str(tmp_path)})
    prepare_home(settings)
    sound = versions(tmp_path)
    for name in FILES:
        with closing(sqlite3.connect(tmp_path / name)) as connection, connection:
            connection.execute(
                "INSERT INTO alembic_version VALUES (?)",
                [LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION],
            )
    with pytest.raises(Exception, match="more than one head"):
        dg.DagsterInstance.from_config(str(tmp_path))
    prepare_home(settings)
    assert versions(tmp_path) == sound
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.get_runs() == []
