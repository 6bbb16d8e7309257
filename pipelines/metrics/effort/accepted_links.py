"""The file of accepted links: which suggestions somebody took.

Columns ``entry_id``, ``story_id`` and ``accept``, in any order; others are ignored, so it is the file that
``pipelines links review`` writes, filled in. Here: reading and checking it. Not here: what follows (``story_references``).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.metrics.settings import MetricSettings

_COLUMNS = ("entry_id", "story_id", "accept")
_YES = {"yes", "y", "x", "1", "true"}
_NO = {"", "no", "n", "0", "false"}


class AcceptedLinksError(Exception):
    """The file cannot be used; the message names it, and the line."""


def read_accepted_links(
    settings: MetricSettings, settings_file: Path | None
) -> tuple[tuple[str, int], ...]:
    """The accepted pairs of entry and story, none where the settings name no file. Raises ``AcceptedLinksError``.

    A relative path counts from the folder of ``settings_file``.
    """
    named = settings.links.accepted
    if named is None:
        return ()
    folder = settings_file.parent if settings_file else Path()
    path = folder / Path(named).expanduser()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _pairs(path, csv.DictReader(file, strict=True))
    except OSError as error:
        raise AcceptedLinksError(f"{path}: cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise AcceptedLinksError(f"{path}: is not a CSV file in UTF-8: {error}.") from None


def _pairs(path: Path, reader: csv.DictReader[str]) -> tuple[tuple[str, int], ...]:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise AcceptedLinksError(
            f"{path}, line 1: column {missing[0]} is missing; `pipelines links review` writes a file that has it."
        )
    pairs: dict[tuple[str, int], None] = {}
    for cells in reader:
        where = f"{path}, line {reader.line_num}"
        entry, story, accept = ((cells[name] or "").strip() for name in _COLUMNS)
        if accept.lower() in _NO:
            continue
        if accept.lower() not in _YES:
            raise AcceptedLinksError(f"{where}: accept is yes, no or empty, not {accept[:40]!r}.")
        if not entry or not story.isascii() or not story.isdigit() or len(story) > 18:
            raise AcceptedLinksError(
                f"{where}: an accepted line needs the entry_id of a time entry and the number of a story as story_id."
            )
        pairs[entry, int(story)] = None
    return tuple(pairs)
