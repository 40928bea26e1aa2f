"""fetch(): listers, scheduler, manifest and lanes brought together; a generator of progress.

```
listers ── Page ──┐
lanes ── Reply ──▶ mailbox ▶ scheduler ▶ manifest.record ▶ lanes.send ▶ Progress
```
File first, row second, screen third: a reply tells what is on disk, then the manifest learns of
it, then the progress shows it. Nothing here waits for a person or knows a terminal.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import attrgetter

from ossh.errors import LocalError, OsshError
from ossh.job import Job
from ossh.manifest import Manifest
from ossh.model import Entry, Failure, Status
from ossh.network import Http
from ossh.store.asking import LOOK_SECONDS, Asking
from ossh.store.credentials import Provider
from ossh.store.listing import Lister
from ossh.transfer.disk import Halted
from ossh.transfer.lanes import Fetching, Lanes, NewFetching
from ossh.transfer.listers import Listers
from ossh.transfer.messages import (
    Controls,
    Cuts,
    Done,
    Failed,
    ListingFailed,
    Page,
    Progress,
    Reply,
    Returned,
)
from ossh.transfer.plan import Planner
from ossh.transfer.recheck import compared, recheck
from ossh.transfer.renewal import Renewal
from ossh.transfer.scheduler import Scheduler, Settings
from ossh.transfer.signing import Signing
from ossh.transfer.slowest import Slowest
from ossh.transfer.thawing import Polls, Thawing
from ossh.transfer.witness import Witness
from ossh.transfer.workspace import Workspace

STOP_SECONDS = 2.0  # what is under way parks its partial files within this
MEND_SECONDS = 5.0  # how often new credentials are looked for while they are waited for
# What an object that ends so had on disk is of no more use; of others it is, or has its final name.
_WITHOUT_PARTIAL = frozenset({Status.SKIPPED, Status.GONE, Status.ARCHIVED})
# A finished small object weighs as much as this many bytes when throughput is judged.
OBJECT_WEIGHT = 16 * 1024


@dataclass(slots=True)
class Ended:
    """How a run ended and what it did; `fetch` fills it in."""

    failure: Failure | None = None  # why it stopped before its end
    is_stopped: bool = False  # before its end, for whatever reason
    fetched: int = 0
    replaced: int = 0  # of the fetched, objects that were replaced since they were listed
    followed: int = 0  # of the fetched, symlinks that could not be recorded as links
    bytes_received: int = 0
    slowest: tuple[tuple[str, float], ...] = ()  # key and seconds of what took longest
    notes: tuple[str, ...] = ()  # what else the user should know, a line each


def fetch(  # noqa: PLR0913 - what a run is made of
    job: Job,
    manifest: Manifest,
    provider: Provider,
    planner: Planner,
    workspace: Workspace | None,
    ended: Ended,
    *,
    controls: Callable[[], Controls] = Controls,
    http: Http | None = None,
    fetching: NewFetching = Lanes,
    polls: Polls | None = None,
) -> Generator[Progress, None, None]:
    """Fetch what a job's manifest still lacks; yield how far that is, many times a second.

    Args:
        job: What to fetch and where to.
        manifest: Open for writing, its run begun.
        provider: Where credentials come from, now and later.
        planner: Turns pages of the listing into rows.
        workspace: Where files go; None to plan only, which touches neither bodies nor target.
        ended: Filled in at the end.
        controls: Asked at every turn.
        http: Settings of the network.
        fetching: Makes what fetches: lanes of this machine, unless others do it.
        polls: Wait for archived objects that are being restored, and look for them so often.

    Raises:
        OsshError: The run cannot go on; everything that was done is recorded.
    """
    if workspace is not None:
        with suppress(Halted):  # the first turn obeys
            yield from recheck(manifest, planner.disk, lambda: controls().stopping)
    asking = Asking(provider.current)  # whoever gives them may answer late, or never
    while not asking.is_answered(LOOK_SECONDS):
        if controls().stopping:
            ended.is_stopped = True
            return
        yield Progress()
    asking.result()
    http = http or Http()
    loop = _Loop(job, manifest, provider, planner, workspace, http, fetching, polls)
    scheduler = loop.scheduler
    try:
        yield from loop.begin(controls)
        while (wait := scheduler.wait(time.monotonic())) is not None:
            with suppress(Halted):  # while files were compared; the next turn obeys
                loop.turn(wait, controls())
            yield loop.progress()
    finally:
        was_stopping = scheduler.is_stopping
        loop.park()
        ended.failure, ended.is_stopped = scheduler.stopped, was_stopping
        ended.fetched, ended.bytes_received = scheduler.tally.fetched, loop.received
        ended.replaced, ended.followed = scheduler.tally.replaced, scheduler.tally.followed
        ended.slowest = tuple(scheduler.slowest)
        ended.notes = loop.notes


class _Loop:
    """What one run holds while it lasts; every method runs on the run's thread."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        manifest: Manifest,
        provider: Provider,
        planner: Planner,
        workspace: Workspace | None,
        http: Http,
        fetching: NewFetching,
        polls: Polls | None,
    ) -> None:
        self._job = job
        self._manifest = manifest
        self._provider = provider
        self._signing = signing = Signing(job.source, provider, job.version_id)
        self._renewal = Renewal(provider)
        self._clock_look: Asking[object] | None = None
        self._planner = planner
        self._workspace = workspace
        self._lister = Lister(lambda: signing.signer, http)
        self._mailbox: deque[Reply] = deque()  # of the lanes
        self._dry = threading.Event()  # a stream has no task left
        self._http = http
        self._fetching = fetching
        self._lanes: Fetching | None = None
        counts = manifest.counts()
        self._is_resumed = counts.total > 0
        self._listers = Listers(job, manifest, self._lister, provider, http)
        self.scheduler = Scheduler(
            _settings(job, is_dry=workspace is None),
            counts,
            len(self._listers.unfinished),
            random.Random(),  # noqa: S311 - jitter
            manifest.file_of,
        )
        self._thawing: Thawing | None = None
        if workspace is not None and not job.version_id:
            parts = manifest, self.scheduler, self._lister, planner.access, polls
            is_told = not job.inventory
            self._thawing = Thawing(*parts, time.monotonic(), is_told=is_told)
        self._slowest = Slowest(self.scheduler.item)
        self._settled = 0  # bytes of streams that replies have reported
        self._next_mend = 0.0
        self._stop_by: float | None = None

    def begin(self, controls: Callable[[], Controls]) -> Iterator[Progress]:
        """Start the threads; `park` ends those that were started, should others fail to.

        Listing begins once there is who fetches: a cluster has to be asked first.
        """
        if self._workspace is not None:
            post, dry = self._mailbox.append, self._dry.set
            parts = self._signing, self._http, self._workspace
            self._lanes = self._fetching(*parts, post, dry)
        try:
            while self._lanes is not None and not self._lanes.is_ready(LOOK_SECONDS):
                if controls().stopping:
                    break
                yield self.progress()
        except OsshError:
            if not self._is_resumed:
                self._manifest.start_listing([])  # so that a new job leaves no trace
            raise
        for row in self._listers.unfinished:
            self._listers.begin(row)

    def turn(self, wait: float, controls: Controls) -> None:
        """Take what came in, record it, and send what comes next."""
        if not self._listers.posted:
            # replies gather meanwhile, one transaction for many, unless a stream would stand idle
            self._dry.wait(wait)
        self._dry.clear()
        now = time.monotonic()
        self._obey(controls, now)
        self._take(now)
        for row in self.scheduler.listings_due(now):
            self._listers.begin(row)
        if self._lanes is not None:
            if self._thawing is not None and not controls.paused:
                self._thawing.turn(now)
            tasks = [] if controls.paused else self.scheduler.tasks(self._pending, now)
            rate = controls.bytes_per_second
            rate = self._job.transfer.rate if rate < 0 else rate
            # before they begin: large ones among them leave less room for small ones
            self._lanes.limit(self.scheduler.lane_connections, self.scheduler.pace.streams, rate)
            self._lanes.send(tasks)
        if (number := self.scheduler.question(now)) is not None:
            prefix, post = self._job.source.prefix, self._mailbox.append
            Witness(self._lister, prefix, number, post).start()
        self._mend(now)

    def _take(self, now: float) -> None:
        for _ in range(len(self._mailbox)):  # what comes in the meantime is for the next turn
            self._settle(self._mailbox.popleft(), now)
        self._record()
        for _ in range(len(self._listers.posted)):
            reply = self._listers.posted.popleft()
            if isinstance(reply, Page):
                self._plan(reply, now)
            elif isinstance(reply, Cuts):
                self._cut(reply)
            else:
                self.scheduler.on(reply, now)

    def _settle(self, reply: Reply, now: float) -> None:
        if isinstance(reply, (Done, Failed, Returned)):
            self._settled += reply.written
            if self._thawing is not None:
                self._thawing.hear(reply)
        self.scheduler.on(reply, now)

    def _record(self) -> None:
        outcomes, parts = self.scheduler.take_records()
        self._manifest.record(outcomes, parts)
        if self._workspace is not None:
            for outcome in outcomes:
                if outcome.status in _WITHOUT_PARTIAL:
                    self._workspace.drop(outcome.row)

    def _plan(self, page: Page, now: float) -> None:
        """Record a page together with the listing's cursor, then let the lister continue."""
        entries = self._planner.add(page)
        tally = self.scheduler.tally
        if entries is None:
            tally.recount(self._manifest.counts())
        else:
            for status, alike in groupby(entries, attrgetter("status")):
                sizes = [entry.info.size for entry in alike]
                tally.plan(status, len(sizes), sum(sizes))
        self.scheduler.on(page, now)
        self._listers.acknowledge(page)

    def _cut(self, found: Cuts) -> None:
        """List the rest of a range in pieces, all at once."""
        if self.scheduler.is_stopping:
            return
        pieces = self._listers.cut(found)
        self.scheduler.listings_begun(len(pieces))
        for row in pieces:
            self._listers.begin(row)

    def _pending(self, after_row: int, limit: int, tried: bool) -> list[Entry]:  # noqa: FBT001
        with_links = not self.scheduler.leaves_links
        entries = self._manifest.pending(after_row, limit, tried=tried, with_links=with_links)
        if not self._is_resumed or tried:
            return entries
        return [compared(entry, self._planner.disk) for entry in entries]

    def _obey(self, controls: Controls, now: float) -> None:
        scheduler, settings = self.scheduler, self._job.transfer
        if controls.stopping:
            scheduler.stop()
        if scheduler.is_stopping:
            self._stop_by = self._stop_by or now + STOP_SECONDS
            self._listers.end()
        if self._lanes is None:
            return
        most = controls.connections or settings.connections
        scheduler.pace.set_limit(most, self._lanes.machines)
        work = self._lanes.received + OBJECT_WEIGHT * scheduler.tally.fetched
        scheduler.pace.progress(work, scheduler.answers, now, is_busy=scheduler.is_busy)
        if scheduler.take_recall() or controls.paused:
            self._lanes.recall(running=scheduler.is_stopping)
        if self._stop_by is not None and now > self._stop_by:
            scheduler.abandon()

    def _mend(self, now: float) -> None:
        """Look for credentials before they expire, or for what the run waits for: them, the time.

        Others may find them too: whoever shares the provider, or a person who types them.
        """
        scheduler, service = self.scheduler, self.scheduler.service
        if self._signing.take_up() and service.wants_credentials:
            scheduler.mended(now)
        if self._provider.is_due:
            self._renewal.begin()
        if self._clock_look is not None and self._clock_look.is_answered():
            self._clock_look.result()  # a bug is raised here
            self._clock_look = None
            scheduler.mended(now)
        if not (service.wants_credentials or service.wants_clock):
            self._next_mend = 0.0  # the next wait begins with a look
            self._renewal.forget()
            return
        if now < self._next_mend:
            return
        self._next_mend = now + MEND_SECONDS
        if service.wants_clock:  # the lister corrects its signer's clock from the answer
            prefix = self._job.source.prefix
            look = partial(self._lister.page, prefix, max_keys=1)
            self._clock_look = self._clock_look or Asking(look)
        else:
            self._renewal.begin()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the user should know of who fetched."""
        return self._lanes.notes if self._lanes is not None else ()

    @property
    def received(self) -> int:
        """Return the bytes of bodies received by this run."""
        return self._lanes.received if self._lanes is not None else 0

    def progress(self) -> Progress:
        """Return how far the run is, with the bytes that lanes have under way."""
        progress = self.scheduler.progress(time.monotonic())
        if self.scheduler.service.wants_credentials:
            progress = self._renewal.explained(progress)
        lanes = self._lanes
        if lanes is None:
            return progress
        if self._thawing is not None:
            progress = self._thawing.shown(progress)
        return replace(
            progress,
            bytes_done=progress.bytes_done + lanes.streamed - self._settled,
            bytes_received=lanes.received,
            slowest=self._slowest.at(time.monotonic(), lambda: lanes.under_way),
        )

    def park(self) -> None:
        """End all threads and record what they had; what cannot be recorded is found again."""
        self._listers.end()
        if self._lanes is not None:
            self._lanes.end(STOP_SECONDS)
        now = time.monotonic()
        self.scheduler.stop()
        for reply in (*self._mailbox, *self._listers.posted):
            if not isinstance(reply, (Page, ListingFailed)):
                self.scheduler.on(reply, now)
        with suppress(LocalError):
            self._record()


def _settings(job: Job, *, is_dry: bool) -> Settings:
    transfer = job.transfer
    return Settings(
        connections=transfer.connections,
        part_size=transfer.part_size,
        max_attempts=transfer.max_attempts,
        patience_seconds=transfer.patience_seconds,
        epoch=time.time() - time.monotonic(),
        is_dry=is_dry,
        records_links=job.target.links == "record",
    )
