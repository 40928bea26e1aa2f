"""How long to rest between two tries: twice as long each time, up to a bound. Pure.

For objects `retry_policy` says from where to where, for the whole service `service_health`.
"""

from collections.abc import Callable
from dataclasses import dataclass

_MOST_DOUBLINGS = 32  # far beyond any longest pause; a float has room for 1,023


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that grow exponentially.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
    """

    first: float  # seconds to rest after the first failure
    longest: float  # seconds; no pause is longer
    # Draws from a range, as `Random.uniform` does: full jitter, for what many do at once. Without
    # it a pause is exactly as long as its bound.
    jitter: Callable[[float, float], float] | None = None

    def after(self, failures: int) -> float:
        """Return seconds to rest after so many failures in a row, at least one."""
        bound = min(self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), self.longest)
        return bound if self.jitter is None else self.jitter(0.0, bound)
