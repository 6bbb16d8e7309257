"""Story rules: which of the configured rules decides about a story.

Here: testing stories against rules. Not here: the rules themselves (settings) and what follows from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.metrics.settings import CapitalizationSettings, InvestmentSettings, StoryRule

RULES_BY_STORY = """
    SELECT
        story.story_id,
        rule.name AS rule,
        rule.category
    FROM project_management.story_facts AS story
    CROSS JOIN (
        SELECT unnest(getvariable('story_rules')::STRUCT(
            position INTEGER,
            name VARCHAR,
            category VARCHAR,
            story_types VARCHAR[],
            label_sets VARCHAR[][]
        )[]) AS rule
    )
    WHERE (len(rule.story_types) = 0 OR list_contains(rule.story_types, story.story_type))
        AND len(list_filter(
            rule.label_sets,
            lambda labels: NOT list_has_any(labels, coalesce(story.label_names, []))
        )) = 0
    QUALIFY row_number() OVER (PARTITION BY story.story_id ORDER BY rule.position) = 1
"""
"""SQL of (story_id, rule, category): the first rule that fits each story; stories that none fits are absent.

Reads the rules from the variable ``story_rules``. A story of an epic carries the epic's label, so the story's
labels speak for its epics too.
"""


def capitalization_rules(settings: CapitalizationSettings) -> list[dict[str, Any]]:
    """The variable ``story_rules`` for capitalization."""
    return [
        _rule(position, rule, rule.category, [settings.labels] if rule.capitalizable else [])
        for position, rule in enumerate(settings.rules)
    ]


def investment_rules(settings: InvestmentSettings) -> list[dict[str, Any]]:
    """The variable ``story_rules`` for the investment balance, where each rule is a category."""
    return [
        _rule(position, rule, rule.name, []) for position, rule in enumerate(settings.categories)
    ]


def _rule(
    position: int, rule: StoryRule, category: str, label_sets: list[tuple[str, ...]]
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
    }
