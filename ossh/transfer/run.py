"""One execution of a job: it holds the job's lock and writes its manifest, watched or not."""

import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from ossh.backoff import Backoff
from ossh.errors import STATUS_BUG, STATUS_INTERRUPTED, OsshError
from ossh.job import Job
from ossh.language import Words, _
from ossh.manifest import Manifest, ManifestReader
from ossh.model import Cause, Entry, Status
from ossh.network import Http
from ossh.store.credentials import Provider, Renewal
from ossh.store.interruptible import POLL_SECONDS, BackgroundCall
from ossh.store.listing import Lister
from ossh.store.retries import with_retries
from ossh.transfer import machine
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.foreign_files import find_foreign, own_paths
from ossh.transfer.disk.work_folder import remove_abandoned
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetcher import fetch
from ossh.transfer.fetching.lanes import LocalLanes, NewLanes
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.job_thread import JobThread
from ossh.transfer.messages import Adopted, Controls, Phase, Progress, Removed, Round, Summary
from ossh.transfer.planning import adoption, name_rules, target_disk
from ossh.transfer.planning.checksums import Checksums
from ossh.transfer.planning.crash_recovery import killed_run, recover_parts
from ossh.transfer.planning.mirroring import take_away
from ossh.transfer.planning.other_jobs import OtherJobs
from ossh.transfer.planning.planner import Planner
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.planning.resuming import (
    check_same_source,
    check_unedited,
    end_listing_anew,
    is_listed,
    list_anew,
    new_planner,
    open_manifest,
)
from ossh.transfer.scheduling.retry_policy import PERMANENT
from ossh.transfer.speed_history import History
from ossh.transfer.summary import Ended, summary_of

MOST_ROUNDS = 1000  # that nobody has told of yet
MOST_ARRIVALS = 10_000  # the same; until somebody does, the run goes no further


class Run(JobThread[Summary]):
    """Runs a job: step by step where it is iterated, or in a thread of its own.

    Iterate it, and it goes on while you do; each step is a `Progress`. Or `start` it as a thread,
    and look at `progress` as often as you like. In either case replace `controls` to steer it. What
    keeps it from going on is raised where it is iterated; a thread leaves it in `error`.

    As a context manager it ends with its block: what is under way is parked.

    Args:
        provider: Where credentials come from, now and later.
        keep: Causes of failure that are not tried again; what `get` leaves and `retry` takes.
        preflight: Filled in while planning; with it the run plans only: it lists, chooses and
            compares, and does not touch the target.
        changes: Filled in as the bucket is listed again and compared with the manifest, which
            learns of it; without `preflight`, what it learns of is fetched then. A bucket that
            was never listed to its end is only listed on.
        adopts: Whether files that are here are proved and taken over before anything is fetched;
            with `preflight` they are only counted.
        polls: Wait for archived objects that are being restored, with these pauses between looks.
        http: Settings of the network.
        manifest_path: Where the manifest is, if not beside the job file.
        new_lanes: Makes what fetches: lanes of this machine, unless others do it.
        is_resumed: Whether the service answered just before, so that an outage is waited for.
        when_done: Called at the end, when all that the job wants is at the target, with the
            manifest closed.
        clock: By which pauses between requests are measured, in seconds.
    """

    is_endless = False  # it goes on until it is stopped

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        provider: Provider,
        *,
        keep: frozenset[Cause] = PERMANENT,
        preflight: Preflight | None = None,
        changes: Changes | None = None,
        adopts: bool = False,
        polls: Backoff | None = None,
        http: Http | None = None,
        manifest_path: Path | None = None,
        new_lanes: NewLanes = LocalLanes,
        is_resumed: bool = False,
        when_done: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(job, "run")
        self.controls = Controls()
        # Of a job that follows its bucket; whoever tells of one takes it out.
        self.rounds: deque[Round] = deque(maxlen=MOST_ROUNDS)
        # Objects as they arrive; whoever wants to know puts a deque here, and takes them out.
        self.arrivals: deque[Entry] | None = None
        self.provider = provider
        self._keep = keep
        self.preflight = preflight
        self.changes = changes
        self.removed = Removed()
        self.adopted = Adopted()
        self._adopts = adopts
        self._polls = polls
        self._http = http or Http()
        self.manifest_path = manifest_path or job.manifest_path
        self._new_lanes = new_lanes
        self._is_resumed = is_resumed
        self._when_done = when_done
        self._clock = clock
        # weak: when a caller leaves its loop without closing the run, the steps still end
        self._steps: Callable[[], Generator[Progress, None, None] | None] = lambda: None

    def __iter__(self) -> Iterator[Progress]:
        """Run in the thread that iterates; leaving early parks what is under way.

        Raises:
            OsshError: It cannot begin, or cannot go on; all that was done is recorded.
        """
        steps = self._stepwise()
        self._steps = weakref.ref(steps)
        return steps

    def __repr__(self) -> str:
        return f"<Run of {self.job.name!r}, {self.progress.phase}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if (steps := self._steps()) is not None:
            steps.close()
        if self.is_alive():
            self.stop()
            self.join()

    def failures(self) -> Iterator[Entry]:
        """Yield each object of the job that is not at the target, with its `failure`.

        Raises:
            ManifestError: The job has never run.
        """
        return ManifestReader(self.manifest_path).not_at_target()

    @property
    def status(self) -> int:
        """Return the exit status that it leads to, once it has ended."""
        if self.summary is not None:
            return self.summary.status
        return getattr(self.error, "status", STATUS_BUG) if self.error is not None else 0

    @property
    def is_stopping(self) -> bool:
        return self.controls.stopping

    def stop(self) -> None:
        """Ask the run to park what is under way and end; it does within two seconds."""
        self.controls = replace(self.controls, stopping=True)

    def work(self) -> None:
        for _step in self._stepwise():
            pass

    def _stepwise(self) -> Generator[Progress, None, None]:
        try:
            with open_manifest(self.manifest_path) as manifest:
                if self.arrivals is not None:
                    manifest.on_done = self.arrivals.extend
                yield from self._run(manifest)
        finally:
            self._http.close()
            self.progress = replace(self.progress, phase=Phase.ENDED)
        if self.preflight is None and self.summary is not None and self.summary.ended == "done":
            self._when_done()

    def _run(self, manifest: Manifest) -> Generator[Progress, None, None]:
        settings = replace(
            self.job.transfer, connections=machine.affordable(self.job.transfer.connections)
        )
        job = replace(self.job, transfer=settings)
        is_plan = self.preflight is not None
        target_disk.refuse_away(job, manifest)
        if self.changes is not None and (is_plan or is_listed(manifest)):
            summary = yield from self._list_again(job, manifest, self.changes)
            if is_plan or summary.ended != "done":
                self.summary = summary
                return
        check_unedited(self.job, manifest)
        planner = self._planner(job, manifest)
        if self.preflight is not None:
            with suppress(Interrupted):  # the first step obeys
                planner.review()
            summary = yield from self._follow(job, manifest, planner, None, Ended(), None)
            if self._adopts:
                with suppress(Interrupted):  # as after a listing that was stopped
                    adoption.count_candidates(manifest, planner.local_files, self.adopted)
            self.summary = self._with_foreign_files(summary, manifest, planner, self.preflight)
            return
        if self._adopts:
            summary = yield from self._adopt(job, manifest, planner)
            if summary.ended != "done":
                self.summary = summary
                return
        target_disk.remember(job, manifest)
        remove_abandoned(job.directory)
        yield from self._ask_day(job, manifest, planner)
        workspace = Workspace(job.directory, manifest.job_id, planner.local_files.policy)
        recover_parts(manifest, job.directory)
        with suppress(Interrupted):  # the first step of what follows obeys
            yield from self._recover_files(job, manifest, planner)
        # no listing tells whether one version of an object has thawed, so it is asked for again
        again = {Status.FAILED, Status.ARCHIVED} if job.version_id else {Status.FAILED}
        boot = machine.boot_id()
        row = manifest.begin_run(datetime.now(UTC), boot, keep=self._keep, again=again)
        ended, outcome = Ended(), "error"
        started = time.monotonic()
        history = History(manifest, row, started)
        try:
            if job.target.mirror:
                with suppress(Interrupted):  # the first step of what follows obeys
                    yield from self._take_away(job, manifest, planner)
            self.summary = yield from self._follow(
                job, manifest, planner, workspace, ended, history
            )
            outcome = self.summary.ended
        except (GeneratorExit, KeyboardInterrupt):  # the caller has left the loop
            outcome, ended.is_stopped = "stopped", True
            self.summary = self._summary(manifest, ended, started)
            raise
        finally:
            manifest.end_run(
                row,
                outcome,
                datetime.now(UTC),
                fetched=ended.fetched,
                bytes_received=ended.bytes_received,
                slowest=ended.slowest,
            )
            workspace.close()  # now, for until then it may be what tells of this run

    def _planner(self, job: Job, manifest: Manifest, changes: Changes | None = None) -> Planner:
        return new_planner(
            job,
            manifest,
            self.preflight,
            changes,
            self.removed,
            reads_bytes=not self._adopts,
            is_stopping=lambda: self.controls.stopping,
            is_own=self.manifest_path == job.manifest_path,
        )

    def _list_again(
        self, job: Job, manifest: Manifest, changes: Changes
    ) -> Generator[Progress, None, Summary]:
        """List the bucket once more, and let the rows follow; return how that ended."""
        check_same_source(job, manifest)
        list_anew(manifest)
        planner = self._planner(job, manifest, changes)
        summary = yield from self._follow(job, manifest, planner, None, Ended(), None)
        try:
            if summary.ended == "done":
                yield from self._settle_dates(job, planner)
                planner.drop_unlisted()
                end_listing_anew(job, manifest)  # only now the rows are what it wants
            if self.preflight is None:
                return summary
            planner.review()  # only now are the rows as the bucket is
        except Interrupted:
            return replace(summary, status=STATUS_INTERRUPTED, ended="stopped")
        return self._with_foreign_files(summary, manifest, planner, self.preflight)

    def _settle_dates(self, job: Job, planner: Planner) -> Generator[Progress, None, None]:
        """Find out about objects that have another date alone."""
        progress = replace(self.progress, note=Words("comparing checksums"))
        for _step in planner.settle_dates(self._checksums(job, planner)):
            self.progress = progress
            yield progress

    def _adopt(
        self, job: Job, manifest: Manifest, planner: Planner
    ) -> Generator[Progress, None, Summary]:
        """List the bucket to its end, then take over what is here; return how that ended."""
        summary = yield from self._follow(job, manifest, planner, None, Ended(), None)
        if summary.ended != "done":
            return summary
        checksums = self._checksums(job, planner)
        try:
            for progress in adoption.adopt(manifest, planner.local_files, checksums, self.adopted):
                self.progress = progress
                yield progress
        except Interrupted:
            return replace(summary, status=STATUS_INTERRUPTED, ended="stopped")
        return summary

    def _ask_day(
        self, job: Job, manifest: Manifest, planner: Planner
    ) -> Generator[Progress, None, None]:
        """Ask for the service's day where files may go to the trash, which is named after it.

        Where it does not tell, this machine's day has to do: the run will say what is wrong.
        """
        policy = planner.local_files.policy
        is_quiet = policy.doubted_since is None and killed_run(manifest) is None
        if is_quiet and not policy.replace:
            return
        call = BackgroundCall(partial(self._service_time, job))
        while not call.is_done(POLL_SECONDS):
            if self.is_stopping:
                return
            yield Progress()
        with suppress(OsshError):
            day = date.fromtimestamp(call.result())  # noqa: DTZ012 - people name their own days
            planner.local_files.use_day(day)

    def _service_time(self, job: Job) -> float:
        """Return what the service's clock says, in seconds since the epoch.

        Raises:
            StoreError: It does not tell.
        """
        lister, mend = self._lister(job), Renewal(self.provider)
        doing = _("get today's date from the service, so nothing is moved to the trash")
        return with_retries(lambda: lister.service_time(job.source.prefix), doing, mend=mend)

    def _lister(self, job: Job) -> Lister:
        return Lister(Signing(job.source, self.provider).current_signer, self._http)

    def _checksums(self, job: Job, planner: Planner) -> Checksums:
        return Checksums(self._lister(job), self.provider, planner.local_files)

    def _recover_files(
        self, job: Job, manifest: Manifest, planner: Planner
    ) -> Generator[Progress, None, None]:
        """Record what a killed run had finished, and not recorded."""
        checksums, boot = self._checksums(job, planner), machine.boot_id()
        for progress in adoption.recover_files(manifest, planner.local_files, checksums, boot):
            self.progress = progress
            yield progress

    def _take_away(
        self, job: Job, manifest: Manifest, planner: Planner
    ) -> Generator[Progress, None, None]:
        """Take away what the bucket no longer has."""
        ask_time = partial(self._service_time, job)
        for progress in take_away(job, manifest, planner.local_files, self.removed, ask_time):
            self.progress = progress
            yield progress

    def _follow(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        manifest: Manifest,
        planner: Planner,
        workspace: Workspace | None,
        ended: Ended,
        history: History | None,
    ) -> Generator[Progress, None, Summary]:
        """Publish the run's progress until it ends; return how it ended."""
        started = time.monotonic()
        steps = fetch(
            job,
            manifest,
            self.provider,
            planner,
            workspace,
            ended,
            controls=lambda: self.controls,
            http=self._http,
            new_lanes=self._new_lanes,
            is_resumed=self._is_resumed,
            polls=self._polls,
            clock=self._clock,
        )
        with closing(steps):  # at once, for the manifest is closed next
            for progress in steps:
                self.progress = progress
                if history is not None:
                    history.see(progress, time.monotonic())
                yield progress
                while len(self.arrivals or ()) > MOST_ARRIVALS and not self.is_stopping:
                    time.sleep(POLL_SECONDS)
        if history is not None:
            history.end(self.progress, ended.fetched, ended.bytes_received, time.monotonic())
        return self._summary(manifest, ended, started, is_plan=workspace is None)

    def _with_foreign_files(
        self, planned: Summary, manifest: Manifest, planner: Planner, sheet: Preflight
    ) -> Summary:
        """Count the files that only the target has, once all is planned; return the summary."""
        if planned.ended != "done" or not sheet.looks_around:
            return planned
        self.progress = replace(self.progress, note=Words("checking the target"))
        ours = own_paths(self.job, planner.local_files.tree.target)
        rules = name_rules.rules_for(self.job, manifest)
        others = OtherJobs(self.job)
        for paths in find_foreign(manifest, planner.local_files.tree.target, rules, ours):
            if self.controls.stopping:
                return replace(planned, status=STATUS_INTERRUPTED, ended="stopped")
            sheet.note_only_local(planner.local_files.tree.target, others.without_theirs(paths))
        return planned

    def _summary(
        self, manifest: Manifest, ended: Ended, started: float, *, is_plan: bool = False
    ) -> Summary:
        seconds = time.monotonic() - started
        return summary_of(
            self.job, manifest, ended, seconds, self.removed, self.adopted, is_plan=is_plan
        )
