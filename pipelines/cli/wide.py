"""Standard output, wide enough for a table even where it is no terminal."""

from __future__ import annotations

from rich.console import Console

_WIDTH = 130


def wide_console() -> Console:
    """A console of the terminal's width, but wide enough for our tables."""
    console = Console()
    return Console(width=max(console.width, _WIDTH))
