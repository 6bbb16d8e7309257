"""How often a sensor looks at its source, and with how many requests, where the settings limit them.

A sensor takes at most a fifth of the hour's requests, from the same ledger as the reads; see ``sources.budget``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.defs.automation.in_flight import Attempt, reason_to_wait
from pipelines.defs.automation.ticks import SECONDS_TO_LOOK
from pipelines.defs.settings import Settings
from pipelines.sources.budget import BudgetSpent, RequestBudget
from pipelines.sources.http import Allowance

#: A read that may make fewer requests than these (the check, the list of parents, one of them) brings nothing.
_LEAST_OF_A_READ = 3


@dataclass(frozen=True)
class Pace:
    """Every how many seconds a sensor looks, and with how many requests at most."""

    seconds: int
    requests: int

    @classmethod
    def of(cls, settings: Settings, source: str, *, least: int, most: int, unlimited: int) -> Pace:
        """``least`` and ``most``: requests of a look within a budget; ``unlimited``: without one."""
        per_hour = settings.connector_options[source].get("requests_per_hour")
        if not per_hour:
            return cls(settings.sensor_seconds, unlimited)
        requests = max(least, min(most, int(per_hour // 5)))
        seconds = math.ceil(3600 * requests * 5 / per_hour)
        return cls(max(settings.sensor_seconds, seconds), requests)

    def allowance(self, config: Mapping[str, Any], sensor: str) -> Allowance:
        """What one look may ask, under a connector config. A tick does not wait for the hour's budget."""
        budget = RequestBudget.of(
            {**config, "request_reader": sensor, "request_patience_seconds": 0}
        )
        return Allowance(self.requests, SECONDS_TO_LOOK, budget)


def too_little_left(config: Mapping[str, Any]) -> BudgetSpent | None:
    """Why a read that is launched now could not do anything, or ``None`` when it could."""
    budget = RequestBudget.of(config)
    left = budget.left() if budget else None
    return budget.spent() if budget and left is not None and left < _LEAST_OF_A_READ else None


def why_not_now(
    service: str, attempts: Sequence[Attempt], target: str, config: Mapping[str, Any], now: datetime
) -> str | None:
    """Why a read of ``target`` is not launched at ``now``: of what was launched before, or too few requests are left."""
    short = too_little_left(config)
    return budget_sentence(service, short) if short else reason_to_wait(attempts, target, now)


def budget_sentence(service: str, spent: BudgetSpent) -> str:
    """Why a sensor asks nothing, in one sentence."""
    return f"{service}: {spent}; goes on after {spent.free_at:%H:%M} UTC."
