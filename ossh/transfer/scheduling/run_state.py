"""Which round a run is in, and whether it goes on or stops. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ossh.model import Entry, Failure
from ossh.transfer.scheduling.concurrency import Concurrency
from ossh.transfer.scheduling.service_health import ServiceHealth

# (after row, limit, tried) → the next pending entries, without links while `Rounds.leaves_links`.
# One that turns out to be whole on disk comes as skipped, one whose place is taken as failed.
Pending = Callable[[int, int, bool], Sequence[Entry]]


@dataclass(slots=True, eq=False)
class Rounds:
    """Where a run's current pass over the pending entries is.

    Links may come last in round one, when it is known where they lead.
    """

    leaves_links: bool  # until all is listed and the rest of round one has begun
    number: int = 1  # of the present pass
    are_over: bool = False
    _after: int = 0  # row that the pass has come to

    def take(self, pending: Pending, limit: int) -> Sequence[Entry]:
        """Return the next entries of the pass, none at its end."""
        page = pending(self._after, limit, self.number > 1)
        if page:
            self._after = page[-1].row
        return page

    def turn(self) -> None:
        """Begin round two when all of round one has begun; after it the run is over."""
        if self.leaves_links:
            self.leaves_links, self._after = False, 0
            return
        self.are_over = self.number > 1
        self.number, self._after = 2, 0

    def again(self) -> None:
        """Go through all rows once more: some are pending now that were not."""
        self.number, self._after, self.are_over = 1, 0, False


class RunState:
    """Whether a run goes on or stops, and what it knows; shared by all that decide for it."""

    def __init__(self, connections: int, *, links_last: bool) -> None:
        self.rounds = Rounds(leaves_links=links_last)
        self.service = ServiceHealth()
        self.concurrency = Concurrency(connections)
        self.is_stopping = False
        self.stopped: Failure | None = None  # why the run ended before its end
        self.recalls = False  # the lanes' queued tasks are to be called back

    def stop(self, failure: Failure | None = None) -> None:
        """Take no new work; `failure` says why, None that the user asked for it."""
        if not self.is_stopping:
            self.is_stopping = True
            self.stopped = failure
            self.recalls = True
