"""The simulations behind forecasts."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.metrics.project_management.monte_carlo import (
    generator,
    nearest_rank,
    stories_within,
    weeks_until,
)


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
    past = [weekly] * history
    assert set(weeks_until(past, stories, trials, generator(seed))) == {-(-stories // weekly)}
    assert set(stories_within(past, weeks, trials, generator(seed))) == {weekly * weeks}


def test_one_story_in_one_of_four_weeks_is_a_geometric_wait() -> None:
    """A week succeeds with 1/4, so the mean wait is 4 weeks and P(1 week) = 25 %; 40,000 trials, 5 sigma."""
    weeks = weeks_until([0, 0, 0, 1], 1, 40_000, generator(1))
    assert weeks.mean() == pytest.approx(4, abs=5 * numpy.sqrt(12 / 40_000))
    assert (weeks == 1).mean() == pytest.approx(0.25, abs=5 * numpy.sqrt(0.25 * 0.75 / 40_000))


def test_long_horizons_agree_with_short_steps() -> None:
    """2,000 stories at 0 or 1 a week, evenly: 2,000 successes take 4,000 weeks on average, deviation sqrt(4000)."""
    weeks = weeks_until([0, 1], 2_000, 4_000, generator(1))
    assert weeks.mean() == pytest.approx(4_000, abs=5 * numpy.sqrt(4_000 / 4_000))
    assert weeks.std() == pytest.approx(numpy.sqrt(4_000), rel=0.1)
    assert weeks.min() >= 2_000


def test_two_stories_within_two_weeks_follow_the_binomial() -> None:
    """Weeks of 0 or 2: within two weeks 0, 2 or 4 with 25, 50 and 25 %."""
    stories = stories_within([0, 2], 2, 40_000, generator(1))
    shares = [(stories == n).mean() for n in (0, 2, 4)]
    assert shares == [pytest.approx(share, abs=0.02) for share in (0.25, 0.5, 0.25)]


def test_nothing_ever_accepted_never_ends() -> None:
    with pytest.raises(ValueError, match="nothing is ever finished"):
        weeks_until([0, 0], 1, 10, generator(1))


def test_the_same_seed_gives_the_same_futures() -> None:
    assert (
        weeks_until([0, 1, 3], 20, 100, generator(7, 1))
        == weeks_until([0, 1, 3], 20, 100, generator(7, 1))
    ).all()
    assert (
        weeks_until([0, 1, 3], 20, 100, generator(7, 1))
        != weeks_until([0, 1, 3], 20, 100, generator(7, 2))
    ).any()


def test_nearest_rank() -> None:
    """Of 1 to 10: 50 % is the 5th, 85 % the 9th, 95 % the 10th; of one outcome it is that one."""
    outcomes = numpy.arange(10, 0, -1)
    assert [nearest_rank(outcomes, percent) for percent in (1, 50, 85, 95, 100)] == [
        1,
        5,
        9,
        10,
        10,
    ]
    assert nearest_rank(numpy.array([3]), 50) == 3
