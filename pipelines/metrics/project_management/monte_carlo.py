"""Monte Carlo: many possible futures, drawn week by week from weeks that really were.

Here: the draws, and what follows from them for a number of stories. Nothing about projects or tables. Not here: which
weeks to draw from (``forecast_history``), what the results mean (``forecast``, ``forecast_backtest``, ``scopes``).

Every future week is one of the past weeks, each equally likely, independently of the others. Which past week that is
depends on the seed, the number of past weeks and the trial alone: all questions look at the same futures, so that
answers differ because of the data and never because of luck.
"""

from __future__ import annotations

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


class Draws:
    """Which past weeks the weeks of the future are, for any number of past weeks."""

    def __init__(self, trials: int, seed: int) -> None:
        self.trials = trials
        self._seed = seed
        self._blocks: dict[tuple[int, int], Any] = {}

    def block(self, past_weeks: int, number: int) -> Any:
        """Indexes of past weeks for the ``number``-th sixteen future weeks; one row per trial."""
        key = past_weeks, number
        if key not in self._blocks:
            self._blocks[key] = self.beyond(past_weeks, number).integers(
                past_weeks, size=(self.trials, _BLOCK)
            )
        return self._blocks[key]

    def weeks(self, past_weeks: int, future_weeks: int) -> Any:
        """Indexes of past weeks for so many future weeks; one row per trial."""
        import numpy

        blocks = [self.block(past_weeks, number) for number in range(-(-future_weeks // _BLOCK))]
        return numpy.concatenate(blocks, axis=1)[:, :future_weeks]

    def beyond(self, past_weeks: int, number: int) -> numpy.random.Generator:
        """Random numbers that depend on the seed and these two numbers only."""
        import numpy

        return numpy.random.default_rng((self._seed, past_weeks, number))


def stories_within(past: Integers, weeks: int, draws: Draws) -> Integers:
    """How many stories are accepted within so many weeks, in each trial; ``past``: accepted in each past week."""
    stories: Integers = past[draws.weeks(past.size, weeks)].sum(axis=1)
    return stories


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
    for number in range(-(-MOST_WEEKS // _BLOCK)):
        drawn = draws.block(steps.size, number)
        totals = steps.take(drawn if number == 0 else drawn[unfinished]).cumsum(axis=1)
        is_done = totals >= missing[:, None]
        first = is_done.argmax(axis=1)
        finishes = is_done[numpy.arange(first.size), first]
        weeks[unfinished[finishes]] = number * _BLOCK + 1 + first[finishes]
        unfinished = unfinished[~finishes]
        missing = missing[~finishes] - totals[~finishes, -1]
        if not unfinished.size:
            return weeks
    if steps.min() >= 0:
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


def reached_by(weeks: Integers, percent: int) -> int | None:
    """The smallest number of weeks within which so many percent of the trials finish; None where they do not.

    ``weeks``: as ``weeks_until`` gives them.
    """
    import numpy

    rank = -(-percent * weeks.size // 100)
    finished = numpy.sort(weeks[weeks > 0])
    return int(finished[rank - 1]) if finished.size >= rank else None


def reached_or_exceeded(stories: Integers, percent: int) -> int:
    """The largest number of stories that so many percent of the trials reach."""
    import numpy

    rank = -(-percent * stories.size // 100)
    return int(numpy.partition(stories, stories.size - rank)[stories.size - rank])
