"""Which round a run is in, and whether it goes on, waits for the service, or stops. Pure.

It waits as long as the service cannot be reached, or asks to slow down. While it is in doubt
whether the service itself answered, or refuses the access key for all, it asks it a question that
concerns no object; until that is answered, nobody knows whether an object is to blame.
"""

from collections.abc import Callable, Sequence
from math import inf

from ossh.model import Cause, Entry, Failure
from ossh.transfer.scheduling.concurrency import Concurrency
from ossh.transfer.scheduling.service_health import OF_SOME, ServiceHealth
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
    """Whether a run goes on, waits for the service, or stops; shared by all that decides for it.

    Args:
        connections: The most there may be.
        window: Counts what is sent.
        links_last: As for `Rounds`.
    """

    def __init__(self, connections: int, window: Window, *, links_last: bool) -> None:
        self.rounds = Rounds(links_last=links_last)
        self.service = ServiceHealth()
        self.concurrency = Concurrency(connections)
        self.is_stopping = False
        self.stopped: Failure | None = None  # why the run ended before its end
        self._window = window
        self._is_recalling = False
        self._doubted_at: int | None = None  # tasks sent when something else than OSS answered

    def stop(self, failure: Failure | None = None) -> None:
        """Take no new work; `failure` says why, None that the user asked for it."""
        if not self.is_stopping:
            self.is_stopping = self._is_recalling = True
            self.stopped = failure

    def take_recall(self) -> bool:
        """Return, once, whether the lanes' queued tasks should be called back."""
        recall, self._is_recalling = self._is_recalling, False
        return recall

    def wait_out(self, failure: Failure, now: float) -> None:
        """Send nothing for a while; before the service ever served, that is an error."""
        if failure.cause is Cause.THROTTLED:
            self.concurrency.throttled(now)
        elif not self.service.has_answered and failure.cause not in _OWN_TROUBLES:
            self.stop(failure)
            return
        if self.service.refused(failure, now, self._window.sent):
            self._is_recalling = True

    # doubt

    @property
    def is_in_doubt(self) -> bool:
        """Return whether what was answered may hold for one object only: the service is asked."""
        return self._doubted_at is not None or self.service.waits_for in OF_SOME

    def doubt(self) -> None:
        """Send nothing until it is known what the service itself answers."""
        self._is_recalling |= not self.is_in_doubt
        self._doubted_at = self._window.sent

    def believe(self, task: float = inf) -> None:
        """Doubt no more; but the answer to a `task` sent before the doubt proves nothing."""
        if self._doubted_at is not None and task > self._doubted_at:
            self._doubted_at = None

    def question(self, now: float) -> int | None:
        """Return the number of a question to ask the service itself, None when none is due.

        It tells whether something else answers, or the access key is refused, for one object only.
        """
        if self.is_stopping or not self.is_in_doubt or self.service.pause(now):
            return None
        self._window.sent += 1
        return self._window.sent
