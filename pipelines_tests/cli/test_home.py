"""Homes in which Dagster cannot live: one sentence each that names the path and what to do, and nothing is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.cli.home import refuse_broken, what_is_broken
from pipelines.cli.instance import open_instance, prepare_home, try_instance
from pipelines.defs.settings import load_settings
from pipelines.project.environment import SettingsError


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all of Dagster's files."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        prepare_home(load_settings({"DAGSTER_HOME": str(home)}))
        with open_instance() as instance:
            instance.get_runs(limit=1)
            instance.all_instigator_state()
            instance.event_log_storage.get_pool_config()
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be broken."""
    copy = tmp_path / "home"
    shutil.copytree(made_home, copy)
    monkeypatch.setenv("DAGSTER_HOME", str(copy))
    return copy


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_file(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("a file", encoding="utf-8")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def text(content: str | bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


#: What happened to which file, and a word of what is said beside its path.
BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("history/runs/index.db", cut, "its end is missing"),
    ("history/runs/index.db", overwritten, "file is not a database"),
    ("history/runs/index.db", a_folder, "home/history away"),
    ("history/runs.db", cut, "home/history away"),
    ("history/runs.db", overwritten, "begins a new history"),
    ("schedules/schedules.db", overwritten, "home/schedules away"),
    ("schedules/schedules.db", cut, "move"),
    ("dagster.yaml", text("a: [1\nb"), "line 2"),
    ("dagster.yaml", text("hello"), "mend it"),
    ("dagster.yaml", text("- one\n"), "mend it"),
    ("dagster.yaml", text(b"\xff\xfe\x00"), "cannot be read"),
    ("dagster.yaml", a_folder, "cannot be read"),
    ("staging", a_file, "has to be a folder"),
    ("history", a_file, "has to be a folder"),
    ("schedules", a_file, "has to be a folder"),
]


@pytest.mark.parametrize(("name", "break_it", "said"), BROKEN)
def test_a_broken_home_is_told(
    home: Path, name: str, break_it: Callable[[Path], object], said: str
) -> None:
    break_it(home / name)
    with pytest.raises(SettingsError) as raised:
        prepare_home(load_settings({"DAGSTER_HOME": str(home)}))
    assert str(home / name) in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["dagster.yaml", "history", "schedules", "history/runs/index.db"])
def test_a_home_that_lacks_something_or_has_it_empty_is_whole(home: Path, name: str) -> None:
    if (home / name).is_dir():
        shutil.rmtree(home / name)
    else:
        (home / name).write_bytes(b"")
    refuse_broken(home)


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_is_no_home(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"DAGSTER_HOME=.*set it to one that you may write to"):
        refuse_broken(tmp_path / "file" / below)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("concurency:\n  pools: 1\n", "concurency"),
        ("run_launcher:\n  module: nowhere\n  class: Launcher\n", "nowhere"),
        ("run_launcher: 3\n", "run_launcher"),
        ("storage:\n  postgres:\n    postgres_url:\n      env: NO_SUCH_VARIABLE\n", "NO_SUCH"),
    ],
)
def test_a_configuration_that_dagster_refuses_is_told(home: Path, config: str, said: str) -> None:
    (home / "dagster.yaml").write_text(config, encoding="utf-8")
    with pytest.raises(Exception) as raised:  # noqa: PT011
        try_instance()
    sentence = what_is_broken(raised.value)
    assert sentence, repr(raised.value)
    assert f"{home}/dagster.yaml" in sentence
    assert said in sentence
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_a_history_that_breaks_while_it_is_used_is_told(home: Path) -> None:
    with open_instance() as instance:
        overwritten(home / "history" / "runs.db")
        with pytest.raises(Exception) as raised:  # noqa: PT011
            instance.get_runs(limit=1)
    sentence = what_is_broken(raised.value)
    assert sentence
    assert str(home) in sentence
    assert "sqlalche.me" not in sentence


def test_what_is_our_own_fault_keeps_its_traceback() -> None:
    assert what_is_broken(KeyError("a bug")) is None


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="cannot be written"):
        refuse_broken(tmp_path)
