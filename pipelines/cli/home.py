"""Whether Dagster can live in ``DAGSTER_HOME``: asked before it tries, because what it says then helps nobody.

Here: its folder, its ``dagster.yaml`` and its SQLite files, and one sentence for each that is broken. The tables lie
elsewhere, so nothing of them is lost with a home. Not here: making a home ready (``instance``).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import yaml

from pipelines.project.environment import SettingsError

CONFIG = "dagster.yaml"
_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_FOLDERS = ("history", "history/runs", "schedules", "staging", "storage")
_MEND = "mend it, or move it away for the default."
#: Where SQLite's header says how large a page is and how many there are, and when that was last true.
_PAGE_SIZE, _CHANGES, _PAGES, _CHANGES_OF_PAGES = (16, 18), (24, 28), (28, 32), (92, 96)


def refuse_broken(home: Path) -> None:
    """Raise ``SettingsError`` with what to do about a home that cannot be used; it is changed in nothing else than made."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"DAGSTER_HOME={home} cannot be made a folder ({error.strerror}): set it to one that you may write to."
        ) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise SettingsError(f"DAGSTER_HOME={home} cannot be written: set it to a folder of yours.")
    for name in _FOLDERS:
        if (home / name).exists() and not (home / name).is_dir():
            raise SettingsError(f"{home / name} has to be a folder: move that file away.")
    _refuse_broken_config(home / CONFIG)
    for name in _DATABASES:
        _refuse_broken_database(home / name, home / Path(name).parts[0])


def what_is_broken(error: BaseException) -> str | None:
    """One sentence about an error of Dagster's history or configuration that no look at the home foresaw."""
    from dagster import DagsterInvalidConfigError
    from sqlalchemy.exc import DBAPIError

    from pipelines.cli.dagster_private import CheckError

    config = f"{os.environ.get('DAGSTER_HOME', 'DAGSTER_HOME')}/{CONFIG}"
    reason = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(reason, sqlite3.DatabaseError):
        return (
            f"Dagster's history beside {config} cannot be used ({_first_line(reason)}): put back a copy, or move the folder "
            "history away and the next command begins a new one. The tables are not in it."
        )
    if isinstance(error, DBAPIError):
        return f"Dagster's history cannot be used ({_first_line(reason)}): see what {config} says about storage."
    if isinstance(error, DagsterInvalidConfigError):
        # What it expects instead is all that it knows.
        messages = [problem.message.partition(" Expected: ")[0] for problem in error.errors[:3]]
        problems = "; ".join(_first_line(message) for message in messages)
        return f"{config} says what Dagster does not know ({problems}): {_MEND}"
    if isinstance(error, CheckError) and "configurable class" in str(error):
        missing = _first_line(error).removeprefix("Failure condition: ")
        return f"{config} names what is not installed ({missing}): {_MEND}"
    return None


def _refuse_broken_config(path: Path) -> None:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): {_MEND}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "no YAML"
        raise SettingsError(f"{path}{where} is broken ({reason}): {_MEND}") from None
    if content is not None and not isinstance(content, dict):
        raise SettingsError(f"{path} is no list of settings: {_MEND}")


def _refuse_broken_database(path: Path, folder: Path) -> None:
    """``folder``: what Dagster makes anew as a whole."""
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            header = file.read(100)
        # Until it is first written to, a database has no bytes.
        if header:
            _refuse_cut(path, header)
            with closing(sqlite3.connect(path, timeout=60)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (OSError, sqlite3.DatabaseError) as error:
        raise SettingsError(
            f"{path}, which holds Dagster's history, is damaged ({error}): put back a copy, or move {folder} "
            "away and the next command begins a new history. The tables are not in it."
        ) from None


def _refuse_cut(path: Path, header: bytes) -> None:
    """SQLite itself notices a missing end only when it needs it."""
    number = {
        part: int.from_bytes(header[slice(*part)], "big")
        for part in (_PAGE_SIZE, _CHANGES, _PAGES, _CHANGES_OF_PAGES)
    }
    is_true = number[_CHANGES] == number[_CHANGES_OF_PAGES]
    if is_true and path.stat().st_size < number[_PAGES] * number[_PAGE_SIZE]:
        raise sqlite3.DatabaseError("its end is missing")


def _first_line(error: object) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
