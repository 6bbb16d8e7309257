"""What a check of ``effort.reconciliation`` is: two sums that must be the same, key by key.

Here: the vocabulary. Not here: any check (``time_sums``, ``delivery_sums``, ``clockify_sums``).
"""

from __future__ import annotations

from dataclasses import dataclass

#: Entries have whole seconds: a lost or doubled second of one entry shows, the rounding of fractions does not.
HALF_A_SECOND = 0.5 / 3600
#: For counts.
HALF = 0.5


@dataclass(frozen=True)
class SumCheck:
    """``sides`` is SQL of rows with ``key``, ``left_value`` and ``right_value``; a row may have either side.

    ``left`` and ``right`` say in words what is summed, ``key`` by what. ``tables`` are the metric tables it reads: where
    one of them does not exist, because its source is off, the check has no row. ``raw`` are the streams it reads.
    """

    name: str
    left: str
    right: str
    key: str
    tolerance: float
    sides: str
    tables: tuple[str, ...]
    raw: tuple[str, ...] = ()
