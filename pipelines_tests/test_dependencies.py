"""What is imported is declared, and what is declared has an upper bound; ``make check`` looks at the first, too."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.project.folder import PROJECT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def deptry(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("deptry")), "pipelines", "--no-ansi"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The declarations, and a package that imports nothing."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / "pipelines").mkdir()
    return tmp_path


def test_every_import_is_declared_and_every_declaration_used() -> None:
    result = deptry(PROJECT)
    assert result.returncode == 0, result.stderr + result.stdout


def test_an_import_that_is_not_declared_is_named(checkout: Path) -> None:
    (checkout / "pipelines" / "__init__.py").write_text("import sqlglot, pluggy\n", "utf-8")
    said = deptry(checkout).stderr
    assert "'sqlglot' imported but declared as a dev dependency" in said
    assert "'pluggy' imported but it is a transitive dependency" in said


def declared() -> list[str]:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    optional = [each for group in project["optional-dependencies"].values() for each in group]
    return [*project["dependencies"], *optional]


@pytest.mark.parametrize("requirement", declared())
def test_it_has_an_upper_bound(requirement: str) -> None:
    versions = requirement.partition(";")[0]
    assert re.search(r"<\d|==\d", versions), (
        f"{requirement}: give it an upper bound, which the next release may not pass untested."
    )
