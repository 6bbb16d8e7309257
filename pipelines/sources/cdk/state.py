"""What is made of saved state before a read."""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import timedelta
from typing import Any

from airbyte_cdk.sources.declarative.migrations.state_migration import StateMigration

from pipelines.sources.cdk.filters import instant

_STEP_SECONDS = 10


@dataclass
class OverlappingState(StateMigration):
    """State of each partition on its own, moved back by the time that the previous read took.

    * A partition may have no state, such as a project that was added later. The CDK then gives it
      the newest state of the others, and so would never read its older rows. That state is dropped.
    * Rows may change on a page that was already read while a later page shows a newer row. Such a change is younger
      than the start of that read, so going back by its duration finds it. Steps of ten seconds keep streams that
      share requests at the same cursor, and their requests equal.
    """

    parameters: InitVar[Mapping[str, Any]]

    def should_migrate(self, stream_state: Mapping[str, Any]) -> bool:
        return "states" in stream_state

    def migrate(self, stream_state: Mapping[str, Any]) -> Mapping[str, Any]:
        seconds = int(stream_state.get("lookback_window") or 0)
        overlap = timedelta(seconds=-(-seconds // _STEP_SECONDS) * _STEP_SECONDS)
        states = [
            {
                "partition": state["partition"],
                "cursor": {
                    column: f"{instant(value) - overlap:%Y-%m-%dT%H:%M:%SZ}"
                    for column, value in state["cursor"].items()
                },
            }
            for state in stream_state["states"]
        ]
        return {"use_global_cursor": False, "states": states}
