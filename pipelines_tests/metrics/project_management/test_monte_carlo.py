"""The simulations behind forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.project_management.monte_carlo import (
    MOST_WEEKS,
    Draws,
    Outcomes,
    stories_by_week,
    weeks_until,
)


def past(weeks: Sequence[int]) -> Any:
    return numpy.asarray(weeks, dtype=numpy.int64)


@given(
    weekly=st.integers(1, 40),
    history=st.integers(1, 60),
    stories=st.integers(1, 3000),
    weeks=st.integers(1, 60),
    seed=st.integers(0, 2**32),
    trials=st.integers(1, 300),
)
@settings(max_examples=60)
def test_constant_history_is_exact_in_every_trial(
    weekly: int, history: int, stories: int, weeks: int, seed: int, trials: int
) -> None:
    """With the same throughput every week there is only one future: ceil(stories / weekly) weeks."""
    constant = past([weekly] * history)
    draws = Draws(trials, seed)
    assert set(weeks_until(constant, stories, draws)) == {-(-stories // weekly)}
    assert [set(stories) for stories in stories_by_week(constant, weeks, draws)] == [
        {weekly * week} for week in range(1, weeks + 1)
    ]


def test_one_story_in_one_of_four_weeks_is_a_geometric_wait() -> None:
    """A week succeeds with 1/4, so the mean wait is 4 weeks and P(1 week) = 25 %; 40,000 trials, 5 sigma."""
    weeks = weeks_until(past([0, 0, 0, 1]), 1, Draws(40_000, 1))
    assert weeks.mean() == pytest.approx(4, abs=5 * numpy.sqrt(12 / 40_000))
    assert (weeks == 1).mean() == pytest.approx(0.25, abs=5 * numpy.sqrt(0.25 * 0.75 / 40_000))


def test_long_horizons_agree_with_short_steps() -> None:
    """2,000 stories at 0 or 1 a week, evenly: 2,000 successes take 4,000 weeks on average, deviation sqrt(4000)."""
    weeks = weeks_until(past([0, 1]), 2_000, Draws(4_000, 1))
    assert weeks.mean() == pytest.approx(4_000, abs=5 * numpy.sqrt(4_000 / 4_000))
    assert weeks.std() == pytest.approx(numpy.sqrt(4_000), rel=0.1)
    assert weeks.min() >= 2_000


def test_two_stories_within_two_weeks_follow_the_binomial() -> None:
    """Weeks of 0 or 2: within two weeks 0, 2 or 4 with 25, 50 and 25 %."""
    stories = stories_by_week(past([0, 2]), 2, Draws(40_000, 1))[-1]
    shares = [(stories == n).mean() for n in (0, 2, 4)]
    assert shares == [pytest.approx(share, abs=0.02) for share in (0.25, 0.5, 0.25)]


def test_steps_back_and_forth_are_a_walk() -> None:
    """One forward or one back, evenly: the first step ahead is reached at once in half of the trials, in the third week
    in one of eight (back, forward, forward), and some trials take longer than anybody waits.
    """
    weeks = weeks_until(past([1, -1]), 1, Draws(40_000, 1))
    assert (weeks == 1).mean() == pytest.approx(0.5, abs=0.02)
    assert (weeks == 3).mean() == pytest.approx(0.125, abs=0.01)
    assert not (weeks[weeks > 0] % 2 == 0).any()
    assert 0 < (weeks == 0).mean() < 0.1
    assert weeks.max() <= MOST_WEEKS + 12


@pytest.mark.parametrize("weekly", [[0, 0], [-1, 0], []])
def test_what_never_comes_nearer_has_no_end(weekly: list[int]) -> None:
    assert set(weeks_until(past(weekly), 1, Draws(10, 1))) == {0}


def test_the_same_seed_gives_the_same_futures_to_every_question() -> None:
    """Twice as many a week and twice as many to go is the same number of weeks in each trial."""
    weeks = weeks_until(past([0, 1, 3]), 20, Draws(100, 7))
    assert (weeks == weeks_until(past([0, 2, 6]), 40, Draws(100, 7))).all()
    assert (weeks != weeks_until(past([0, 1, 3]), 20, Draws(100, 8))).any()


def test_answers_are_nearest_rank() -> None:
    """Of 1 to 10 weeks: 50 % finish by the 5th, 85 % by the 9th; where two never do, 85 % do not, and 80 % by the 8th.

    Of 1 to 10 stories 50 % of the trials reach 6, 85 % reach 2, all reach 1.
    """
    ten = past(range(10, 0, -1))
    weeks, stories = Outcomes.of_weeks(ten), Outcomes.of_stories(ten)
    assert [weeks.reached_by(percent) for percent in (1, 50, 85, 95, 100)] == [1, 5, 9, 10, 10]
    never = Outcomes.of_weeks(past([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]))
    assert [never.reached_by(percent) for percent in (50, 80, 85)] == [5, 8, None]
    assert [stories.reached_or_exceeded(percent) for percent in (50, 85, 100)] == [6, 2, 1]
    assert Outcomes.of_weeks(past([3])).reached_by(50) == 3


@given(
    steps=st.lists(st.integers(-20, 40), min_size=1, max_size=30).map(past),
    to_go=st.integers(1, 300),
    percent=st.integers(1, 100),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_futures_are_walked_week_by_week(steps: Any, to_go: int, percent: int, seed: int) -> None:
    """Beside the plainest reckoning: each trial alone, its weeks added up until they suffice, its outcomes lined up."""
    trials = 40
    draws = Draws(trials, seed)
    most = -(-MOST_WEEKS // 16) * 16
    futures = steps[draws.weeks(steps.size, most)].T
    walked = []
    for future in futures:
        sums = numpy.cumsum(future)
        walked.append(next((week for week, done in enumerate(sums, 1) if done >= to_go), 0))
    weeks = weeks_until(steps, to_go, draws)
    # Where no week goes back, it is waited for longer than these futures reach.
    assert [int(week) if week <= most else 0 for week in weeks] == walked
    assert stories_by_week(steps, 20, draws).T.tolist() == futures[:, :20].cumsum(axis=1).tolist()
    lined_up = sorted(int(week) for week in weeks if week)
    rank = -(-percent * trials // 100)
    assert Outcomes.of_weeks(weeks).reached_by(percent) == (
        lined_up[rank - 1] if len(lined_up) >= rank else None
    )
    outcomes = sorted(20_000 + 1_000 * future.sum() for future in abs(futures[:, :2]))
    assert (
        Outcomes.of_stories(past(outcomes)).reached_or_exceeded(percent) == outcomes[trials - rank]
    )
