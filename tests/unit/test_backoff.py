"""Back-off: a bound that doubles and never exceeds the longest pause, with jitter or without."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ossh.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(30.0, 600.0)

    pauses = [backoff.after(failures) for failures in (*range(1, 7), 100_000)]

    assert pauses == [30, 60, 120, 240, 480, 600, 600]


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_a_rest_is_never_longer_than_its_bound(failures: int, seed: int) -> None:
    rest = Backoff(0.5, 20.0, random.Random(seed).uniform).after(failures)

    assert 0 <= rest <= min(20.0, 0.5 * 2 ** min(failures - 1, 20))


def test_rests_spread_over_the_whole_of_a_growing_range() -> None:
    backoff = Backoff(0.5, 20.0, random.Random(1).uniform)

    longest = [max(backoff.after(failures) for _ in range(500)) for failures in range(1, 5)]

    assert all(0.9 * bound < one for one, bound in zip(longest, (0.5, 1, 2, 4), strict=True))
