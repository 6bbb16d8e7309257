"""Texts for a terminal, which acts on control characters: they are shown, not sent.

Here: making a text plain. Not here: styles (``rich.text.Text`` takes them apart from the text, so that no bracket in a
text of others becomes one).
"""

from __future__ import annotations

import re

#: C0 and C1 controls but tab and line feed, and what turns the direction of a line.
_ACTED_UPON = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    r"""``text`` with control characters spelled out.

    >>> plain("done\x1b[2J")
    'done\\x1b[2J'
    """
    return _ACTED_UPON.sub(lambda found: ascii(found[0])[1:-1], text)
