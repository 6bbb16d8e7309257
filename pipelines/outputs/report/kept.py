"""Dated copies of the report: the page of the company with the pages it leads to, one folder a day.

Not here: how a report is written.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from pipelines.outputs.report.subject_pages import FOLDER_NAME as PAGES

FOLDER_NAME = "kept"


def keep_copy(report: Path, day: date, most: int) -> Path | None:
    """Copy the report to ``kept/<day>`` beside it and remove copies beyond the newest ``most``; None if none is kept."""
    folder = report.parent / FOLDER_NAME
    copy = None
    if most > 0:
        copy = folder / day.isoformat()
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        shutil.copy2(report, copy / report.name)
        if (report.parent / PAGES).is_dir():
            shutil.copytree(report.parent / PAGES, copy / PAGES)
    copies = sorted(path for path in folder.glob("????-??-??") if path.is_dir())
    for old in copies[: len(copies) - most]:
        shutil.rmtree(old, ignore_errors=True)
    return copy
