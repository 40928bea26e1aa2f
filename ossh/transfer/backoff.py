"""How long to rest between two tries. Pure, but for the jitter."""

import random

BASE_SECONDS = 0.5
CAP_SECONDS = 20.0
_MOST_DOUBLINGS = 32  # far beyond the cap; a float has room for 1,023


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
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        return self._rng.uniform(0, min(CAP_SECONDS, BASE_SECONDS * 2.0**doublings))
