"""Every rule of a run, without I/O: what to send, what to record, what to wait for, when to stop.

Round one gives each pending object one charged attempt. It ends when the listing is finished, a
pass over the manifest finds nothing more, and every object has begun its attempt; slow ones need
not have ended it. Round two takes what failed and may yet succeed, with exponential back-off, until
it is done or its attempts are used up; it ends when a pass finds nothing and nothing is under way.

It is fed replies and a clock (`on`), asked for tasks (`tasks`) and records (`take_records`), and
holds at most `window.SIZE` objects, however many a job has.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from ossh.manifest import Outcome, PartChange
from ossh.model import Cause, Counts, Entry, Failure, Status
from ossh.transfer import window
from ossh.transfer.answers import Answer
from ossh.transfer.attempts import Attempts
from ossh.transfer.backoff import Backoff
from ossh.transfer.item import Item
from ossh.transfer.listings import Listings
from ossh.transfer.messages import (
    Crashed,
    Cuts,
    Done,
    Failed,
    Heard,
    ListingFailed,
    Page,
    Phase,
    Progress,
    Reply,
    Returned,
    Task,
)
from ossh.transfer.outage import Service
from ossh.transfer.pace import Pace
from ossh.transfer.records import Records
from ossh.transfer.rounds import Pending, Rounds
from ossh.transfer.steps import Steps
from ossh.transfer.window import Window

FEW = 64  # objects in the window, below which replies are looked at more often

LISTING_TRIES = 10  # of a page in a row
FIRST_TRIES = 3  # of the first page: then it is an error, not a wait

# How long to wait between two turns when nothing is left to do, as something may yet become
# pending; None when nothing will. Asked only then.
IdleSeconds = Callable[[], float | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the scheduler needs to know of a job."""

    connections: int
    part_size: int  # bytes
    max_attempts: int
    patience_seconds: float
    epoch: float  # wall clock minus monotonic clock, seconds
    is_dry: bool = False  # plan only
    records_links: bool = False  # make symlinks local links, where that is possible


class Scheduler:
    """Decides; see the module's text.

    Args:
        settings: Of the job.
        counts: Of the manifest as the run begins.
        listings: How many key ranges are still to be listed.
        rng: Source of jitter.
        file_of: Returns the path of the file that the job has of a key, "" when it has none.
    """

    def __init__(
        self,
        settings: Settings,
        counts: Counts,
        listings: int,
        rng: random.Random,
        file_of: Callable[[str], str] = lambda _key: "",
    ) -> None:
        self.settings = settings
        self._records = Records(counts, settings.epoch)
        self.tally = self._records.tally
        self.pace = Pace(settings.connections)
        self.stopped: Failure | None = None  # why the run ended before its end
        self.is_stopping = False
        self.answers = 0  # replies to tasks so far
        self.service = Service()
        self._backoff = Backoff(rng)
        self._listings = Listings(listings)
        self._window = Window()
        self._rounds = Rounds(links_last=settings.records_links)
        self._recall = False
        self._is_asking = False  # whether the service is there
        self._attempts = Attempts(
            self, settings.max_attempts, self._records, self._window, self._backoff
        )
        self._steps = Steps(self._window, self._records, self._attempts, file_of)
        self.idle_seconds: IdleSeconds = lambda: None

    @property
    def round(self) -> int:
        """Return the round that the present pass belongs to."""
        return self._rounds.number

    @property
    def leaves_links(self) -> bool:
        """Return whether links are not yet taken up."""
        return self._rounds.leaves_links

    # what came in

    def on(self, reply: Reply, now: float) -> None:
        """Take a reply into account.

        Args:
            reply: Of a lane or a lister.
            now: Monotonic seconds.

        Raises:
            RuntimeError: A lane crashed; its trace is the message.
        """
        match reply:
            case Crashed(trace):
                message = f"a transfer thread crashed\n{trace}"
                raise RuntimeError(message)
            case Page():
                self._on_page(reply, now)
            case ListingFailed():
                self._on_listing_failed(reply, now)
            case Done() | Failed() | Returned():
                self.answers += 1
                self._steps.on(reply, now)
            case Heard():
                self._is_asking = False
                self._attempts.heard(reply, now)
            case Cuts():
                pass  # the loop's: ranges are rows of the manifest
            case _:
                assert_never(reply)

    def listings_begun(self, count: int) -> None:
        """Take note that so many more ranges are listed."""
        self._listings.begun(count)

    def look_failed(self, failure: Failure, tries: int, now: float) -> bool:
        """Take note that archived objects could not be looked up; True to try that again."""
        match self.service.answer(failure):
            case Answer.WAIT:
                self._attempts.wait_out(failure, now)
                return failure.cause is not Cause.NOT_OSS or tries < LISTING_TRIES
            case Answer.RETRY:
                return tries < LISTING_TRIES
            case Answer.STOP:
                self.stop(failure)
            case _:
                return False
        return True

    def again(self) -> None:
        """Go through all rows once more: some are pending now that were not."""
        self._rounds.again()

    def stop(self, failure: Failure | None = None) -> None:
        """Take no new work; `failure` says why, None that the user wished it."""
        if not self.is_stopping:
            self.is_stopping = self._recall = True
            self.stopped = failure

    def recall(self) -> None:
        """Have what the lanes have queued called back."""
        self._recall = True

    def mended(self, now: float) -> None:
        """Try again at once: credentials or clock are others now."""
        if self.service.mended(now):
            self._listings.hurry(now)

    def abandon(self) -> None:
        """Wait no longer for what is under way; what it had is fetched again by the next run."""
        self._window.flying = self._window.streaming = 0

    @property
    def is_busy(self) -> bool:
        """Return whether there is more to do than connections to do it with."""
        window = self._window
        is_lane_full = window.flying - window.streaming > self.lane_connections
        return window.streaming > self.pace.streams or is_lane_full

    @property
    def lane_connections(self) -> int:
        """Return how many small bodies may be under way, beside the large ones that are."""
        return self.pace.beside(self._window.streaming)

    def take_recall(self) -> bool:
        """Return, once, whether the lanes' queued tasks should be called back."""
        recall, self._recall = self._recall, False
        return recall

    # what goes out

    def tasks(self, pending: Pending, now: float) -> list[Task]:
        """Return what the lanes should do next."""
        if self.is_stopping or self.settings.is_dry:
            return []
        if self._is_in_doubt or self.service.pause(now):
            return []
        if self.service.needs_probe:
            return self._probe(pending, now)
        self._refill(pending, now)
        self._window.wake(now)
        return self._window.tasks(self.pace.streams)

    def question(self, now: float) -> int | None:
        """Return the number of a question to ask the service itself, None when there is no doubt.

        It is due when something else answered in its place: whether it did so for one object, or
        does so for all.
        """
        is_due = self._is_in_doubt and not self._is_asking and not self.service.pause(now)
        if self.is_stopping or not is_due:
            return None
        self._is_asking = True
        self._window.sent += 1
        return self._window.sent

    @property
    def _is_in_doubt(self) -> bool:
        return self._attempts.are_in_doubt or self.service.is_replaced

    def listings_due(self, now: float) -> list[int]:
        """Return the listing ranges whose failed page should be asked for again."""
        return [] if self.is_stopping else self._listings.due(now)

    @property
    def slowest(self) -> list[tuple[str, float]]:
        """Return key and seconds of the objects that took longest, the slowest first."""
        return [(key, seconds) for seconds, key in sorted(self._records.slowest, reverse=True)]

    @property
    def item(self) -> Callable[[int], Item | None]:
        """Return what finds the object of a row among those that are worked on."""
        return self._window.item

    def take_records(self) -> tuple[list[Outcome], list[PartChange]]:
        """Return what the manifest must learn since the last call."""
        return self._records.take()

    def wait(self, now: float) -> float | None:
        """Return how long to wait for replies, in seconds; None when the run is over."""
        if self.is_stopping:
            return 0.02 if self._window.flying else None
        if self._is_over():
            return None
        outage = self.service.outage
        if outage is not None and now - outage.since > self.settings.patience_seconds:
            self.stop(outage.failure)
            return 0.0
        if self.is_idle and (seconds := self.idle_seconds()) is not None:
            return seconds
        if len(self._window) < FEW:
            return 0.01
        return 0.015 if self._window.streaming or self.pace.is_climbing else 0.05

    def progress(self, now: float) -> Progress:
        """Return how far the run is."""
        phase, note = Phase.FETCHING, "" if self.is_stopping else self.service.note(now)
        if self.is_stopping:
            phase = Phase.STOPPING
        elif note:
            phase = Phase.WAITING
        elif self._listings:
            phase = Phase.PLANNING
        # of what is sent, the lanes hold back all but so many
        window = self._window
        connections = min(window.flying - window.streaming, self.lane_connections)
        connections += min(window.streaming, self.pace.streams)
        return replace(
            self.tally.progress(phase, self._rounds.busy, note),
            connections=connections,
            is_planned=not self._listings,
        )

    # rounds

    def _refill(self, pending: Pending, now: float) -> None:
        """Load one page from the manifest; turn the round when a pass is over."""
        rounds, in_window = self._rounds, len(self._window)
        if rounds.are_over or in_window > window.SIZE // 2:
            return
        page = rounds.take(pending, window.SIZE - in_window)
        for entry in page:
            if not self._window.has(entry.row):  # of an earlier pass, which `again` cut short
                self._load(entry, now)
        if not page and self._is_round_over:
            rounds.turn()

    @property
    def _is_round_over(self) -> bool:
        """Return whether all that a pass over the rows found has begun, or in round two ended."""
        if self._listings:
            return False
        if self.round == 1:
            return self._window.has_begun(self.lane_connections, self.pace.streams)
        return not self._window

    def _load(self, entry: Entry, now: float) -> None:
        if entry.status is not Status.PENDING:
            self._records.found(entry, now)
            return
        self._rounds.busy = self.round
        item = Item(entry, self.settings.part_size, self.settings.records_links, now)
        self._attempts.loaded(item)
        if self.round == 1:  # what round one kept is counted already
            self._records.resumed(item)
        self._window.add(item)
        if item.attempts:
            self._window.delay(item, now + self._backoff.after(item.attempts))
        else:
            self._window.queue(item)

    @property
    def is_idle(self) -> bool:
        """Return whether all is done that can be done now."""
        return self._rounds.are_over and not self._window and not self._listings

    def _is_over(self) -> bool:
        if self.settings.is_dry:
            return not self._listings
        return self.is_idle and not self._is_in_doubt and self.idle_seconds() is None

    def _probe(self, pending: Pending, now: float) -> list[Task]:
        """Return one task that shows whether the outage is over, once it is due."""
        if self._window.flying:
            return []
        self._refill(pending, now)
        self._window.wake(now)
        return self._window.probe()

    # replies

    def _on_page(self, page: Page, now: float) -> None:
        self.service.served(now)
        self.tally.listed += len(page.objects)
        self._listings.arrived(page.listing, page.cursor, finished=page.finished)
        self._rounds.go_on()

    def _on_listing_failed(self, reply: ListingFailed, now: float) -> None:
        """Ask for the page again later, as long as that makes sense."""
        failures = 1  # what is waited out is not the listing's fault
        match self.service.answer(reply.failure):
            case Answer.WAIT if not self._is_page_blocked(reply):
                self._attempts.wait_out(reply.failure, now)
            case Answer.WAIT:
                self.stop(reply.failure)
            case Answer.RETRY:
                failures = self._listings.failed(reply.listing)
                if failures >= (LISTING_TRIES if self.service.has_answered else FIRST_TRIES):
                    self.stop(reply.failure)
            case _:
                self.stop(reply.failure)
        self._listings.again(
            reply.listing, now + self.service.pause(now) + self._backoff.after(failures)
        )

    def _is_page_blocked(self, reply: ListingFailed) -> bool:
        """Return whether something else answers for this page, again and again, and OSS for others.

        As long as it answers for all, that is not the listing's fault.
        """
        if reply.failure.cause is not Cause.NOT_OSS or self.service.is_replaced:
            return False
        return self._listings.failed(reply.listing) >= LISTING_TRIES
