"""Which round a run is in, and whether it goes on, waits for the service, or stops. Pure.

It waits as long as the service cannot be reached, or asks to slow down. While it is in doubt
whether the service itself answered, it asks it a question that concerns no object; until that is
answered, nobody knows whether an object or the way to the service is to blame.
"""

from collections.abc import Callable, Sequence

from ossh.model import Cause, Entry, Failure
from ossh.transfer.messages import Heard
from ossh.transfer.scheduling.concurrency import Concurrency
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.retry_policy import Decision
from ossh.transfer.scheduling.service_health import CLOSED, ServiceHealth
from ossh.transfer.scheduling.suspected_outage import SuspectedOutage
from ossh.transfer.scheduling.window import Window

# Troubles that say nothing of the service, so they are waited out before its first answer, too.
_OWN_TROUBLES = frozenset({Cause.CLOCK, Cause.NO_WORKER})

# (after row, limit, tried) → the next pending entries, without links while `Rounds.leaves_links`.
# One that turns out to be whole on disk comes as skipped, one whose place is taken as failed.
Pending = Callable[[int, int, bool], Sequence[Entry]]


class Rounds:
    """Where a run's current pass over the pending entries is.

    Args:
        links_last: Whether round one takes links up last, when it is known where they lead.
    """

    def __init__(self, *, links_last: bool) -> None:
        self.number = 1  # of the present pass
        self.busy = 1  # the last round that had anything to do; what people are shown
        self.leaves_links = links_last  # until all is listed and the rest of round one has begun
        self.are_over = False
        self._after = 0  # row that the pass has come to

    def take(self, pending: Pending, limit: int) -> Sequence[Entry]:
        """Return the next entries of the pass, none at its end."""
        page = pending(self._after, limit, self.number > 1)
        if page:
            self._after = page[-1].row
        return page

    def turn(self) -> None:
        """Begin round two when all of round one has begun; after it the run is over.

        Links that are to be recorded come last in round one.
        """
        if self.leaves_links:
            self.leaves_links, self._after = False, 0
            return
        self.are_over = self.number > 1
        self.number, self._after = 2, 0

    def go_on(self) -> None:
        """Expect more rows behind those that the pass has come to."""
        self.are_over = False

    def again(self) -> None:
        """Go through all rows once more: some are pending now that were not."""
        self.number, self._after, self.are_over = 1, 0, False


class RunState:
    """The state of a run as a whole, shared by all that decides for it.

    Args:
        connections: The most there may be.
        max_attempts: Of one object.
        links_last: As for `Rounds`.
    """

    def __init__(
        self,
        connections: int,
        max_attempts: int,
        window: Window,
        outcomes: Outcomes,
        *,
        links_last: bool = False,
    ) -> None:
        self.rounds = Rounds(links_last=links_last)
        self.service = ServiceHealth()
        self.concurrency = Concurrency(connections)
        self.suspected_outage = SuspectedOutage()
        self.is_stopping = False
        self.stopped: Failure | None = None  # why the run ended before its end
        self._max_attempts = max_attempts
        self._window = window
        self._outcomes = outcomes
        self._is_recalling = False
        self._is_asking = False  # whether the service is there

    def stop(self, failure: Failure | None = None) -> None:
        """Take no new work; `failure` says why, None that the user asked for it."""
        if not self.is_stopping:
            self.is_stopping = self._is_recalling = True
            self.stopped = failure

    def take_recall(self) -> bool:
        """Return, once, whether the lanes' queued tasks should be called back."""
        recall, self._is_recalling = self._is_recalling, False
        return recall

    # the service

    def served(self, item: Item, now: float) -> None:
        """Learn that the service answered what was asked of an object."""
        self.suspected_outage.answered(item.sent)
        self.service.served(now, item.sent)

    def wait_out(self, failure: Failure, now: float) -> None:
        """Send nothing for a while; before the service ever served, that is an error."""
        if failure.cause in CLOSED:
            self._acquit(now)
        if failure.cause is Cause.THROTTLED:
            self.concurrency.throttled(now)
        elif not self.service.has_answered and failure.cause not in _OWN_TROUBLES:
            self.stop(failure)
            return
        if self.service.refused(failure, now, self._window.sent):
            self._is_recalling = True

    def charged(self, item: Item, failure: Failure, now: float) -> None:
        """Take a charge back if the way to the service is to blame, or hold it until that shows."""
        was_in_doubt = self.is_in_doubt
        self.suspected_outage.charged(item, failure, self._window.sent)
        if self.service.is_unreachable:
            self._acquit(now)
        elif self.is_in_doubt and not was_in_doubt:
            self._is_recalling = True

    def _acquit(self, now: float) -> None:
        """Take back what was charged since the last answer: the way to the service was closed.

        An object in the window tries again in any case; others come back to it.
        """
        for item, was_ended in self.suspected_outage.take_back(self._max_attempts):
            self._outcomes.acquitted(item, was_ended=was_ended)
            if item not in self._window:
                item.again()
                self._window.add(item)
                self._window.delay(item, now)

    # doubt

    @property
    def is_in_doubt(self) -> bool:
        """Return whether something other than the service answered, perhaps for one object only."""
        return self.suspected_outage.are_blocked or self.service.is_replaced

    def question(self, now: float) -> int | None:
        """Return the number of a question to ask the service itself, None when none is due.

        It tells whether what answered in the service's place did so for one object, or for all.
        """
        is_due = self.is_in_doubt and not self._is_asking and not self.service.pause(now)
        if self.is_stopping or not is_due:
            return None
        self._is_asking = True
        self._window.sent += 1
        return self._window.sent

    def heard(self, reply: Heard, now: float) -> None:
        """Take the answer to that question into account."""
        self._is_asking = False
        failure = reply.failure
        if reply.is_genuine:
            self.suspected_outage.answered(reply.number)
        match None if failure is None else self.service.decision_for(failure):
            case Decision.WAIT if failure:
                self.wait_out(failure, now)
            case Decision.STOP if failure:
                self.stop(failure)
            case _ if reply.is_genuine:
                self.service.served(now, reply.number)
            case _ if failure:
                self.service.refused(failure, now, self._window.sent)
