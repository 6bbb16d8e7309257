"""What can go wrong in the warehouse, each as one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.project.texts.secrets import blotted
from pipelines.pyairbyte.destination import DestinationRefused


class WarehouseError(DestinationRefused):
    """The warehouse cannot be opened or written; the message names the setting to change."""


class PublishError(Exception):
    """A stream's records cannot be published; the table is as it was."""


class HeldBack(PublishError):
    """A read would have removed more than half of a table; the message names the setting that lets it through.

    ``missing``: the keys (as text) of those rows.
    """

    def __init__(self, message: str, missing: Sequence[str]) -> None:
        super().__init__(message)
        self.missing = missing


def not_there_yet(warehouse: str) -> WarehouseError:
    """The sentence for a reader who comes before the first writer."""
    return WarehouseError(
        f"There is no warehouse at {warehouse} yet: run a sync first, or set PIPELINES_WAREHOUSE."
    )


def first_line(error: BaseException) -> str:
    """The line of an error that is its own sentence; PostgreSQL's comes after the statement it is about.

    Of an error without a text, what it is called.
    """
    text = blotted(str(error)).strip()
    of_postgres = text.partition("ERROR:")[2].strip()
    lines = (of_postgres or text).split("\n")
    return lines[0].strip() or type(error).__name__
