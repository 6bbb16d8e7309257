"""What can go wrong in the warehouse, each as one sentence that says what to do."""

from __future__ import annotations

from pipelines.pyairbyte.destination import DestinationRefused


class WarehouseError(DestinationRefused):
    """The warehouse cannot be opened or written; the message names the setting to change."""


class PublishError(Exception):
    """A stream's records cannot be published; the table is as it was."""


class HeldBack(PublishError):
    """A read would have removed more than half of a table; the message names the setting that lets it through."""
