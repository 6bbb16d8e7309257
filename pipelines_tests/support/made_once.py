"""What takes long to make and nobody changes: made once in a run of the tests, whichever worker needs it first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.project.locks import held

_WHOLE = "whole"


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder ``name`` that all workers have in common, filled by ``make``; to be read only."""
    ours = factory.getbasetemp()
    place = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / name
    with held(place.with_suffix(".lock")):
        if not (place / _WHOLE).exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place)
            (place / _WHOLE).touch()
    return place
