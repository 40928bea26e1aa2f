"""Objects charged with lost connections while perhaps the network was going away. Pure.

Such a charge is held until the service answers somebody: then it stands. When the network turns
out to be gone, it is taken back.
"""

from collections.abc import Iterator

from ossh.model import Failure
from ossh.transfer.answers import LOST
from ossh.transfer.item import Item

MAX_OUTAGES = 10  # that one object may put its lost connections down to


class Suspects:
    """The charges since the service last answered."""

    def __init__(self) -> None:
        self._charges: dict[int, tuple[Item, int]] = {}  # by row

    def charged(self, item: Item, failure: Failure) -> None:
        """Take note of a charge that the network may be to blame for."""
        if failure.cause in LOST and item.outages < MAX_OUTAGES:
            row = item.entry.row
            self._charges[row] = item, self._charges.get(row, (item, 0))[1] + 1

    def loaded(self, item: Item) -> None:
        """Take note that an object came back into memory as another item."""
        row = item.entry.row
        if row in self._charges:
            self._charges[row] = item, self._charges[row][1]

    def left(self, item: Item) -> None:
        """Let the charges of an object stand that has come to its end."""
        self._charges.pop(item.entry.row, None)

    def clear(self) -> None:
        """Let all charges stand: somebody was answered."""
        self._charges.clear()

    def acquit(self, max_attempts: int) -> Iterator[tuple[Item, bool]]:
        """Take all charges back; yield each item, and whether they had ended it."""
        charges, self._charges = self._charges, {}
        for item, count in charges.values():
            was_ended = item.attempts >= max_attempts
            item.attempts -= count
            item.outages += 1
            yield item, was_ended
