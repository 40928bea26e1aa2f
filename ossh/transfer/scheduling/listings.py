"""Which key ranges are still being listed, and when a failed page is asked for again. Pure."""

import heapq
from dataclasses import dataclass, field

from ossh.model import Failure
from ossh.transfer.scheduling.attempts import Attempts
from ossh.transfer.scheduling.retry_policy import Decision
from ossh.transfer.scheduling.service_health import ASKED

TRIES = 10  # of a page in a row
FIRST_TRIES = 3  # of the first page: then it is an error, not a wait
THAW_CHECK = 0  # stands for a range where archived objects are looked up; ranges are rows, from 1


@dataclass(slots=True, eq=False)
class Listings:
    """The ranges of one run's listing, by their rows in the manifest."""

    count: int  # of ranges that are not finished
    attempts: Attempts  # wait for the service, with the pauses that failed pages have, too
    _failures: dict[int, int] = field(default_factory=dict)  # in a row, by range
    _cursors: dict[int, str] = field(default_factory=dict)  # of the last page, by range
    _due: list[tuple[float, int]] = field(default_factory=list)  # (monotonic seconds, range)

    def __bool__(self) -> bool:
        """Return whether any range is not finished."""
        return self.count > 0

    def arrived(self, listing: int, cursor: str, *, finished: bool) -> None:
        """Count a page of a range as arrived.

        Only a page that leads further ends the failures in a row: otherwise an empty page before
        each failure would have the range asked for without end.
        """
        if cursor != self._cursors.get(listing, ""):
            self._cursors[listing] = cursor
            self._failures.pop(listing, None)
        self.count -= finished

    def retry_at(self, listing: int, failure: Failure, now: float) -> float | None:
        """Return when a failed page is asked for again, in monotonic seconds; None: never."""
        service = self.attempts.state.service
        failures = 1  # what is waited out is not the page's fault
        match service.decision_for(failure):
            case Decision.WAIT if not self._is_blocked(listing, failure):
                self.attempts.wait_out(failure, now)
            case Decision.RETRY:
                failures = self._failed(listing)
                if failures >= (TRIES if service.has_answered else FIRST_TRIES):
                    return None
            case Decision.STOP:
                self.attempts.state.stop(failure)
                return None
            case _:
                return None
        return now + service.pause(now) + self.attempts.backoff.after(failures)

    def _is_blocked(self, listing: int, failure: Failure) -> bool:
        """Return whether OSS keeps accepting other questions, but not the one for this page.

        As long as it accepts none, the page is not at fault.
        """
        if failure.cause not in ASKED or self.attempts.state.service.waits_for in ASKED:
            return False
        return self._failed(listing) >= TRIES

    def _failed(self, listing: int) -> int:
        """Return how many pages of a range failed in a row, this one included."""
        failures = self._failures[listing] = self._failures.get(listing, 0) + 1
        return failures

    def failed(self, listing: int, failure: Failure, now: float) -> None:
        """Have a page asked for again later, or end the run: without it no run is complete."""
        when = self.retry_at(listing, failure, now)
        if when is None:
            self.attempts.state.stop(failure)
        else:
            heapq.heappush(self._due, (when, listing))

    def hurry(self, now: float) -> None:
        self._due = [(min(when, now), listing) for when, listing in self._due]

    def due(self, now: float) -> list[int]:
        """Return, once, the ranges whose failed page should be asked for again now."""
        due = []
        while not self.attempts.state.is_stopping and self._due and self._due[0][0] <= now:
            due.append(heapq.heappop(self._due)[1])
        return due
