"""PyAirbyte for Dagster: declared streams become assets, a run reads the selected ones into a staging cache.

Here: what any PyAirbyte source needs (props, translator, decorator, resource, component, staging, executor and what these
use). Not here: the names of our sources, tables or settings, and nothing about where the data goes: a *destination*
(see ``destination``) is handed in. ``airbyte`` itself is imported inside functions only, because its import takes
seconds and a code server, a sensor or a metric must never pay for it.
"""

from typing import Any

__all__ = ["PyAirbyteComponent"]


def __getattr__(name: str) -> Any:
    """``PyAirbyteComponent`` when it is asked for: whoever needs only the props must not import Dagster."""
    if name == "PyAirbyteComponent":
        from pipelines.pyairbyte.component import PyAirbyteComponent

        return PyAirbyteComponent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
