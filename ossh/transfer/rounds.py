"""Which entries a run takes up: one pass over the manifest in each of two rounds. Pure."""

from collections.abc import Callable, Sequence

from ossh.model import Entry

# (after row, limit, tried) → the next pending entries. One that turns out to be whole on disk comes
# as skipped, one whose place is taken as failed.
# From that page links are left out as long as `Rounds.leaves_links`.
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
        """Take note that there may be more rows behind those that the pass has come to."""
        self.are_over = False

    def again(self) -> None:
        """Go through all rows once more: some are pending now that were not."""
        self.number, self._after, self.are_over = 1, 0, False
