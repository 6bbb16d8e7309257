"""docs/extending.md, followed step by step in a copy of the project: its own texts are applied, its own commands run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.project.folder import PROJECT

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 600
PAGE = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")

_BLOCK = re.compile(
    r"(?:^ *`(?P<path>[\w./]+)`\n\n)?^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*", "data", "*.duckdb")


@dataclass(frozen=True)
class Block:
    """A fenced block of the page: of what kind, for which file where it names one."""

    kind: str
    path: str | None
    text: str


def blocks(heading: str) -> list[Block]:
    """The blocks under a heading of the second level, in order."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [
        Block(found["kind"], found["path"], textwrap.dedent(found["text"]))
        for found in _BLOCK.finditer(section)
    ]


def patched(text: str, diff: str) -> str:
    """``text`` with the added lines of a diff without numbers, each beside the lines around it."""
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line.startswith(" "))
        after = "".join(line[1:] for line in lines)
        assert ("\n" + text).count("\n" + before) == 1, f"not once in the file:\n{before}"
        text = ("\n" + text).replace("\n" + before, "\n" + after)[1:]
    return text


#: Of the tests that look at all streams and tables, those that what is new may break, and in a minute.
LAWS = (
    "pipelines_tests/test_docs.py::test_generated_pages_are_what_the_code_would_write",
    "pipelines_tests/test_docs.py::test_every_stream_and_metric_has_a_section",
    "pipelines_tests/test_definitions.py::test_every_stream_and_metric_is_an_asset_at_its_address",
    "pipelines_tests/test_definitions.py::test_every_asset_is_described_owned_and_typed",
    "pipelines_tests/test_definitions.py::test_every_description_begins_with_a_plain_sentence",
)
_TABLES = "pipelines_tests/metrics/project_management/test_tables.py"
LAWS_OF_METRICS = (
    f"{_TABLES}::test_the_tables_that_others_rely_on_are_there",
    f"{_TABLES}::test_tables_come_after_what_they_read",
    f"{_TABLES}::test_a_table_reads_its_inputs_only_and_gives_its_columns[accepted_daily]",
    f"{_TABLES}::test_a_table_is_documented[accepted_daily]",
    "pipelines_tests/metrics/test_headlines.py::test_headlines_of_an_empty_table_are_finite[project_management.accepted_daily]",
)


class Copy:
    """The project in a folder of its own, as somebody changes it who reads the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        self.home.mkdir()
        self.warehouse = folder / "warehouse.duckdb"
        shutil.copytree(PROJECT, self.folder, ignore=_NOT_COPIED)
        for hidden in (".env.example", ".pre-commit-config.yaml"):
            shutil.copy(PROJECT / hidden, self.folder)
        shutil.copytree(
            PROJECT / "docs" / "metrics", self.folder / "docs" / "metrics", dirs_exist_ok=True
        )

    def follow(self, heading: str) -> None:
        """Do every step under ``heading``."""
        steps = blocks(heading)
        assert {"sh", "diff"} <= {step.kind for step in steps}
        for step in steps:
            if step.kind == "sh":
                for command in step.text.splitlines():
                    self.run(command)
            elif step.path:
                file = self.folder / step.path
                is_new = step.kind != "diff"
                assert file.exists() != is_new, step.path
                file.write_text(step.text if is_new else patched(file.read_text(), step.text))

    def run(self, command: str) -> None:
        binaries = Path(sys.executable).parent
        program, *arguments = command.split()
        assert program.startswith(".venv/bin/"), command
        ended = subprocess.run(
            [str(binaries / Path(program).name), *arguments],
            cwd=self.folder,
            env={
                **{
                    name: text
                    for name, text in os.environ.items()
                    if not name.startswith("PYTEST_")
                },
                "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(self.folder),
                "DAGSTER_HOME": str(self.home),
                "PIPELINES_WAREHOUSE": str(self.warehouse),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"


def test_a_stream_is_added_as_the_page_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.follow("A stream or a column")
    copy.run(f".venv/bin/python -m pytest -q {' '.join(LAWS)}")
    with duckdb.connect(str(copy.warehouse), read_only=True) as con:
        ((name, email),) = con.execute("SELECT name, email FROM clockify.key_owner").fetchall()
        assert name
        assert "@" in email
    assert "## clockify.key_owner" in (copy.folder / "docs" / "streams.md").read_text()


def test_a_metric_is_added_as_the_page_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.follow("A metric")
    copy.run(f".venv/bin/python -m pytest -q {' '.join([*LAWS, *LAWS_OF_METRICS])}")
    page = (copy.folder / "docs" / "metrics" / "project_management.md").read_text()
    assert "## project_management.accepted_daily" in page
