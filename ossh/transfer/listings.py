"""Which key ranges are still being listed, and when a failed page is asked for again. Pure."""

import heapq


class Listings:
    """The ranges of one run's listing, by their rows in the manifest.

    Args:
        count: Ranges that are not finished when the run begins.
    """

    def __init__(self, count: int) -> None:
        self._open = count
        self._failures: dict[int, int] = {}  # in a row, by range
        self._cursors: dict[int, str] = {}  # of the last page, by range
        self._due: list[tuple[float, int]] = []  # (monotonic seconds, range)

    def __bool__(self) -> bool:
        """Return whether any range is not finished."""
        return self._open > 0

    def begun(self, count: int) -> None:
        """Take note that so many more ranges are listed."""
        self._open += count

    def arrived(self, listing: int, cursor: str, *, finished: bool) -> None:
        """Take note that a page of a range came.

        Only one that leads further ends a row of failures: an empty page that comes before each
        of them would have the range asked for again without end.
        """
        if cursor != self._cursors.get(listing, ""):
            self._cursors[listing] = cursor
            self._failures.pop(listing, None)
        self._open -= finished

    def failed(self, listing: int) -> int:
        """Return how many pages of a range failed in a row, this one included."""
        failures = self._failures[listing] = self._failures.get(listing, 0) + 1
        return failures

    def again(self, listing: int, when: float) -> None:
        """Have a range asked for again at a moment."""
        heapq.heappush(self._due, (when, listing))

    def hurry(self, now: float) -> None:
        """Have all that wait asked for again at once."""
        self._due = [(min(when, now), listing) for when, listing in self._due]

    def due(self, now: float) -> list[int]:
        """Return, once, the ranges whose moment has come."""
        due = []
        while self._due and self._due[0][0] <= now:
            due.append(heapq.heappop(self._due)[1])
        return due
