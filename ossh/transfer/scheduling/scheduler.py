"""Every rule of a run, without I/O: what to send, what to record, what to wait for, when to stop.

Round one gives each pending object one charged attempt. It ends when the listing is finished, a
pass over the manifest finds nothing more, and every object has begun its attempt; slow ones need
not have ended it. Round two takes what failed and may yet succeed, with exponential back-off, until
it is done or its attempts are used up; it ends when a pass finds nothing and nothing is under way.

It is fed replies and a clock (`on`), asked for tasks (`tasks`), and holds at most `window.SIZE`
objects, however many a job has. What the manifest must learn is in its `outcomes`.
"""

import random
import sys
from dataclasses import KW_ONLY, InitVar, dataclass, replace

from ossh.errors import LocalError
from ossh.model import Counts, Entry, Status, TransferSettings
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply, Task
from ossh.transfer.scheduling import window
from ossh.transfer.scheduling.attempts import Attempts
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.listings import THAW_CHECK, Listings
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.retry_policy import pauses_between_attempts
from ossh.transfer.scheduling.run_state import Pending, RunState
from ossh.transfer.scheduling.window import Window
from ossh.transfer.watching import Phase, Progress

FEW = 64  # objects in the window, below which replies are looked at more often


@dataclass(eq=False)
class Scheduler:
    """Decides what a run does next, by the rules above."""

    transfer: TransferSettings
    outcomes: Outcomes
    unlisted: InitVar[int]  # key ranges that are still to be listed
    rng: InitVar[random.Random]
    _: KW_ONLY
    is_dry: bool  # plan only
    records_links: bool  # make symlinks local links, where that is possible

    def __post_init__(self, unlisted: int, rng: random.Random) -> None:
        self.totals = self.outcomes.totals
        self.answers = 0  # replies to tasks so far
        self._window = Window()
        self.is_filling = False  # more can be loaded at once, by asking for tasks again
        self.item = self._window.item  # finds the object of a row, if it is being worked on
        self.state = RunState(self.transfer.connections, links_last=self.records_links)
        self._rounds = self.state.rounds
        self.service, self.concurrency = self.state.service, self.state.concurrency
        pauses, attempts = pauses_between_attempts(rng), self.transfer.max_attempts
        self.attempts = Attempts(self.state, self._window, self.outcomes, pauses, attempts)
        self.listings = Listings(unlisted, self.attempts)

    # what came in

    def on(self, reply: Reply, now: float) -> None:
        """Take a reply of a lane or a lister into account.

        Raises:
            RuntimeError: A lane crashed; its trace is the message.
            LocalError: This machine has not what a lane needs.
        """
        match reply:
            case Crashed(trace, None):
                message = f"a transfer thread crashed\n{trace}"
                raise RuntimeError(message)
            case Crashed(text, hint):
                raise LocalError(text, hint=hint)
            case Page():
                self.service.served(now)
                self.totals.listed += len(reply.objects)
                self.listings.arrived(reply.listing, reply.cursor, finished=reply.finished)
                self._rounds.are_over = False  # there may be more rows
            case ListingFailed():
                self.listings.failed(reply.listing, reply.failure, now)
            case _:  # an answer to a task
                self.answers += 1
                self.attempts.on(reply, now)

    def looked_up(self, after_row: int, now: float) -> None:
        """Learn that the bucket told of a page of archived objects, which ends with `after_row`."""
        self.service.served(now)
        self.listings.arrived(THAW_CHECK, str(after_row), finished=False)

    def recounted(self, counts: Counts) -> None:
        """Take the manifest's figures; entries behind the present pass may be pending again.

        All outcomes so far must be recorded.
        """
        is_any_more = counts.objects[Status.PENDING] > self.totals.counts.objects[Status.PENDING]
        self.totals.counts = counts
        if is_any_more:
            self._rounds.again()

    def mended(self, now: float) -> None:
        """Try again at once: there are other credentials now, which the run waits for."""
        self.service.probe_at = now
        self.listings.hurry(now)

    def abandon(self) -> None:
        """Wait no longer for tasks under way; the next run fetches what they had."""
        self._window.flying = self._window.streaming = 0

    @property
    def is_busy(self) -> bool:
        """Return whether there is more to do than connections to do it with."""
        window = self._window
        is_lane_full = window.flying - window.streaming > self.lane_connections
        return window.streaming > self.concurrency.streams or is_lane_full

    @property
    def lane_connections(self) -> int:
        """Return how many small bodies may be under way, beside the large ones that are."""
        return self.concurrency.beside(self._window.streaming)

    # what goes out

    def tasks(self, pending: Pending, now: float) -> list[Task]:
        """Return what the lanes should do next: during an outage one task, to see if it is over."""
        self.is_filling = False
        if self.state.is_stopping or self.is_dry or self.attempts.is_in_doubt:
            return []
        needs_probe = self.service.needs_probe
        is_probing = needs_probe and self._window.is_probing(self.service.sent_before)
        if is_probing or self.service.pause(now):
            return []
        self._refill(pending, now)
        self._window.wake(now)
        if needs_probe:
            return self._window.probe()
        left = sys.maxsize if self.listings else self.totals.bytes_left
        return self._window.tasks(self.concurrency.streams, left, self.concurrency.stream_rate)

    def wait(self, now: float, idle_seconds: float | None = None) -> float | None:
        """Return how long to wait for replies, in seconds; None when the run is over.

        `idle_seconds` says how long to wait when nothing is left to do but something may yet become
        pending; None when nothing will.
        """
        if self.state.is_stopping:
            return 0.02 if self._window.flying else None
        is_done = self.is_idle and not self.attempts.is_in_doubt
        if idle_seconds is None and (is_done or (self.is_dry and not self.listings)):
            return None
        outage = self.service.outage
        if outage is not None and now - self.service.since > self.transfer.patience_seconds:
            self.state.stop(outage)
            return 0.0
        if self.is_idle and idle_seconds is not None:
            return idle_seconds
        if len(self._window) < FEW:
            return 0.01
        return 0.015 if self._window.streaming or self.concurrency.is_climbing else 0.05

    def progress(self, now: float) -> Progress:
        phase, note = Phase.FETCHING, "" if self.state.is_stopping else self.service.note(now)
        if self.state.is_stopping:
            phase = Phase.STOPPING
        elif note:
            phase = Phase.WAITING
        elif self.listings:
            phase = Phase.PLANNING
        # of what is sent, the lanes hold back all but so many
        window = self._window
        connections = min(window.flying - window.streaming, self.lane_connections)
        connections += min(window.streaming, self.concurrency.streams)
        return replace(
            self.totals.progress(phase, note),
            connections=connections,
            is_planned=not self.listings,
        )

    # rounds

    def _refill(self, pending: Pending, now: float) -> None:
        """Load one page from the manifest; turn the round when a pass is over.

        An empty window is filled with few at first, so that these need not wait for the rest.
        """
        rounds, in_window = self._rounds, len(self._window)
        if rounds.are_over or 2 * in_window > window.SIZE:
            return
        most = max(FEW, in_window)
        page = rounds.take(pending, most)
        self.is_filling = len(page) == most
        for entry in page:
            if self._window.item(entry.row) is None:  # of an earlier pass, which `again` cut short
                self._load(entry, now)
        if not page and self._is_round_over:
            rounds.turn()

    @property
    def _is_round_over(self) -> bool:
        """Return whether all that a pass over the rows found has begun, or in round two ended."""
        if self.listings:
            return False
        if self._rounds.number == 1:
            return self._window.has_begun(self.lane_connections, self.concurrency.streams)
        return not self._window

    def _load(self, entry: Entry, now: float) -> None:
        if entry.status is not Status.PENDING:
            self.outcomes.found(entry, now)
            return
        item = Item(entry, self.transfer.part_size, self.records_links, now)
        item = self.attempts.loaded(item)
        if self._rounds.number == 1:  # what round one kept is counted already
            self.outcomes.resumed(item)
        self._window.add(item)
        if item.attempts:
            self._window.delay(item, now + self.attempts.backoff.after(item.attempts))
        else:
            self._window.queue(item)

    @property
    def is_idle(self) -> bool:
        """Return whether all is done that can be done now."""
        return self._rounds.are_over and not self._window and not self.listings
