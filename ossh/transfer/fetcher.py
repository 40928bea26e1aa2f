"""Listers, scheduler, manifest and lanes brought together: the loop that fetches.

```
lanes ──── Reply ──▶ mailbox ──┐
listers ── Page ───▶ posted ───┴─▶ scheduler ▶ manifest.record ▶ lanes.send ▶ Progress
```
File first, row second, screen third: a reply tells what is on disk, then the manifest learns of
it, then the progress shows it. Nothing here waits for a person or knows a terminal.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import InitVar, dataclass, replace

from ossh.backoff import Backoff
from ossh.errors import LocalError, OsshError
from ossh.job import Job
from ossh.manifest import Manifest, Outcome, PartChange
from ossh.model import Entry, Status
from ossh.network import Http
from ossh.store.credentials import Provider
from ossh.store.interruptible import POLL_SECONDS
from ossh.store.past_listing import lister_for
from ossh.store.signer import base_url
from ossh.transfer import machine
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import Lanes, NewLanes
from ossh.transfer.fetching.recovery import Recovery
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.listing.listers import Listers
from ossh.transfer.messages import Answer, ListingFailed, Page, Reply
from ossh.transfer.planning.planner import Planner
from ossh.transfer.planning.reconciliation import compared
from ossh.transfer.restoring.thaw_watch import ThawWatch
from ossh.transfer.scheduling.concurrency import OBJECT_WEIGHT
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.processes import Processes
from ossh.transfer.scheduling.scheduler import Scheduler
from ossh.transfer.scheduling.slowest import SlowestUnderWay
from ossh.transfer.watching import Controls, Progress, Summary

STOP_SECONDS = 2.0  # what is under way parks its partial files within this


@dataclass(eq=False)
class Fetcher:
    """Fetches what a job's manifest still lacks; every method runs on the run's thread.

    What is not explained here is as for `Run`.
    """

    job: Job
    manifest: Manifest  # its run has begun
    provider: InitVar[Provider]  # it holds credentials
    planner: Planner
    workspace: Workspace | None  # None to plan only, which touches neither bodies nor target
    summary: Summary
    http: Http
    new_lanes: NewLanes
    polls: InitVar[Backoff | None]
    clock: Callable[[], float]

    def __post_init__(self, provider: Provider, polls: Backoff | None) -> None:
        job, manifest = self.job, self.manifest
        self._signing = signing = Signing(job.source, provider)
        lister = lister_for(job.source, lambda: signing.signer, self.http)
        self._mailbox: deque[Reply] = deque()  # of the lanes
        self._wake = threading.Event()  # a stream has no task left, or a page came
        self._lanes = Lanes()  # until there are others
        counts = manifest.counts()
        self._is_resumed = counts.total > 0
        self._listers = Listers(job, manifest, lister, provider, self.http, self._wake.set)
        epoch = time.time() - self.clock()
        self.scheduler = Scheduler(
            job.transfer,
            Outcomes(counts, self.summary, epoch, manifest.file_of),
            len(self._listers.unfinished),
            random.Random(),  # noqa: S311 - jitter
            is_dry=self.workspace is None,
            records_links=job.target.links == "record",
        )
        self._connections = machine.affordable(job.transfer.connections)
        self._processes = Processes(job.transfer.processes, machine.cores())
        self._recovery = Recovery(self.scheduler, signing, lister)
        self._thawing: ThawWatch | None = None
        if self.workspace is not None and not job.version_id:
            parts = manifest, self.scheduler, lister, self.planner.access, polls
            is_told = not job.inventory
            self._thawing = ThawWatch(*parts, self.clock(), is_told=is_told)
        self._slowest = SlowestUnderWay(self.scheduler.item)
        self._settled = 0  # bytes that replies have reported
        self._received = 0  # bytes that lanes had received at the last turn
        self._stop_by: float | None = None
        self._is_told_to_stop = self.planner.local_files.is_stopping

    def steps(self, controls: Callable[[], Controls]) -> Iterator[Progress]:
        """Fetch to the end; yield how far that is, many times a second.

        The controls are asked at every turn.

        Raises:
            OsshError: The run cannot go on; everything that was done is recorded.
            Interrupted: Told to stop, or the summary has the failure that it stopped for.
        """
        try:
            yield from self._begin()
            while (wait := self._wait(controls())) is not None:
                with suppress(Interrupted):  # while files were compared; the next turn obeys
                    self._turn(wait, controls())
                yield self._progress()
            if self.scheduler.state.is_stopping:
                raise Interrupted
        finally:
            self._park()

    def _begin(self) -> Iterator[Progress]:
        """Start the threads; `_park` ends those that were started, should others fail to.

        Listing begins once something can fetch: a cluster has to be asked first.
        """
        if self.workspace is not None:
            on_idle = self._wake.set
            context = LaneContext(self.http, self.workspace, self._mailbox.append, on_idle)
            self._lanes = self.new_lanes(self._signing, context)
            if not self._is_resumed:  # else there may be nothing to fetch
                self.http.connect_ahead(base_url(self.job.source))
        try:
            while not (self._is_told_to_stop() or self._lanes.is_ready(POLL_SECONDS)):
                yield self._progress()
        except OsshError:
            if not self._is_resumed:
                self.manifest.start_listing([])  # so that a new job leaves no trace
            raise
        self._listers.begin(*self._listers.unfinished)

    def _wait(self, controls: Controls) -> float | None:
        """Return how long to wait for replies, in seconds; None when the run is over."""
        now, idle = self.clock(), None
        received = self._lanes.received
        if controls.paused or received > self._received:
            self.scheduler.service.since = now  # nothing is sent to end it, or not all is at a halt
        self._received = received
        if self._thawing is not None and self.scheduler.is_idle:
            idle = self._thawing.idle_seconds()
        return self.scheduler.wait(now, idle)

    def _turn(self, wait: float, controls: Controls) -> None:
        """Take what came in, record it, and send what comes next."""
        if not self._listers.posted:
            # replies gather meanwhile, one transaction for many, unless a stream would stand idle
            self._wake.wait(wait)
        self._wake.clear()
        now = self.clock()
        self._obey(controls, now)
        self._take(now)
        self._split()
        self._listers.begin(*self.scheduler.listings.due(now))
        if self._thawing is not None and not controls.paused:
            self._thawing.turn(now)
        self._send(controls, now)
        self._recovery.turn(now)

    def _take(self, now: float) -> None:
        for _ in range(len(self._mailbox)):  # what comes in the meantime is for the next turn
            reply = self._mailbox.popleft()
            if isinstance(reply, Answer):
                self._settled += reply.received
                if self._thawing is not None:
                    self._thawing.hear(reply)
            self.scheduler.on(reply, now)
        self._record()
        waiting = len(self._listers.posted)
        # where nothing else is to be done, objects of the first begin before the next is looked at
        for _ in range(waiting if self.scheduler.is_busy else min(1, waiting)):
            reply = self._listers.posted.popleft()
            if isinstance(reply, Page):
                self._plan(reply, now)
            else:
                self.scheduler.on(reply, now)

    def _record(self) -> None:
        outcomes, parts = self.scheduler.outcomes.take()
        if self.job.transfer.durable:
            self._write_out(outcomes, parts)
        self.manifest.record(outcomes, parts)
        if outcomes:
            self.scheduler.totals.counts = self.manifest.counts()
        if self.workspace is not None:
            for outcome in outcomes:
                # others need their partial file, or it has its final name already
                if outcome.status is not Status.DONE and not outcome.status.is_resumable:
                    self.workspace.empty(outcome.row)

    def _write_out(self, outcomes: list[Outcome], parts: list[PartChange]) -> None:
        """Wait until files that rows are about to tell of outlast a power cut.

        Raises:
            LocalError: The disk failed. Nobody can tell what it has of these files, so they are
                recorded as ours, but not as their objects: the next run fetches these again.
        """
        rows = [one.row for one in outcomes if one.status.is_at_target]
        try:
            paths = [one.path for one in self.manifest.entries_at(rows)]
            self.planner.local_files.write_out(paths)
        except LocalError:
            lost = [
                replace(one, status=Status.PENDING, attempts=0, proof=None)
                if one.status.is_at_target
                else one
                for one in outcomes
            ]
            self.manifest.record(lost, parts)
            raise

    def _plan(self, page: Page, now: float) -> None:
        """Record a page together with the listing's cursor, then let the lister continue."""
        self.planner.add(page)
        self.scheduler.totals.plan(self.manifest.counts())
        self.scheduler.on(page, now)
        self._listers.acknowledge(page)

    def _send(self, controls: Controls, now: float) -> None:
        """Send what comes next: few tasks first, so that they begin while more are loaded."""
        rate = controls.bytes_per_second
        rate = self.job.transfer.rate if rate < 0 else rate
        scheduler, is_more = self.scheduler, True
        while is_more:
            tasks = [] if controls.paused else scheduler.tasks(self._pending, now)
            self._lanes.use(self._processes.level)
            # before they begin: large ones among them leave less room for small ones
            self._lanes.limit(scheduler.lane_connections, scheduler.concurrency.streams, rate)
            self._lanes.send(tasks)
            is_more = scheduler.is_filling and not controls.paused

    def _split(self) -> None:
        """List the rest of a slow range in pieces, all at once."""
        if self.scheduler.state.is_stopping:
            return
        pieces = self._listers.split()
        self.scheduler.listings.count += len(pieces)
        self._listers.begin(*pieces)

    def _pending(self, after_row: int, limit: int, tried: bool) -> list[Entry]:  # noqa: FBT001
        with_links = not self.scheduler.state.rounds.leaves_links
        entries = self.manifest.pending(after_row, limit, tried=tried, with_links=with_links)
        if not self._is_resumed or tried:
            return entries
        return [compared(entry, self.planner.local_files) for entry in entries]

    def _obey(self, controls: Controls, now: float) -> None:
        scheduler, settings = self.scheduler, self.job.transfer
        if self._is_told_to_stop():
            scheduler.state.stop()
        if scheduler.state.is_stopping:
            self._stop_by = self._stop_by or now + STOP_SECONDS
            self._listers.end()
        most = controls.connections or self._connections
        is_told = self._processes.level > 1
        scheduler.concurrency.set_limit(most, self._lanes.machines, is_told=is_told)
        work = self._lanes.received + OBJECT_WEIGHT * self.summary.fetched
        is_busy = scheduler.is_busy
        scheduler.concurrency.progress(work, scheduler.answers, now, is_busy=is_busy)
        self._processes.want(controls.processes or settings.processes)
        totals = scheduler.totals
        left = totals.bytes_left + OBJECT_WEIGHT * totals.counts.objects[Status.PENDING]
        self._processes.progress(work, left, time.process_time(), now, is_busy=is_busy)
        if scheduler.state.recalls or controls.paused:
            scheduler.state.recalls = False
            self._lanes.recall(running=scheduler.state.is_stopping)
        if self._stop_by is not None and now > self._stop_by:
            scheduler.abandon()

    def _progress(self) -> Progress:
        """Return how far the run is, with the bytes that lanes have under way."""
        progress = self._recovery.explained(self.scheduler.progress(self.clock()))
        if self._thawing is not None:
            progress = self._thawing.shown(progress)
        received = self._lanes.received
        return replace(
            progress,
            bytes_done=progress.bytes_done + received - self._settled,
            bytes_received=received,
            slowest=self._slowest.at(self.clock(), lambda: self._lanes.under_way),
        )

    def _park(self) -> None:
        """End all threads and record what they had; what cannot be recorded is found again.

        The summary learns how all that went.
        """
        summary = self.summary
        self._listers.end()
        summary.notes = self._lanes.end(STOP_SECONDS)
        now = self.clock()
        self.scheduler.state.stop()
        for reply in (*self._mailbox, *self._listers.posted):
            if not isinstance(reply, (Page, ListingFailed)):
                self.scheduler.on(reply, now)
        with suppress(LocalError):
            self._record()
        summary.failure = self.scheduler.state.stopped
        summary.slowest = self.scheduler.outcomes.slowest
        summary.bytes_received = self._lanes.received
