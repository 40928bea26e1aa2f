"""Back-off: jitter below a bound that doubles, and never beyond the cap."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ossh.transfer.backoff import BASE_SECONDS, CAP_SECONDS, Backoff


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_a_rest_is_never_longer_than_its_bound(failures: int, seed: int) -> None:
    rest = Backoff(random.Random(seed)).after(failures)

    assert 0 <= rest <= min(CAP_SECONDS, BASE_SECONDS * 2 ** min(failures - 1, 20))


def test_rests_spread_over_the_whole_of_a_growing_range() -> None:
    backoff = Backoff(random.Random(1))

    longest = [max(backoff.after(failures) for _ in range(500)) for failures in range(1, 5)]

    assert all(0.9 * bound < one for one, bound in zip(longest, (0.5, 1, 2, 4), strict=True))
