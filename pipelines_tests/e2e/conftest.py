"""``AS_RECORDED=1`` runs these tests against a Clockify that spells its answers as the real service was seen to."""

from __future__ import annotations

import os
from functools import partial

import pytest

from pipelines.simulator.behaviour import Behaviour


@pytest.fixture(autouse=True, scope="session")
def _as_recorded() -> None:
    if os.environ.get("AS_RECORDED"):
        patch = pytest.MonkeyPatch()
        patch.setattr("pipelines.simulator.server.Behaviour", partial(Behaviour, as_recorded=True))
