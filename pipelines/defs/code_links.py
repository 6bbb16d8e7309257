"""Links from an asset to its code, as Dagster shows them beside it: files of this machine, or of the web.

Not here: whether code changed (``metrics.code``).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

import pipelines
from pipelines.metrics.model import MetricTable
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.project.folder import PROJECT

_PACKAGE = Path(pipelines.__file__).parent


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


def files_of_table(table: MetricTable) -> dict[str, Path]:
    """The file with the definition and SQL of ``table``, and the files of its charts."""
    charts = {
        f"Chart {chart.name}": _file(chart.module or chart.build.__module__)
        for chart in CHARTS
        if chart.asset == table.address
    }
    return {"Definition and SQL": _file(table.compute.__module__), **charts}


def _on_the_web(code_url: str, path: Path) -> str:
    return f"{code_url}/{path.relative_to(PROJECT).as_posix()}"


def _file(module: str) -> Path:
    return _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
