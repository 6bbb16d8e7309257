"""Overtaking: which part of what is added to a project's scope is done before the stories that were open already.

Here: learning that part from the project's own past. Not here: the past itself (``forecast_history``), what is drawn
from it (``monte_carlo``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.metrics.project_management.monte_carlo import running_maxima, running_totals

if TYPE_CHECKING:
    from pipelines.metrics.project_management.forecast_history import ProjectHistory
    from pipelines.metrics.project_management.monte_carlo import Draws, Integers

#: Parts are learned in tenths: finer ones would only follow chance, and whole numbers add up exactly.
PARTS = 10
#: Past forecasts at 85 % that must have been kept. More than 85 %: neighbouring Mondays have most of their stories in common,
#: so that a dozen of them are as few cases as three or four, and the part that just suffices for so few flatters. On the demo
#: company and nine other generated ones, 44 to 57 dates each, this kept 76 to 98 %, in nine of ten 75 to 95; 90 kept 69 to 96 %,
#: in seven of ten 75 to 95.
KEPT_PCT = 95
_CONFIDENCE_PCT = 85
_TRIALS = 1_000


@dataclass(frozen=True)
class Past:
    """The weeks that a forecast draws from, as known at a moment.

    Accepted stories and growth of each, and ``overtaking``: how many tenths of the growth count.
    """

    accepted: Integers
    growth: Integers
    overtaking: int

    def steps(self, scope: str) -> Integers:
        """By how many tenths of a story each week came nearer to the end of the open stories."""
        if scope == "fixed":
            return PARTS * self.accepted
        return PARTS * self.accepted - self.overtaking * self.growth


def past_of(history: ProjectHistory, moment: int, weeks: int, draws: Draws) -> Past | None:
    """The last ``weeks`` complete weeks before the moment; None where nothing was accepted in them."""
    complete = history.complete_weeks(moment)
    first = max(complete - weeks, 0)
    accepted = history.weekly_accepted[moment, first:complete]
    if not accepted.any():
        return None
    growth = history.weekly_growth[moment, first:complete]
    open_then, weeks_then = _done_since(history, moment, first)
    return Past(accepted, growth, _learn(accepted, growth, open_then, weeks_then, draws))


def _done_since(history: ProjectHistory, moment: int, first_week: int) -> tuple[Integers, Integers]:
    """Open stories of each Monday from a week on, and the weeks until they were done, where that was known by then."""
    begins = max(int(history.week_bounds[first_week]), history.log_begins)
    mondays = history.moments[:-1]
    is_known = (
        (mondays >= begins)
        & (mondays < history.moments[moment])
        & (history.done_at[:-1] <= history.moments[moment])
        & (history.open_stories[:-1] > 0)
    )
    return history.open_stories[:-1][is_known], history.weeks_to_done[is_known]


def _learn(
    accepted: Integers, growth: Integers, open_then: Integers, weeks_then: Integers, draws: Draws
) -> int:
    """The smallest part with which enough of the forecasts made then would have been kept; all, where nothing tells."""
    import numpy

    if not open_then.size:
        return PARTS
    drawn = draws.weeks(accepted.size, max(int(weeks_then.max()) - 1, 1))[:, :_TRIALS]
    trials = drawn.shape[1]
    rank = trials - -(-_CONFIDENCE_PCT * trials // 100)

    def suffices(part: int) -> bool:
        nearest = running_maxima(running_totals((PARTS * accepted - part * growth).take(drawn)))
        # What 85 % of the trials had done a week too early; a first week cannot be too early.
        done = numpy.append(0, numpy.partition(nearest, rank)[:, rank])
        kept = done[weeks_then - 1] < PARTS * open_then
        return bool(100 * kept.sum() >= KEPT_PCT * kept.size)

    least, most = 0, PARTS
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if suffices(middle) else (middle + 1, most)
    return least
