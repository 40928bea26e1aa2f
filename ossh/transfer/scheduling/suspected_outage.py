"""Failed attempts that an outage may explain: they are taken back once there is one. Pure.

A connection may be lost because the network goes away, and a page that is not the service's may
come from a filter that blocks one object or from a portal in front of all. Such an attempt is
charged to its object for the time being. When the service answers a request sent later, the charge
stands; when it turns out to be out of reach, the charge is taken back. The answer to an earlier
request proves nothing: it may have come just before the network went, and be reported just after.
"""

from collections.abc import Iterator
from dataclasses import replace

from ossh.model import Cause, Failure, value
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.retry_policy import DOUBTFUL

MAX_OUTAGES = 10  # that may excuse the failures of one object


@value
class _Charges:
    """The attempts charged to one object since the network was last known to work."""

    item: Item
    count: int
    sent: int  # tasks that the run had sent by then
    is_blocked: bool  # something other than the service answered


class SuspectedOutage:
    """The charges since the service last answered, the oldest first."""

    def __init__(self) -> None:
        self._charges: dict[int, _Charges] = {}  # by row

    def charged(self, item: Item, failure: Failure, sent: int) -> None:
        """Note a charged attempt, if an outage may explain its failure.

        `sent` is the number of tasks that the run has sent so far.
        """
        if failure.cause in DOUBTFUL and item.outages < MAX_OUTAGES:
            before = self._charges.pop(item.entry.row, None)
            count = 1 if before is None else before.count + 1
            is_blocked = failure.cause is Cause.BLOCKED
            self._charges[item.entry.row] = _Charges(item, count, sent, is_blocked)

    def loaded(self, item: Item) -> None:
        """Attach the charges of an object to the item it has become, back in memory."""
        row = item.entry.row
        if row in self._charges:
            self._charges[row] = replace(self._charges[row], item=item)

    def left(self, item: Item) -> None:
        """Let the charges of an object stand, as it is finished with."""
        self._charges.pop(item.entry.row, None)

    @property
    def are_blocked(self) -> bool:
        """Return whether something else answered, and it is not known yet for which objects."""
        return any(charges.is_blocked for charges in self._charges.values())

    def answered(self, task: int) -> None:
        """Let stand what was charged before a task was sent that is answered now.

        `task` is its number among the tasks of the run.
        """
        while self._charges:
            row, oldest = next(iter(self._charges.items()))
            if oldest.sent >= task:
                return
            del self._charges[row]

    def take_back(self, max_attempts: int) -> Iterator[tuple[Item, bool]]:
        """Take all charges back; yield each item, and whether they had ended it."""
        charges, self._charges = self._charges, {}
        for charge in charges.values():
            item = charge.item
            was_ended = item.attempts >= max_attempts
            item.attempts -= charge.count
            item.outages += 1
            yield item, was_ended
