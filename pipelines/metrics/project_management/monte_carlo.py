"""Monte Carlo: many possible futures, drawn week by week from weeks that really were.

Here: the draws, and what follows from them for a number of stories. Nothing about projects or tables. Not here: which
weeks to draw from (``forecast_history``), what the results mean (``forecast``, ``forecast_backtest``, ``scopes``).

Every future week is one of the past weeks, each equally likely, independently of the others. Which past week that is
depends on the seed, the number of past weeks and the trial alone: all questions look at the same futures, so that
answers differ because of the data and never because of luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Integers = numpy.typing.NDArray[numpy.int64]

#: Weeks drawn at once.
_BLOCK = 16
#: Five years. A scope that grows may never be done; what is not done by then has no end in sight.
MOST_WEEKS = 260
#: Numbers drawn at once beyond that: bounds memory to some 50 MB whatever the number of trials.
_DRAWS = 2_000_000
#: Outcomes below this are counted in a list with a place for each.
_FEW = 10_000


class Draws:
    """Which past weeks the weeks of the future are, for any number of past weeks; a row per future week, a column per trial."""

    def __init__(self, trials: int, seed: int) -> None:
        self.trials = trials
        self._seed = seed
        self._blocks: dict[tuple[int, int], Any] = {}

    def block(self, past_weeks: int, number: int) -> Any:
        """Indexes of past weeks for the ``number``-th sixteen future weeks."""
        import numpy

        key = past_weeks, number
        if key not in self._blocks:
            drawn = self.beyond(past_weeks, number).integers(past_weeks, size=(self.trials, _BLOCK))
            self._blocks[key] = numpy.ascontiguousarray(drawn.T)
        return self._blocks[key]

    def weeks(self, past_weeks: int, future_weeks: int) -> Any:
        """Indexes of past weeks for so many future weeks."""
        import numpy

        blocks = [self.block(past_weeks, number) for number in range(-(-future_weeks // _BLOCK))]
        # The first block is not copied: most questions need no more.
        return (blocks[0] if len(blocks) == 1 else numpy.concatenate(blocks))[:future_weeks]

    def beyond(self, past_weeks: int, number: int) -> numpy.random.Generator:
        """Random numbers that depend on the seed and these two numbers only."""
        import numpy

        return numpy.random.default_rng((self._seed, past_weeks, number))


def running_totals(weekly: Integers) -> Integers:
    """The sum of each row and all rows before it, in place: row by row, which takes an eighth of ``cumsum``."""
    for before, row in pairwise(weekly):
        row += before
    return weekly


def running_maxima(totals: Integers) -> Integers:
    """The largest of each row and all rows before it."""
    import numpy

    highest = totals.copy()
    for before, row in pairwise(highest):
        numpy.maximum(row, before, out=row)
    return highest


def stories_by_week(past: Integers, weeks: int, draws: Draws) -> Integers:
    """How many stories are accepted within 1, 2 and so on up to so many weeks: a row each, a column per trial.

    ``past``: accepted in each past week.
    """
    return running_totals(past.take(draws.weeks(past.size, weeks)))


def weeks_until(steps: Integers, to_go: int, draws: Draws) -> Integers:
    """The number of weeks after which ``steps`` add up to ``to_go`` (at least 1) for the first time, in each trial.

    ``steps``: by how much each past week came nearer. 0 stands for: not within ``MOST_WEEKS``, which happens only where
    a past week went backward or none came nearer.
    """
    import numpy

    weeks = numpy.zeros(draws.trials, dtype=numpy.int64)
    missing = numpy.full(draws.trials, to_go, dtype=numpy.int64)
    unfinished = numpy.arange(draws.trials)
    if not steps.max(initial=0) > 0:
        return weeks
    goes_back = steps.min() < 0
    for number in range(-(-MOST_WEEKS // _BLOCK)):
        drawn = draws.block(steps.size, number)
        totals = running_totals(
            steps.take(drawn if number == 0 else drawn.take(unfinished, axis=1))
        )
        nearest = running_maxima(totals) if goes_back else totals
        too_early = (nearest < missing).sum(axis=0, dtype=numpy.uint8).astype(numpy.int64)
        finishes = too_early < _BLOCK
        weeks[unfinished[finishes]] = number * _BLOCK + 1 + too_early[finishes]
        unfinished = unfinished[~finishes]
        missing = missing[~finishes] - totals[-1, ~finishes]
        if not unfinished.size:
            return weeks
    if not goes_back:
        weeks[unfinished] = number * _BLOCK + _BLOCK + _long_wait(steps, missing, draws)
    return weeks


def _long_wait(steps: Integers, missing: Integers, draws: Draws) -> Integers:
    """Weeks until each of ``missing`` is reached, however many, by steps that never go backward."""
    import numpy

    random = draws.beyond(steps.size, MOST_WEEKS)
    to_go = missing.copy()
    weeks = numpy.zeros(to_go.size, dtype=numpy.int64)
    unfinished = numpy.arange(to_go.size)
    while unfinished.size:
        sure = int((to_go[unfinished].min() - 1) // steps.max())
        block = max(1, min(256, _DRAWS // unfinished.size))
        if sure > block:
            # So many weeks cannot suffice in any trial, so that only their sum matters.
            to_go[unfinished] -= _sums(steps, sure, unfinished.size, random)
            weeks[unfinished] += sure
            continue
        totals = random.choice(steps, size=(unfinished.size, block)).cumsum(axis=1)
        is_done = totals >= to_go[unfinished, None]
        finishes = is_done[:, -1]
        weeks[unfinished] += numpy.where(finishes, is_done.argmax(axis=1) + 1, block)
        to_go[unfinished] -= totals[:, -1]
        unfinished = unfinished[~finishes]
    return weeks


def _sums(steps: Integers, weeks: int, trials: int, random: numpy.random.Generator) -> Integers:
    """Sums of so many drawn weeks, from how often each value is drawn."""
    import numpy

    values, counts = numpy.unique(steps, return_counts=True)
    sums: Any = random.multinomial(weeks, counts / counts.sum(), size=trials) @ values
    return numpy.asarray(sums, dtype=numpy.int64)


@dataclass(frozen=True)
class Outcomes:
    """What came out how often: ``values`` rise, ``counts`` are of trials. Those that never finish are in neither."""

    values: Integers
    counts: Integers
    trials: int

    @classmethod
    def of_weeks(cls, weeks: Integers) -> Outcomes:
        """Of what ``weeks_until`` gives."""
        return cls._of(weeks[weeks > 0], weeks.size)

    @classmethod
    def of_stories(cls, stories: Integers) -> Outcomes:
        """Of a row of ``stories_by_week``."""
        return cls._of(stories, stories.size)

    @classmethod
    def _of(cls, finished: Integers, trials: int) -> Outcomes:
        import numpy

        if finished.max(initial=0) >= _FEW:
            values, counts = numpy.unique(finished, return_counts=True)
            return cls(values, counts, trials)
        # Counting small numbers takes a fifth of sorting them.
        counted = numpy.bincount(finished)
        values = counted.nonzero()[0]
        return cls(values, counted[values], trials)

    def reached_by(self, percent: int) -> int | None:
        """The smallest outcome that so many percent of the trials do not exceed; None where too few finish."""
        place = self._place(-(-percent * self.trials // 100) - 1)
        return int(self.values[place]) if place < self.values.size else None

    def reached_or_exceeded(self, percent: int) -> int:
        """The largest outcome that so many percent of the trials reach, where all finish."""
        return int(self.values[self._place(self.trials - -(-percent * self.trials // 100))])

    def _place(self, rank: int) -> int:
        """Where the outcome is that comes after ``rank`` others, when they are lined up."""
        return int(self._up_to.searchsorted(rank, "right"))

    @cached_property
    def _up_to(self) -> Integers:
        sums: Integers = self.counts.cumsum()
        return sums
