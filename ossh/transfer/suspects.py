"""Objects charged with lost connections while perhaps the network was going away. Pure.

Such a charge is held until the service answers what was asked later: then it stands. When the
network turns out to be gone, it is taken back. An answer to an earlier request proves nothing: it
may have come just before the network went, and be reported just after.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ossh.model import Failure
from ossh.transfer.answers import LOST
from ossh.transfer.item import Item

MAX_OUTAGES = 10  # that one object may put its lost connections down to


@dataclass(frozen=True, slots=True)
class _Charges:
    """What one object was charged with since the network was last known to work."""

    item: Item
    count: int
    sent: int  # tasks that the run had sent by then


class Suspects:
    """The charges since the service last answered, the oldest first."""

    def __init__(self) -> None:
        self._charges: dict[int, _Charges] = {}  # by row

    def charged(self, item: Item, failure: Failure, sent: int) -> None:
        """Take note of a charge that the network may be to blame for.

        Args:
            item: That was charged.
            failure: For which.
            sent: Tasks that the run has sent so far.
        """
        if failure.cause in LOST and item.outages < MAX_OUTAGES:
            before = self._charges.pop(item.entry.row, None)
            count = 1 if before is None else before.count + 1
            self._charges[item.entry.row] = _Charges(item, count, sent)

    def loaded(self, item: Item) -> None:
        """Take note that an object came back into memory as another item."""
        row = item.entry.row
        if row in self._charges:
            self._charges[row] = replace(self._charges[row], item=item)

    def left(self, item: Item) -> None:
        """Let the charges of an object stand that has come to its end."""
        self._charges.pop(item.entry.row, None)

    def answered(self, item: Item) -> None:
        """Let the charges stand that came before this object, now answered, was asked for."""
        while self._charges:
            row, oldest = next(iter(self._charges.items()))
            if oldest.sent >= item.sent:
                return
            del self._charges[row]

    def acquit(self, max_attempts: int) -> Iterator[tuple[Item, bool]]:
        """Take all charges back; yield each item, and whether they had ended it."""
        charges, self._charges = self._charges, {}
        for charge in charges.values():
            item = charge.item
            was_ended = item.attempts >= max_attempts
            item.attempts -= charge.count
            item.outages += 1
            yield item, was_ended
