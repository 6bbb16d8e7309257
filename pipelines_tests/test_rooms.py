"""The rooms of ``pipelines``: which may import which is checked by ``make check``; here, that the check bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.project.folder import PROJECT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package and its rules, to be changed at will."""
    shutil.copytree(
        PROJECT / "pipelines", tmp_path / "pipelines", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_keep_to_the_rules(checkout: Path) -> None:
    result = lint_imports(checkout)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("pyairbyte/props.py", "pipelines.sources.registry"),
        ("metrics/model.py", "pipelines.outputs.charts.theme"),
        ("warehouse/quoting.py", "pipelines.defs.owners"),
        ("outputs/charts/theme.py", "pipelines.simulator.model"),
        ("simulator/model.py", "pipelines.warehouse.quoting"),
    ],
)
def test_an_import_against_the_way_of_the_data_is_named(
    checkout: Path, importer: str, imported: str
) -> None:
    with (checkout / "pipelines" / importer).open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    result = lint_imports(checkout)
    assert result.returncode != 0
    assert imported in result.stdout.replace("\n", "")


def test_a_new_room_needs_a_place(checkout: Path) -> None:
    (checkout / "pipelines" / "attic.py").write_text("", encoding="utf-8")
    result = lint_imports(checkout)
    assert result.returncode != 0
    assert "attic" in result.stdout


def test_ten_doors_at_most() -> None:
    doors = [
        path.name
        for path in (PROJECT / "pipelines").iterdir()
        if path.name not in ("__init__.py", "__pycache__", "py.typed")
    ]
    assert len(doors) <= 10, sorted(doors)
