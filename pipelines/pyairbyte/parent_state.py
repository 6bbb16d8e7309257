"""The state of a stream that is read by parent, in the form that Airbyte gives it.

Here: keeping the state of some parents as it was. Not here: where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from pipelines.pyairbyte.props import AirbyteStreamProps


def state_but_of(
    parents: Set[str],
    reached: Mapping[str, Any] | None,
    before: Mapping[str, Any],
    props: AirbyteStreamProps,
) -> dict[str, Any] | None:
    """The state that a read ``reached``, but of ``parents`` (ids as text) the one ``before``, if there was any.

    What was refused of a parent is asked for again from where its last read ended, or from the beginning.
    """
    if reached is None or not parents or props.scope is None:
        return None if reached is None else dict(reached)
    column = props.scope.column

    def of(state: Mapping[str, Any], *, refused: bool) -> list[Any]:
        return [
            entry
            for entry in state.get("states", ())
            if (str(entry["partition"].get(column)) in parents) == refused
        ]

    return {**reached, "states": [*of(reached, refused=False), *of(before, refused=True)]}
