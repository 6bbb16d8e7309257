"""Markdown that the reference pages share: tables, links to headings, the note that a page is generated."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs` from the code; edits here are lost. -->"

_WIDTH = 110


def page(title: str, *blocks: str) -> str:
    """A page: its heading, and its blocks with a blank line between them."""
    return "\n\n".join([GENERATED, f"# {title}", *blocks]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell's bars are escaped and its line breaks become spaces."""
    lines = [_line(headings), _line(["---"] * len(headings))]
    lines += [_line([_cell(text) for text in row]) for row in rows]
    return "\n".join(lines)


def item(text: str) -> str:
    """An item of a list, in lines that a person can read."""
    return textwrap.fill(
        f"* {text}", _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def link(text: str, heading: str, file: str = "") -> str:
    """A link to ``heading`` of this page, or of the page ``file``."""
    return f"[`{text}`]({file}#{anchor(heading)})"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading.

    >>> anchor("clockify.time_entries"), anchor("Metric settings")
    ('clockifytime_entries', 'metric-settings')
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def code_list(names: Iterable[str]) -> str:
    """The names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def first_sentence(text: str) -> str:
    """The text up to its first full stop or colon, on one line."""
    line = " ".join(text.split())
    found = re.match(r"(.+?[.:])(?= |$)", line)
    return found[1].rstrip(":.") + "." if found else line


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
