"""What stands for the code of a metric table: the same as long as nothing changed that its rows could depend on.

That is the module in which the table is declared, with its SQL, and all of the project's modules that it imports, directly
or through others. Rather one too many: a change that turns out not to matter costs one computation. Here: reading source
files, without importing anything. Not here: what is done when it changed.
"""

from __future__ import annotations

import hashlib
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.metrics.model import MetricTable

_PACKAGE = Path(__file__).parents[1]
_ROOT = _PACKAGE.name
#: Where all tables are put together.
_CATALOG = f"{_ROOT}.metrics.catalog"
#: Imports inside functions count as well. Names in parentheses may go over several lines.
_IMPORT = re.compile(
    rf"^[ \t]*(?:from[ \t]+({_ROOT}[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+({_ROOT}[\w.]*))",
    re.MULTILINE,
)


def code_of(table: MetricTable) -> str:
    """What stands for the code that computes ``table``, which the catalog lists."""
    digest = hashlib.sha256()
    for name in sorted(_behind(_module_of(table))):
        digest.update(f"{name} {_source(name)[0]}\n".encode())
    return digest.hexdigest()[:16]


def _module_of(table: MetricTable) -> str:
    """The module that declares ``table``, or one that imports it, which does as well; the catalog where none has it by name."""
    return next((name for name in _likely(table) if _has(name, table)), _CATALOG)


def _likely(table: MetricTable) -> Iterator[str]:
    """Names of the modules to look into. Most tables are declared where their function is."""
    yield table.compute.__module__
    yield from sorted(name for name in sys.modules if name.startswith(f"{_ROOT}.metrics."))


def _has(module: str, table: MetricTable) -> bool:
    return any(value is table for value in vars(sys.modules.get(module, object)).values())


@cache
def _behind(module: str) -> frozenset[str]:
    """``module`` and all of the project's modules that it imports, directly or through others."""
    found: set[str] = set()
    to_follow = [module]
    while to_follow:
        name = to_follow.pop()
        if name not in found:
            found.add(name)
            to_follow.extend(_source(name)[1])
    return frozenset(found)


@cache
def _source(module: str) -> tuple[str, tuple[str, ...]]:
    """A hash of the module's source, and the project's modules that it imports."""
    path = _path(module)
    if path is None:
        return "", ()
    content = path.read_bytes()
    imported = tuple(_imported(content.decode("utf-8")))
    return hashlib.sha256(content).hexdigest(), imported


def _imported(source: str) -> Iterator[str]:
    for package, names, module in _IMPORT.findall(source):
        origin = package or module
        yield origin
        # What is imported from a package may be a module of it.
        for name in re.findall(r"\w+", names):
            if _path(f"{origin}.{name}"):
                yield f"{origin}.{name}"


@cache
def _path(module: str) -> Path | None:
    """Where the source of one of the project's modules is."""
    place = _PACKAGE.joinpath(*module.split(".")[1:])
    return next(
        (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None
    )
