"""What cannot be answered, said so that the next question can be better."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Question(Exception):
    """The question cannot be answered as it is; the message says what to ask instead."""


def nearest(word: str, known: Iterable[str], most: int = 5) -> list[str]:
    """The names that look most like ``word``, or hold it, the best first.

    >>> nearest("trackd_hours", ["tracked_hours", "user_id"])
    ['tracked_hours']
    """
    names = sorted(set(known))
    lowered = {name: name.lower() for name in names}
    asked = word.lower()
    holding = [name for name in names if asked and asked in lowered[name]]
    alike = difflib.get_close_matches(asked, list(lowered.values()), n=most, cutoff=0.55)
    found = [name for text in alike for name in names if lowered[name] == text]
    return list(dict.fromkeys([*found, *holding]))[:most]


def did_you_mean(word: str, known: Iterable[str], most: int = 5) -> str:
    """`` Did you mean a, b?``, with a space before it; empty where nothing is near."""
    names = nearest(word, known, most)
    return f" Did you mean {', '.join(names)}?" if names else ""
