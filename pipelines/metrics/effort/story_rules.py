"""Story rules: which of the configured rules decides about a story.

Here: testing stories against rules. Not here: the rules themselves (settings) and what follows from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.metrics.settings import CapitalizationSettings, InvestmentSettings, StoryRule

#: Those of ``time_story_links``.
_PHASES = ("before", "during", "after", "unknown")

RULES_BY_STORY = """
    SELECT
        story.story_id,
        phase,
        rule.name AS rule,
        rule.category
    FROM project_management.story_facts AS story
    CROSS JOIN (
        SELECT unnest(getvariable('story_rules')::STRUCT(
            position INTEGER,
            name VARCHAR,
            category VARCHAR,
            story_types VARCHAR[],
            label_sets VARCHAR[][],
            phases VARCHAR[]
        )[]) AS rule
    )
    CROSS JOIN (SELECT unnest(getvariable('story_phases')::VARCHAR[]) AS phase)
    WHERE (len(rule.story_types) = 0 OR list_contains(rule.story_types, story.story_type))
        AND (len(rule.phases) = 0 OR list_contains(rule.phases, phase))
        AND len(list_filter(
            rule.label_sets,
            lambda labels: NOT list_has_any(labels, coalesce(story.label_names, []))
        )) = 0
    QUALIFY row_number() OVER (PARTITION BY story.story_id, phase ORDER BY rule.position) = 1
"""
"""SQL of (story_id, phase, rule, category): the first rule that fits each story in each phase; where none fits: absent.

Reads the rules and the phases they are asked for from the variables ``story_rules`` and ``story_phases``. A story of an epic carries the epic's label, so the story's
labels speak for its epics too.
"""


def capitalization_rules(settings: CapitalizationSettings) -> dict[str, Any]:
    """The variables for capitalization, whose rules may be about phases of a story."""
    rules = [
        _rule(
            position,
            rule,
            rule.category,
            [settings.labels] if rule.capitalizable else [],
            rule.phases,
        )
        for position, rule in enumerate(settings.rules)
    ]
    return {"story_rules": rules, "story_phases": list(_PHASES)}


def investment_rules(settings: InvestmentSettings) -> dict[str, Any]:
    """The variables for the investment balance, where each rule is a category and phases do not matter."""
    rules = [
        _rule(position, rule, rule.name, []) for position, rule in enumerate(settings.categories)
    ]
    return {"story_rules": rules, "story_phases": ["any"]}


def _rule(
    position: int,
    rule: StoryRule,
    category: str,
    label_sets: list[tuple[str, ...]],
    phases: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A rule as its row: a story fits when it has a label of *every* set; Tracker keeps labels in lower case."""
    if rule.labels:
        label_sets = [*label_sets, rule.labels]
    return {
        "position": position,
        "name": rule.name,
        "category": category,
        "story_types": list(rule.story_types),
        "label_sets": [[label.strip().lower() for label in labels] for labels in label_sets],
        "phases": list(phases),
    }
