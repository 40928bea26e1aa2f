"""One execution of a job: it holds the job's lock and writes its manifest, watched or not.

```
plan ──── only listed, chosen and compared with the target
mend ──── what a killed run, or a power cut, left is recorded or dropped
the bucket is listed again ─ where that is asked for, or the job is a mirror
adopt ─── what is here is proved and taken over
mirror ── what the bucket no longer has is taken away
fetch ─── `fetcher`: listed, chosen, compared and fetched, until all is here or has failed
```
Every step is a `Progress`; between any two the run may be told to stop.
"""

import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import KW_ONLY, InitVar, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from ossh.backoff import Backoff
from ossh.errors import STATUS_BUG, OsshError
from ossh.job import Job
from ossh.language import Words, _
from ossh.manifest import Manifest, ManifestReader
from ossh.model import Cause, Entry, Status
from ossh.network import Http
from ossh.store.credentials import Provider, Renewal
from ossh.store.interruptible import POLL_SECONDS, awaited
from ossh.store.listing import Lister
from ossh.store.retries import with_retries
from ossh.transfer import machine
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.work_folder import remove_abandoned, working
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetcher import Fetcher
from ossh.transfer.fetching.lanes import LocalLanes, NewLanes
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.job_thread import JobThread
from ossh.transfer.planning import adoption, target_disk
from ossh.transfer.planning.crash_recovery import killed_run, note_clock, recover_parts
from ossh.transfer.planning.mirroring import take_away
from ossh.transfer.planning.other_jobs import strangers
from ossh.transfer.planning.planner import Planner
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.planning.reconciliation import recheck
from ossh.transfer.planning.resuming import (
    PLANNED_AT,
    check_unedited,
    end_listing_anew,
    is_listed,
    list_anew,
    new_planner,
    open_manifest,
)
from ossh.transfer.scheduling.retry_policy import PERMANENT
from ossh.transfer.summary import History, conclude
from ossh.transfer.watching import Controls, Phase, Progress, Round, Summary

MOST_ROUNDS = 1000  # that nobody has told of yet
MOST_ARRIVALS = 10_000  # that nobody has taken; until somebody does, the run goes no further

Steps = Generator[Progress, None, None]


@dataclass(eq=False, repr=False)
class Run(JobThread[Summary]):
    """Runs a job: step by step where it is iterated, or in a thread of its own.

    Iterate it, and it goes on while you do; each step is a `Progress`. Or `start` it as a thread,
    and look at `progress` as often as you like. In either case replace `controls` to steer it. What
    keeps it from going on is raised where it is iterated; a thread leaves it in `error`.

    As a context manager it ends with its block: what is under way is parked.
    """

    job: Job
    provider: Provider
    _: KW_ONLY
    keep: frozenset[Cause] = PERMANENT  # not tried again; what `get` leaves and `retry` takes
    # Filled in while planning; with it the run plans only: it lists, chooses and compares, and does
    # not touch the target.
    preflight: Preflight | None = None
    # Filled in as the bucket is listed again and compared with the manifest, which learns of it;
    # without `preflight`, what it learns of is fetched then. A bucket that was never listed to its
    # end is only listed on.
    changes: Changes | None = None
    # Whether files that are here are proved and taken over before anything is fetched; with
    # `preflight` they are only counted.
    adopts: bool = False
    polls: Backoff | None = None  # pauses between looks at what is being restored, to wait for it
    http: Http = field(default_factory=Http)
    manifest_at: InitVar[Path | None] = None  # where it is, if not beside the job file
    new_lanes: NewLanes = LocalLanes  # makes what fetches: these, unless others do it
    is_resumed: bool = False  # whether the service answered just before: an outage is waited for
    # called at the end, when all that the job wants is at the target, with the manifest closed
    when_done: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic  # by which pauses between requests are measured

    is_endless = False  # it goes on until it is stopped

    def __post_init__(self, manifest_at: Path | None) -> None:
        super().__init__(self.job, "run")
        self.controls = Controls()
        # Of a job that follows its bucket; whoever tells of one takes it out.
        self.rounds: deque[Round] = deque(maxlen=MOST_ROUNDS)
        # Objects as they arrive; whoever wants to know puts a deque here, and takes them out.
        self.arrivals: deque[Entry] | None = None
        self.manifest_path = manifest_at or self.job.manifest_path
        self._summary = Summary()
        self.listed: datetime | None = None  # when the bucket was, unless by this run; aware
        self.removed, self.adopted = self._summary.removed, self._summary.adopted
        self._trash: Trash | None = None
        # weak: when a caller leaves its loop without closing the run, the steps still end
        self._steps: Callable[[], Steps | None] = lambda: None

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

    def __exit__(self, *error: object) -> None:
        if (steps := self._steps()) is not None:
            steps.close()
        super().__exit__(*error)

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

    def work(self) -> None:
        for _step in self._stepwise():
            pass

    def _stepwise(self) -> Steps:
        try:
            with open_manifest(self.manifest_path) as manifest:
                if self.arrivals is not None:
                    manifest.on_done = self.arrivals.extend
                with closing(self._recorded(manifest)) as steps:
                    for progress in steps:
                        self.progress = progress
                        yield progress
                        while len(self.arrivals or ()) > MOST_ARRIVALS and not self.is_stopping:
                            time.sleep(POLL_SECONDS)
        finally:
            self._trash = None  # it keeps folders of the target open
            self.http.close()
            self.progress = replace(self.progress, phase=Phase.ENDED)
        if self.preflight is None and self.summary is not None and self.summary.ended == "done":
            self.when_done()

    def _recorded(self, manifest: Manifest) -> Steps:
        """Take all steps with the open manifest, and leave the summary."""
        self._manifest = manifest
        self.summary = None  # it may have run before
        self._summary = Summary(removed=self.removed, adopted=self.adopted)
        self._began = time.monotonic()
        try:
            yield from self._all()
        except Interrupted:
            self._summary.ended = "stopped"
        if self.summary is None:  # nothing was fetched
            self._summarize()

    def _all(self) -> Steps:
        """Take all steps; for errors see `_follow`."""
        target_disk.refuse_away(self.job, self._manifest)
        is_plan = self.preflight is not None
        changes = self.changes if is_plan or is_listed(self._manifest) else None
        check_unedited(self.job, self._manifest, is_listed_again=changes is not None)
        if changes is None and self._manifest.is_listing_finished():
            self.listed = self._manifest.moment(PLANNED_AT)
        if not is_plan:
            yield from self._carry_out(changes)
        elif changes is not None:
            yield from self._list_again(changes)
        else:
            planner = self._planner()
            planner.review()
            yield from self._follow(planner)
            if self.adopts:
                adoption.count_candidates(self._manifest, planner.local_files, self.adopted)
            self._look_around(planner)

    def _carry_out(self, changes: Changes | None) -> Steps:
        """Do all that changes the target."""
        planner = self._planner()
        target_disk.remember(self.job, self._manifest)
        remove_abandoned(self.job.directory)
        yield from self._ask_day(planner)
        self._trash = planner.local_files.trash  # of that day
        policy = planner.local_files.policy
        job_id = self._manifest.job_id
        # closed at the end, for until then it may be what tells of this run
        with (
            closing(Workspace(self.job.directory, job_id, policy)) as workspace,
            working(workspace.tree, job_id, self.job.name),
        ):
            # as long as the rows are as a killed run left them
            recover_parts(self._manifest, self.job.directory)
            checksums = adoption.Checksums(self._lister(), self.provider, planner.local_files)
            yield from adoption.recover_files(self._manifest, checksums, machine.boot_id())
            if changes is not None:
                yield from self._list_again(changes)
            if self.adopts:
                yield from self._follow(planner)
                yield from adoption.adopt(self._manifest, checksums, self.adopted)
            yield from self._fetch(planner, workspace)

    def _planner(self, changes: Changes | None = None) -> Planner:
        return new_planner(
            self.job,
            self._manifest,
            self.preflight,
            changes,
            self.removed,
            reads_bytes=not self.adopts,
            is_stopping=lambda: self.is_stopping,
        )

    def _list_again(self, changes: Changes) -> Steps:
        """List the bucket once more, and let the rows follow."""
        list_anew(self._manifest)
        planner = self._planner(changes)
        yield from self._follow(planner)
        progress = replace(self.progress, note=Words("comparing checksums"))
        checksums = adoption.Checksums(self._lister(), self.provider, planner.local_files)
        for _step in planner.settle_dates(checksums, changes):
            yield progress
        planner.drop_unlisted(changes)
        end_listing_anew(self.job, self._manifest)  # only now the rows are what it wants
        planner.review()  # only now are the rows as the bucket is
        self._look_around(planner)

    def _look_around(self, planner: Planner) -> None:
        """Count the files that only the target has, once all is planned.

        Raises:
            Interrupted: Told to stop.
        """
        sheet, files = self.preflight, planner.local_files
        if sheet is None or not sheet.looks_around:
            return
        self.progress = replace(self.progress, note=Words("checking the target"))
        for paths in strangers(self.job, self._manifest):
            files.check_stopping()
            sheet.note_only_local(files.tree.target, paths)

    def _ask_day(self, planner: Planner) -> Steps:
        """Ask for the service's day where files may go to the trash, which is named after it.

        Where it does not tell, this machine's day has to do: the run will say what is wrong.
        """
        files = planner.local_files
        is_quiet = files.policy.doubted_since is None and killed_run(self._manifest) is None
        if is_quiet and not files.policy.replace:
            return
        with suppress(OsshError):
            seconds = yield from awaited(self._service_time, files.check_stopping, self.progress)
            files.use_day(date.fromtimestamp(seconds))  # noqa: DTZ012 - people name their own days

    def _service_time(self) -> float:
        """Return what the service's clock says, in seconds since the epoch.

        Raises:
            StoreError: It does not tell.
        """
        lister, mend = self._lister(), Renewal(self.provider)
        doing = _("get today's date from the service, so nothing is moved to the trash")
        prefix = self.job.source.prefix
        return with_retries(lambda: lister.service_time(prefix), doing, mend=mend)

    def _lister(self) -> Lister:
        signing = Signing(self.job.source, self.provider)
        return Lister(signing.current_signer, self.http)

    def _fetch(self, planner: Planner, workspace: Workspace) -> Steps:
        """Take away what a mirror loses, fetch what is lacking, and record the run."""
        manifest, summary = self._manifest, self._summary
        # no listing tells whether one version of an object has thawed, so it is asked for again
        again = {Status.FAILED} | ({Status.ARCHIVED} if self.job.version_id else set())
        now, boot = datetime.now(UTC), machine.boot_id()
        note_clock(manifest, now, boot)
        row = manifest.begin_run(now, boot, keep=self.keep, again=again)
        history = History(manifest, row, time.monotonic())
        try:
            if self.job.target.mirror:
                files, ask = planner.local_files, self._service_time
                yield from take_away(self.job, manifest, files, self.removed, ask)
            with closing(self._follow(planner, workspace)) as steps:
                for progress in steps:
                    history.see(progress, time.monotonic())
                    yield progress
            self._summarize()
        except (GeneratorExit, KeyboardInterrupt, Interrupted) as error:
            summary.ended = "stopped"
            self._summarize()
            if not isinstance(error, Interrupted):  # the caller has left the loop
                raise
        finally:
            manifest.end_run(
                row,
                summary.ended,
                datetime.now(UTC),
                fetched=summary.fetched,
                bytes_received=summary.bytes_received,
                slowest=summary.slowest,
            )
            history.end(self.progress, summary, time.monotonic())

    def _follow(self, planner: Planner, workspace: Workspace | None = None) -> Steps:
        """List, and fetch if there is a workspace, to the end.

        Raises:
            Interrupted: Told to stop, or the summary has the failure that it stopped for.
        """
        files, summary = planner.local_files, self._summary
        self._began = time.monotonic()
        if workspace is not None:
            yield from recheck(self._manifest, files, summary.verified)
            summary.has_compared = True
        # the source of credentials may answer late, or never
        yield from awaited(self.provider.current, files.check_stopping, Progress())
        fetcher = Fetcher(
            self.job,
            self._manifest,
            self.provider,
            planner,
            workspace,
            summary,
            self.http,
            self.new_lanes,
            self.polls,
            self.clock,
        )
        fetcher.scheduler.service.has_answered = self.is_resumed
        yield from fetcher.steps(lambda: self.controls)

    def _summarize(self) -> None:
        summary = self._summary
        summary.seconds = time.monotonic() - self._began
        self.summary = conclude(summary, self.job, self._manifest, self.preflight, self._trash)
