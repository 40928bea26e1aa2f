"""The objects that are under way for the longest time. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable

from ossh.transfer.messages import Task
from ossh.transfer.scheduling.item import Item
from ossh.transfer.watching import UnderWay

MOST = 8  # objects under way that are shown
LOOK_SECONDS = 0.25  # between two looks


class SlowestUnderWay:
    """Remembers for how long the objects that are under way have been so.

    Lanes are asked a few times a second what they are doing, so that an object that comes at once
    costs nothing; shown is what is met at two looks.
    """

    def __init__(self, item: Callable[[int], Item | None]) -> None:
        self._item = item
        self._since: dict[int, tuple[float, int]] = {}  # row: seconds, and what was fetched then
        self._due = float("-inf")
        self._shown: tuple[UnderWay, ...] = ()

    def at(
        self, now: float, under_way: Callable[[], Iterable[tuple[Task, int]]]
    ) -> tuple[UnderWay, ...]:
        """Return the objects under way, the longest first, as of a moment ago.

        `under_way` returns the tasks that are being done, and the bytes each has so far.
        """
        if now >= self._due:
            self._due = now + LOOK_SECONDS
            self._shown = tuple(self._look(now, under_way()))
        return self._shown

    def _look(self, now: float, under_way: Iterable[tuple[Task, int]]) -> list[UnderWay]:
        written: Counter[int] = Counter()
        for task, count in under_way:
            written[task.entry.row] += count
        before = self._since
        items = {row: item for row in written if (item := self._item(row)) is not None}
        fetched = {row: item.fetched_bytes + written[row] for row, item in items.items()}
        self._since = {row: before.get(row, (now, fetched[row])) for row in items}
        longest = sorted((row for row in items if row in before), key=lambda row: before[row][0])
        shown: list[UnderWay] = []
        for row in longest[:MOST]:
            entry, (since, received) = items[row].entry, before[row]
            here = min(items[row].part_bytes + written[row], entry.size)
            gained = max(0, fetched[row] - received)
            shown.append(UnderWay(entry.key, entry.size, here, gained, now - since))
        return shown
