"""Random edits and random trouble: nothing that is there is ever removed, and peace makes the tables right again.

A seed that fails here, or in a night of ``make torture N=1000``, becomes a named test below.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines_tests.support.torture import torture

#: ``make torture N=1000 FROM=1`` tries more of them than each run of the tests does.
FIRST = int(os.environ.get("TORTURE_FROM", "1"))
SEEDS = int(os.environ.get("TORTURE_SEEDS", "25"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_no_trouble_loses_a_row(tmp_path: Path, seed: int) -> None:
    torture(tmp_path, seed)
