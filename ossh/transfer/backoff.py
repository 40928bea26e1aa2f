"""How long to rest between two tries. Pure, but for the jitter."""

import random

BASE_SECONDS = 0.5
CAP_SECONDS = 20.0
_MOST_DOUBLINGS = 32  # far beyond any longest pause; a float has room for 1,023


def doubled(first: float, doublings: int, longest: float) -> float:
    """Return seconds that double from the first on, never more than the longest."""
    return min(first * 2.0 ** min(doublings, _MOST_DOUBLINGS), longest)


class Backoff:
    """Exponential back-off with full jitter: uniform up to a bound that doubles.

    Args:
        rng: Source of the jitter.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def after(self, failures: int) -> float:
        """Return seconds to rest after so many failures in a row."""
        return self._rng.uniform(0, doubled(BASE_SECONDS, failures - 1, CAP_SECONDS))
