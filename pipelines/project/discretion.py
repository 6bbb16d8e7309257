"""Discretion: what a step, a check or a sensor raises goes into Dagster's history, so it is blotted before.

Here: the decorator for all of them. Not here: what is a secret (``texts.secrets``).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pipelines.project.texts.secrets import blot_error

_Function = TypeVar("_Function", bound=Callable[..., Any])


def discreet(function: _Function) -> _Function:
    """``function`` whose exceptions name no secret. To be put below Dagster's own decorator."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with _discretion():
            return function(*args, **kwargs)

    @functools.wraps(function)
    def generate(*args: Any, **kwargs: Any) -> Any:
        with _discretion():
            yield from function(*args, **kwargs)

    return generate if inspect.isgeneratorfunction(function) else call  # type: ignore[return-value]


@contextmanager
def _discretion() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        told = blot_error(error)
        if told is not error:
            raise told from None
        raise
