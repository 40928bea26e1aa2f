"""The recent speed of a run, from what it has received so far. Pure."""

# How far back the speed looks, in seconds.
WINDOW_SECONDS = 8.0


class Speed:
    """The recent speed of a run, from cumulative counts.

    Args:
        window: Seconds that count as recent.
    """

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._points: list[tuple[float, int]] = []

    def at(self, now: float, received: int) -> float:
        """Add a count of bytes and return bytes per second over the window."""
        self._points.append((now, received))
        while len(self._points) > 2 and self._points[1][0] <= now - self._window:  # noqa: PLR2004 - two points make a speed
            self._points.pop(0)
        (since, before), (until, after) = self._points[0], self._points[-1]
        return (after - before) / (until - since) if until > since else 0.0
