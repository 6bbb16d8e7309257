"""Drawings that are kept: one of the same specification, drawn by the same code, is read instead of drawn again.

A specification has all data of its chart inside, so what stands for it stands for the drawing. Here: the folder, and what
leaves it. Not here: drawing (``render``, ``page_drawing``).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines.project.files import replaced

#: Days after which a drawing goes that nobody asked for.
_DAYS = 14
_DAY = 86_400
_folder: ContextVar[Path | None] = ContextVar("folder of drawings", default=None)


@contextmanager
def drawings_kept(folder: Path) -> Iterator[None]:
    """Within the block drawings are kept in ``folder``; those that nobody asked for in two weeks go at its end."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)
        _forget(folder)


def drawn_once(specification: dict[str, Any], form: str, draw: Callable[[], bytes]) -> bytes:
    """What ``draw`` makes of ``specification``, or made of it before in this ``form`` (a suffix, and what tells forms apart)."""
    folder = _folder.get()
    if folder is None:
        return draw()
    file = folder / f"{_key(specification, form)}.{form.partition(' ')[0]}"
    with suppress(OSError):
        drawn = file.read_bytes()
        file.touch()
        return drawn
    drawn = draw()
    # A drawing that cannot be kept, as on a full disk, is a drawing all the same.
    with suppress(OSError), replaced(file) as written:
        written.write_bytes(drawn)
    return drawn


def _key(specification: dict[str, Any], form: str) -> str:
    told = json.dumps((specification, form, _code()), sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@cache
def _code() -> list[str]:
    """What stands for the code that draws: the library, and the modules beside this one."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    read = hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()
    return [version("vl-convert-python"), read]


def _forget(folder: Path) -> None:
    limit = time.time() - _DAYS * _DAY
    with suppress(OSError):
        for file in folder.iterdir():
            # Another process may do the same.
            with suppress(OSError):
                if file.stat().st_mtime < limit:
                    file.unlink()
