"""A story as Markdown, for people and language models alike.

Not here: where the story's facts come from (``story_documents``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


def story_text(story: dict[str, Any]) -> str:
    """The story's title and facts, then the sections that have something to say, in Markdown."""
    parts = [
        f"# {story['name'] or 'Untitled'}",
        _facts(story),
        _section("Description", story["description"]),
        _section("Comments", _comments(story["comments"])),
        _section("State history", _states(story["states"])),
        _section("Tracked time and cost", _effort(story)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, text: str | None) -> str:
    return f"## {title}\n\n{text.strip()}" if text and text.strip() else ""


def _facts(story: dict[str, Any]) -> str:
    facts = [
        f"{(story['story_type'] or 'story').capitalize()} #{story['story_id']} of {story['project']}, "
        f"{story['current_state']}",
        f"Estimate: {_points(story['estimate'])}",
        _named("Epics", story["epics"]),
        _named("Labels", story["label_names"]),
        _named("Owners", story["owners"]),
        f"Requested by: {story['requested_by']}" if story["requested_by"] else "",
        f"Cycle time: {_duration(story['cycle_hours'])}"
        if story["cycle_hours"] is not None
        else "",
        f"URL: {story['url']}" if story["url"] else "",
    ]
    return "\n".join(f"- {fact}" for fact in facts if fact)


def _points(estimate: float | None) -> str:
    if estimate is None:
        return "none"
    return f"{estimate:g} {'point' if estimate == 1 else 'points'}"


def _named(title: str, names: list[str] | None) -> str:
    return f"{title}: {', '.join(names)}" if names else ""


def _comments(comments: list[dict[str, Any]]) -> str:
    return "\n\n".join(
        f"**{comment['author'] or 'Somebody'}, {_minute(comment['at'])}**\n\n{comment['text'].strip()}"
        for comment in comments
    )


def _states(states: list[dict[str, Any]]) -> str:
    return "\n".join(f"- {_state(state)}" for state in states)


def _state(state: dict[str, Any]) -> str:
    assumed = "assumed " if state["is_assumed"] else ""
    so_far = " so far" if state["is_open"] else ""
    person = f", by {state['by']}" if state["by"] else ""
    return f"{assumed}{state['state']} from {_minute(state['at'])} for {_duration(state['hours'])}{so_far}{person}"


def _effort(story: dict[str, Any]) -> str:
    if story["hours"] is None:
        return "No tracked time names this story."
    people = story["contributors"]
    lines = [f"- {story['hours']:,.1f} h by {people} {'person' if people == 1 else 'people'}"]
    for name in ("cost", "revenue"):
        amounts = [
            f"{amount['currency']} {amount[name]:,.2f}"
            for amount in story["amounts"]
            if amount[name] is not None
        ]
        if amounts:
            lines.append(f"- {name.capitalize()}: {' and '.join(amounts)}")
    return "\n".join(lines)


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "an unknown time"


def _duration(hours: float | None) -> str:
    if hours is None:
        return "an unknown time"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
