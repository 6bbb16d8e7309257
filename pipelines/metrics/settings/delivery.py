"""Settings of forecasts, of the move to another system, and of a second delivery source."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from pipelines.metrics.settings.values import Section, array, as_day


class ForecastSettings(Section):
    """The Monte Carlo forecast from weekly throughput."""

    weeks: Annotated[tuple[Annotated[int, Field(ge=1, le=520)], ...], BeforeValidator(array)] = (
        Field(default=(1, 2, 4, 8, 12), description="Horizons, in weeks, of the question how many.")
    )
    history_weeks: int = Field(
        default=26, ge=1, description="How many complete past weeks are drawn from."
    )
    trials: int = Field(
        default=10_000, ge=1, le=10_000_000, description="Simulated futures per question."
    )
    seed: int = Field(default=20250430, ge=0, description="Seed of the random numbers.")


class MigrationSettings(Section):
    """The move from Tracker to another system; which stories went on there says PIPELINES_STORY_CROSSWALK."""

    day: Annotated[date | None, BeforeValidator(as_day)] = Field(
        default=None,
        description="The day from which on open stories of the crosswalk are done in the other system: they leave "
        "Tracker's scope. Without it they stay.",
        examples=["2025-04-30"],
    )


class DeliverySettings(Section):
    """A second delivery source beside Tracker, told by SQL; see delivery.items and delivery.transitions."""

    items: str | None = Field(
        default=None,
        min_length=1,
        description="A query with a row per item: id, project, state_category, created_at; perhaps name, type, points, "
        "updated_at, finished_at.",
        examples=[
            "SELECT key AS id, project, status AS state_category, created AS created_at FROM jira.issues"
        ],
    )
    transitions: str | None = Field(
        default=None,
        min_length=1,
        description="A query with a row per state that an item entered: item_id, state_category, occurred_at; perhaps "
        "from_state_category.",
        examples=[
            "SELECT key AS item_id, to_status AS state_category, moved AS occurred_at FROM jira.moves"
        ],
    )
