"""Monte Carlo: many possible futures, drawn week by week from weeks that really were.

Here: the two simulations, and nothing about projects or tables. Not here: which weeks to draw from and what the
results mean (``forecast``, ``progress``).

Every future week is one of the past weeks, each equally likely, independently of the others. ``weekly`` are the
stories accepted in each past week, at least one of them above zero where a number of weeks is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Integers = numpy.typing.NDArray[numpy.int64]

#: Numbers drawn at once: bounds memory to some 50 MB whatever the number of trials.
_DRAWS = 2_000_000


def generator(*seed: int) -> numpy.random.Generator:
    """Random numbers that depend on these whole numbers only."""
    import numpy

    return numpy.random.default_rng(seed)


def stories_within(
    weekly: Sequence[int], weeks: int, trials: int, random: numpy.random.Generator
) -> Integers:
    """How many stories are accepted within so many weeks, in each trial."""
    import numpy

    past = numpy.asarray(weekly, dtype=numpy.int64)
    stories = numpy.zeros(trials, dtype=numpy.int64)
    for _ in range(weeks):
        stories += random.choice(past, size=trials)
    return stories


def weeks_until(
    weekly: Sequence[int], stories: int, trials: int, random: numpy.random.Generator
) -> Integers:
    """The number of weeks after which so many stories (at least one) are accepted, in each trial."""
    import numpy

    past = numpy.asarray(weekly, dtype=numpy.int64)
    if not past.max(initial=0) > 0:
        message = "without a week in which something was accepted, nothing is ever finished"
        raise ValueError(message)
    weeks = numpy.zeros(trials, dtype=numpy.int64)
    to_go = numpy.full(trials, stories, dtype=numpy.int64)
    unfinished = numpy.arange(trials)
    while unfinished.size:
        sure = int((to_go[unfinished].min() - 1) // past.max())
        block = max(1, min(256, _DRAWS // unfinished.size))
        if sure > block:
            # So many weeks cannot suffice in any trial, so that only their sum matters.
            to_go[unfinished] -= _sums(past, sure, unfinished.size, random)
            weeks[unfinished] += sure
            continue
        totals = random.choice(past, size=(unfinished.size, block)).cumsum(axis=1)
        is_done = totals >= to_go[unfinished, None]
        finishes = is_done[:, -1]
        weeks[unfinished] += numpy.where(finishes, is_done.argmax(axis=1) + 1, block)
        to_go[unfinished] -= totals[:, -1]
        unfinished = unfinished[~finishes]
    return weeks


def _sums(past: Integers, weeks: int, trials: int, random: numpy.random.Generator) -> Integers:
    """Sums of so many drawn weeks, from how often each value is drawn."""
    import numpy

    values, counts = numpy.unique(past, return_counts=True)
    sums: Any = random.multinomial(weeks, counts / counts.sum(), size=trials) @ values
    return numpy.asarray(sums, dtype=numpy.int64)


def nearest_rank(outcomes: Integers, percent: int) -> int:
    """The smallest outcome with at least so many percent of the outcomes at or below it."""
    import numpy

    rank = -(-percent * outcomes.size // 100)
    return int(numpy.sort(outcomes)[max(rank, 1) - 1])
