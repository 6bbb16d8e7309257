"""The code behind an asset: where it is, and a version of it, by which Dagster tells that a table's code changed.

Nobody has to remember to raise a version: it is made of the text of the module that computes the table and of those
of the room ``metrics`` that this one reads, so that a table whose SQL or shared views changed counts as changed. A
comment counts, too; computing a table once too often does no harm.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import dagster as dg

import pipelines
from pipelines.metrics.model import MetricTable
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.project.folder import PROJECT

_ROOM = "pipelines.metrics."
_IMPORTED = re.compile(r"^\s*from (pipelines\.metrics\.[\w.]+) import", re.MULTILINE)
#: What computes nothing. What the settings say is a part of the version by its values.
_NOT_OF_A_TABLE = frozenset(
    f"{_ROOM}{name}" for name in ("model", "settings", "units", "tables_there")
)
_PACKAGE = Path(pipelines.__file__).parent


def code_version(table: MetricTable, settings: str = "") -> str:
    """What changes with the code of ``table``, and with ``settings``, which identifies those it depends on."""
    modules = sorted(_with_imported(table.compute.__module__))
    code = "".join(_text(module) for module in modules)
    return hashlib.sha256(f"{code}{settings}".encode()).hexdigest()[:16]


def code_references(files: Mapping[str, Path], code_url: str | None) -> dict[str, object]:
    """Metadata that links an asset to ``files``, by what they are called.

    ``code_url`` is where people find the project's files on the web; without it a link opens the file on this machine.
    """
    with warnings.catch_warnings():
        # Dagster 1.13 marks them as new.
        warnings.simplefilter("ignore", dg.BetaWarning)
        references: list[dg.LocalFileCodeReference | dg.UrlCodeReference] = [
            dg.UrlCodeReference(url=_on_the_web(code_url, path), label=label)
            if code_url and path.is_relative_to(PROJECT)
            else dg.LocalFileCodeReference(file_path=str(path), label=label)
            for label, path in files.items()
        ]
        return {
            "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=references)
        }


def _on_the_web(code_url: str, path: Path) -> str:
    return f"{code_url}/{path.relative_to(PROJECT).as_posix()}"


def files_of_table(table: MetricTable) -> dict[str, Path]:
    """The file with the definition and SQL of ``table``, and those of its charts."""
    charts = {
        f"Chart {chart.name}": _file(chart.module or chart.build.__module__)
        for chart in CHARTS
        if chart.asset == table.address
    }
    return {"Definition and SQL": _file(table.compute.__module__), **charts}


def _with_imported(module: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    known |= {module}
    for imported in _imported(module):
        if imported not in known:
            known = _with_imported(imported, known)
    return known


@cache
def _imported(module: str) -> frozenset[str]:
    return frozenset(_IMPORTED.findall(_text(module))) - _NOT_OF_A_TABLE


@cache
def _text(module: str) -> str:
    """The source of a module; none where a package came without it."""
    file = _file(module)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _file(module: str) -> Path:
    place = _PACKAGE.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
