"""Objects charged with what perhaps was the fault of the way to the service. Pure.

A connection may have been lost as the network went away, and a page that is not the service's may
come from a filter that blocks one object or from a portal in front of all. Such a charge is held
until the service answers what was asked later: then it stands. When the way turns out to be
closed, it is taken back. An answer to an earlier request proves nothing: it may have come just
before the network went, and be reported just after.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ossh.model import Cause, Failure
from ossh.transfer.answers import DOUBTFUL
from ossh.transfer.item import Item

MAX_OUTAGES = 10  # that one object may put its failures down to


@dataclass(frozen=True, slots=True)
class _Charges:
    """What one object was charged with since the network was last known to work."""

    item: Item
    count: int
    sent: int  # tasks that the run had sent by then
    is_blocked: bool  # something else than the service answered


class Suspects:
    """The charges since the service last answered, the oldest first."""

    def __init__(self) -> None:
        self._charges: dict[int, _Charges] = {}  # by row

    def charged(self, item: Item, failure: Failure, sent: int) -> None:
        """Take note of a charge that the way to the service may be to blame for.

        Args:
            item: That was charged.
            failure: For which.
            sent: Tasks that the run has sent so far.
        """
        if failure.cause in DOUBTFUL and item.outages < MAX_OUTAGES:
            before = self._charges.pop(item.entry.row, None)
            count = 1 if before is None else before.count + 1
            is_blocked = failure.cause is Cause.BLOCKED
            self._charges[item.entry.row] = _Charges(item, count, sent, is_blocked)

    def loaded(self, item: Item) -> None:
        """Take note that an object came back into memory as another item."""
        row = item.entry.row
        if row in self._charges:
            self._charges[row] = replace(self._charges[row], item=item)

    def left(self, item: Item) -> None:
        """Let the charges of an object stand that has come to its end."""
        self._charges.pop(item.entry.row, None)

    @property
    def are_blocked(self) -> bool:
        """Return whether it is not known yet who answers in the place of the service."""
        return any(charges.is_blocked for charges in self._charges.values())

    def answered(self, task: int) -> None:
        """Let the charges stand that came before a task, now answered, was sent.

        Args:
            task: How manieth of the run it was.
        """
        while self._charges:
            row, oldest = next(iter(self._charges.items()))
            if oldest.sent >= task:
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
