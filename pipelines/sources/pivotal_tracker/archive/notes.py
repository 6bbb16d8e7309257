"""What was left out of an archive, assumed or replaced, as sentences that are told.

The same thing in many rows is one sentence: it names the first place and how many there are.

Here: collecting and counting. Not here: where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Notes:
    """Sentences in the order in which they first came up; iterating gives them."""

    #: By file, column and problem: the line where it came up first, and how often it did.
    _told: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def add(self, file: str, problem: str, line: int = 0, column: str = "", times: int = 1) -> None:
        """``problem`` came up in ``file``; 0 is no line."""
        self._told.setdefault((file, column, problem), [line, 0])[1] += times

    def count(self) -> int:
        """How often something came up."""
        return sum(times for _, times in self._told.values())

    def __iter__(self) -> Iterator[str]:
        for (file, column, problem), (line, times) in self._told.items():
            where = (
                file + (f", line {line}" if line else "") + (f", column {column}" if column else "")
            )
            yield (
                (f"{where}: " if where else "")
                + problem
                + (f" ({times:,} times)." if times > 1 else ".")
            )
