"""The objects that are under way for the longest time, for those who watch. Pure.

Lanes are asked a few times a second what they are doing, so that an object that comes at once
costs nothing; shown is what is met at two looks.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from ossh.transfer.item import Item
from ossh.transfer.messages import Task, UnderWay

MOST = 8  # objects shown
LOOK_SECONDS = 0.25  # between two looks


class Slowest:
    """Remembers since when the objects are under way that are so now.

    Args:
        item: Finds the object of a row.
    """

    def __init__(self, item: Callable[[int], Item | None]) -> None:
        self._item = item
        self._since: dict[int, tuple[float, int]] = {}  # row: seconds, and what was fetched then
        self._due = float("-inf")
        self._shown: tuple[UnderWay, ...] = ()

    def at(
        self, now: float, under_way: Callable[[], Iterable[tuple[Task, int]]]
    ) -> tuple[UnderWay, ...]:
        """Return them, the longest first, as of a moment ago.

        Args:
            now: Monotonic seconds.
            under_way: Tells the tasks that are being done, and the bytes each has so far.
        """
        if now >= self._due:
            self._due = now + LOOK_SECONDS
            self._shown = tuple(self._look(now, under_way()))
        return self._shown

    def _look(self, now: float, under_way: Iterable[tuple[Task, int]]) -> list[UnderWay]:
        written: Counter[int] = Counter()
        for task, count in under_way:
            written[task.row] += count
        before, self._since = self._since, {}
        items = {row: item for row in written if (item := self._item(row)) is not None}
        fetched = {row: item.fetched_bytes + written[row] for row, item in items.items()}
        self._since = {row: before.get(row, (now, fetched[row])) for row in items}
        longest = sorted((row for row in items if row in before), key=lambda row: before[row][0])
        return [
            self._told(items[row], written[row], fetched[row] - before[row][1], before[row][0], now)
            for row in longest[:MOST]
        ]

    def _told(self, item: Item, written: int, received: int, since: float, now: float) -> UnderWay:
        entry = item.entry
        here = min(item.part_bytes + written, entry.size)
        return UnderWay(entry.key, entry.size, here, max(0, received), now - since)
