"""What this project leans on in a library that does not promise it: a use, and the sentence when it changed.

Here: how a use is compared with the library. Not here: which there are.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Use:
    """``name`` of ``owner`` is used or overridden in the module ``by``; ``parameters`` are those that it must take."""

    owner: Any
    name: str
    by: str
    parameters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{getattr(self.owner, '__name__', self.owner)}.{self.name}"

    def hold(self) -> None:
        """Fail with a sentence where it is not as it was."""
        advice = f"{self.by} leans on it: see what upstream does now, and change both."
        if inspect.isclass(self.owner) and not hasattr(self.owner, self.name):
            # An attribute of an instance.
            text = "".join(
                inspect.getsource(each) for each in self.owner.__mro__ if each is not object
            )
            assert f"self.{self.name}" in text or f"{self.name}:" in text, (
                f"{self} is gone. {advice}"
            )
            return
        assert hasattr(self.owner, self.name), f"{self} is gone. {advice}"
        if self.parameters:
            taken = inspect.signature(getattr(self.owner, self.name)).parameters
            is_open = any(p.kind is p.VAR_KEYWORD for p in taken.values())
            missing = [name for name in self.parameters if name not in taken]
            assert is_open or not missing, (
                f"{self} takes {list(taken)} and no {', '.join(missing)} any more. {advice}"
            )
