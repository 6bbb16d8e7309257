"""Settings of links between time and stories, and of what is made of linked time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipelines.metrics.settings.values import Phases, Section, StoryTypes, Texts, array


class StoryRule(Section):
    """Which stories a rule is about; every condition that is given must hold."""

    name: str = Field(min_length=1, description="Name of the rule, shown beside what it decided.")
    story_types: StoryTypes = Field(default=(), description="Story types; empty: any.")
    labels: Texts = Field(
        default=(), description="The story or its epic has one of these labels; empty: any."
    )


class CapitalizationRule(StoryRule):
    """A rule that puts the time of stories into a category."""

    category: Literal["capex", "opex", "unclassified"] = Field(
        description="capex, opex or unclassified."
    )
    capitalizable: bool = Field(
        default=False, description="Only stories under one of the labels of [capitalization]."
    )
    phases: Phases = Field(
        default=(),
        description="Only time of these phases of the story: before, during, after, unknown; empty: any.",
    )


class CapitalizationSettings(Section):
    """Which linked time is capital expenditure."""

    labels: Texts = Field(
        default=(), description="Capitalizable labels; epics count by their label."
    )
    close_after_days: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description="A month is closed this many days after its end: it stays in capitalization_closed as it was "
        "then. Without it no month is closed.",
        examples=[10],
    )
    rules: Annotated[tuple[CapitalizationRule, ...], BeforeValidator(array)] = Field(
        default=(
            CapitalizationRule(
                name="before start or after acceptance",
                category="opex",
                story_types=("feature",),
                phases=("before", "after"),
            ),
            CapitalizationRule(
                name="capitalizable feature",
                category="capex",
                story_types=("feature",),
                capitalizable=True,
            ),
            CapitalizationRule(name="bug or chore", category="opex", story_types=("bug", "chore")),
        ),
        description="Rules in order, the first that fits decides; where none fits: unclassified.",
    )


class InvestmentSettings(Section):
    """Categories of the investment balance."""

    categories: Annotated[tuple[StoryRule, ...], BeforeValidator(array)] = Field(
        default=(
            StoryRule(name="features", story_types=("feature",)),
            StoryRule(name="bugs", story_types=("bug",)),
            StoryRule(name="chores", story_types=("chore",)),
        ),
        description="Categories in order, the first that fits a story decides; where none fits: uncategorized.",
    )


class LinkSettings(Section):
    """How a time entry names the stories it was spent on."""

    sources: Annotated[
        tuple[Literal["description", "task_name", "custom_fields"], ...], BeforeValidator(array)
    ] = Field(
        default=("description", "task_name", "custom_fields"),
        description="Where story ids are looked for; the first place that names a story decides.",
    )
    custom_fields: Texts = Field(
        default=(), description="Names of the custom fields that are looked at; empty: all."
    )
    bare_ids: bool = Field(
        default=True,
        description="Whether a bare number of 8 to 10 digits links when it is a known story.",
    )
    accepted: str | None = Field(
        default=None,
        description="A CSV file of suggestions that somebody accepted, as `pipelines links review` writes it; a relative path "
        "counts from the folder of this file.",
        examples=["links.csv"],
    )
