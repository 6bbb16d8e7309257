"""Parts that need packages of their own: the extras of ``pyproject.toml``, and what is said where one is not installed.

``make`` installs all of them; ``pip install .`` none.
Not here: the parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def how_to_install(extra: str) -> str:
    """The end of a sentence about what is missing."""
    return f"`pip install '.[{extra}]'` in the project's folder installs it"


@contextmanager
def needing(extra: str, part: str, error: type[Exception]) -> Iterator[None]:
    """What is imported in the block is of ``extra``; where it is missing, ``error`` says that ``part`` needs it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise error(
            f"{part} needs the package {missing.name}, which is not installed here: {how_to_install(extra)}."
        ) from None
