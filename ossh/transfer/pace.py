"""How many connections to use: few at first, more while that pays, half when throttled. Pure."""

FIRST = 16
INTERVAL_SECONDS = 0.5  # long enough to tell a trend from noise
GROWTH = 1.5
WORTH = 1.05  # growth that does not bring 5 % more is not worth keeping on with
STREAMS = 8  # one connection each; far fewer fill a fast line, more a slow one


class Pace:
    """Adapts the number of connections to what they bring.

    Args:
        limit: Never more connections than this.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._now = min(FIRST, self._limit)
        self._since: float | None = None
        self._start = 0.0
        self._best = 0.0
        self._halved_at = float("-inf")

    @property
    def connections(self) -> int:
        """Return how many requests may be under way."""
        return min(self._now, self._limit)

    def set_limit(self, limit: int) -> None:
        """Change the most there may be; a rise is grown into."""
        self._limit = max(1, limit)
        self._best = 0.0

    def progress(self, work: float, now: float, *, is_busy: bool) -> None:
        """Take note of the work done so far and grow when growing paid.

        Args:
            work: Cumulative; any unit that grows with throughput.
            now: Monotonic seconds.
            is_busy: Whether there was more to do than connections to do it with.
        """
        if self._since is None or not is_busy:
            self._since, self._start = now, work
            return
        if now - self._since < INTERVAL_SECONDS:
            return
        speed = (work - self._start) / (now - self._since)
        if speed > self._best * WORTH:
            self._best = speed
            self._now = min(self._limit, max(self._now + 1, int(self._now * GROWTH)))
        self._since, self._start = now, work

    def throttled(self, now: float) -> None:
        """Halve, at most once an interval: many refusals at once are one event."""
        if now - self._halved_at < INTERVAL_SECONDS:
            return
        self._halved_at = now
        self._now = max(1, min(self._now, self._limit) // 2)
        self._best = 0.0
