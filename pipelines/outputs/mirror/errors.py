"""What can go wrong with a mirror, as one sentence that says what to do."""

from __future__ import annotations

from pipelines.project.texts.secrets import blotted


class MirrorError(Exception):
    """Nothing more can be delivered; the message names the setting to change and holds no secret."""


def missing_rows(address: str, sent: int, arrived: int) -> MirrorError:
    """The sentence for a table of which not all rows arrived."""
    return MirrorError(
        f"{address} has {sent:,} rows, of which {arrived:,} arrived in the mirror: run again, and look at the mirror "
        "that PIPELINES_MIRROR names if that does not help."
    )


def first_words(error: BaseException) -> str:
    """The first line of what another system says."""
    return (blotted(str(error)).strip() or type(error).__name__).splitlines()[0].strip()
