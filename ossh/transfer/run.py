"""One execution of a job: the thread that owns its manifest, whoever watches."""

import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ossh import protocol
from ossh.errors import STATUS_INTERRUPTED, STATUS_MISSING, STATUS_STOPPED, UsageError
from ossh.job import Job, fingerprint, place
from ossh.language import Words, _
from ossh.manifest import Manifest, ManifestReader
from ossh.model import Cause, Entry, Status
from ossh.network import Http
from ossh.store.credentials import Provider
from ossh.transfer import failed_csv, machine, naming
from ossh.transfer.answers import PERMANENT
from ossh.transfer.disk import HERE, Halted
from ossh.transfer.fetcher import Ended, fetch
from ossh.transfer.foreign import foreign, own_paths
from ossh.transfer.history import History
from ossh.transfer.lanes import Lanes, NewFetching
from ossh.transfer.messages import Controls, Phase, Progress, Summary
from ossh.transfer.opening import check_unedited, list_anew, new_planner, open_manifest, take_up
from ossh.transfer.plan import Planner
from ossh.transfer.preflight import Changes, Preflight
from ossh.transfer.thawing import Polls
from ossh.transfer.workspace import Workspace

_NOT_HERE = (Status.FAILED, Status.GONE, Status.ARCHIVED)
_WROTE_CSV = "wrote_failed_csv"  # another job may share the target, so a file need not be ours


class Run(threading.Thread):
    """Runs a job: step by step where it is iterated, or in a thread of its own.

    Iterate it, and it goes on while you do; each step is a `Progress`. Or `start` it as a thread,
    and look at `progress` as often as you like. In either case replace `controls` to steer it. When
    it has ended, `summary` says how. What keeps it from going on is raised where it is iterated; a
    thread leaves it in `error`. `result` gives the one or raises the other.

    As a context manager it ends with its block: what is under way is parked.

    Args:
        job: What to do.
        provider: Where credentials come from, now and later.
        keep: Causes of failure that are not tried again; what `get` leaves and `retry` takes.
        preflight: Filled in while planning; with it the run plans only: it lists, chooses and
            compares, and does not touch the target.
        changes: Filled in as the bucket is listed again and compared with the manifest, which
            learns of it; goes with `preflight`.
        polls: Wait for archived objects that are being restored, and look for them so often.
        http: Settings of the network.
        manifest_path: Where the manifest is, if not beside the job file.
        fetching: Makes what fetches: lanes of this machine, unless others do it.
        when_done: Called at the end, when all that the job wants is at the target, with the
            manifest closed.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        provider: Provider,
        *,
        keep: frozenset[Cause] = PERMANENT,
        preflight: Preflight | None = None,
        changes: Changes | None = None,
        polls: Polls | None = None,
        http: Http | None = None,
        manifest_path: Path | None = None,
        fetching: NewFetching = Lanes,
        when_done: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(name=f"ossh-run-{job.name}", daemon=True)
        self.job = job
        self.progress = Progress()
        self.controls = Controls()
        self.summary: Summary | None = None
        self.error: BaseException | None = None
        self.provider = provider
        self._keep = keep
        self.preflight = preflight
        self.changes = changes
        self._polls = polls
        self._http = http or Http()
        self._manifest_path = manifest_path or job.manifest_path
        self._fetching = fetching
        self._when_done = when_done
        # weak, so that a loop that is left ends its steps though it left no run to close
        self._steps: Callable[[], Generator[Progress, None, None] | None] = lambda: None

    def __iter__(self) -> Iterator[Progress]:
        """Run in the thread that iterates; to leave early parks what is under way.

        Raises:
            OsshError: It cannot begin, or cannot go on; all that was done is recorded.
        """
        steps = self._stepwise()
        self._steps = weakref.ref(steps)
        return steps

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Park what is under way."""
        if (steps := self._steps()) is not None:
            steps.close()
        if self.is_alive():
            self.stop()
            self.join()

    def result(self) -> Summary:
        """Return how the run ended; of a thread, wait for that.

        Raises:
            OsshError: What kept a thread from going on.
            UsageError: It has neither been iterated nor started.
        """
        if self.is_alive():
            self.join()
        if self.error is not None:
            raise self.error
        if self.summary is None:
            hint = _("iterate over it or start it first")
            raise UsageError(_("the run has no result yet"), hint=hint)
        return self.summary

    def failures(self) -> Iterator[Entry]:
        """Yield each object of the job that is not at the target, with its `failure`.

        Raises:
            ManifestError: The job has never run.
        """
        return ManifestReader(self._manifest_path).not_at_target()

    def stop(self) -> None:
        """Ask the run to park what is under way and end; it does within two seconds."""
        self.controls = replace(self.controls, stopping=True)

    def run(self) -> None:
        """Run to the end; what goes wrong is left in `error`."""
        try:
            for _step in self._stepwise():
                pass
        except BaseException as error:  # noqa: BLE001 - shown by the thread that watches
            self.error = error

    def _stepwise(self) -> Generator[Progress, None, None]:
        """Run, and yield how far that is."""
        try:
            with open_manifest(self._manifest_path) as manifest:
                yield from self._run(manifest)
        finally:
            self._http.close()
            self.progress = replace(self.progress, phase=Phase.ENDED)
        if self.preflight is None and self.summary is not None and self.summary.ended == "done":
            self._when_done()

    def _run(self, manifest: Manifest) -> Generator[Progress, None, None]:
        if self.changes is not None:
            list_anew(manifest)
        else:
            check_unedited(self.job, manifest)
        settings = replace(
            self.job.transfer, connections=machine.affordable(self.job.transfer.connections)
        )
        job = replace(self.job, transfer=settings)
        planner = new_planner(
            job,
            manifest,
            self.preflight,
            self.changes,
            is_stopping=lambda: self.controls.stopping,
            is_own=self._manifest_path == job.manifest_path,
        )
        if self.preflight is not None:
            yield from self._plan(job, manifest, planner, self.preflight)
            return
        manifest.set_meta("target", place(job))
        workspace = Workspace(job.directory, manifest.job_id, planner.disk.policy)
        take_up(manifest, job.directory)
        # no listing tells whether one version of an object has thawed, so it is asked for again
        again = {Status.FAILED, Status.ARCHIVED} if job.version_id else {Status.FAILED}
        boot = machine.boot_id()
        row = manifest.begin_run(datetime.now(UTC), boot, keep=self._keep, again=again)
        ended, outcome = Ended(), "error"
        started = time.monotonic()
        history = History(manifest, row, started)
        try:
            self.summary = yield from self._follow(
                job, manifest, planner, workspace, ended, history
            )
            outcome = self.summary.ended
        except (GeneratorExit, KeyboardInterrupt):  # whoever iterates has left
            outcome, ended.is_stopped = "stopped", True
            self.summary = self._summary(manifest, ended, time.monotonic() - started)
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
            workspace.tidy()  # now, for until then it may be what tells of this run

    def _plan(
        self, job: Job, manifest: Manifest, planner: Planner, sheet: Preflight
    ) -> Generator[Progress, None, None]:
        """List, choose and compare, but fetch nothing."""
        if self.changes is None:
            with suppress(Halted):  # the first step obeys
                planner.review()
        summary = yield from self._follow(job, manifest, planner, None, Ended(), None)
        if self.changes is not None:
            if summary.ended == "done":
                planner.drop_unlisted()
                manifest.set_meta("wish", fingerprint(job))  # only now the rows are what it wants
            planner.review()  # only now are the rows as the bucket is
        self.summary = self._looked_around(summary, manifest, planner, sheet)

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
            fetching=self._fetching,
            polls=self._polls,
        )
        with closing(steps):  # at once, for the manifest is closed next
            for progress in steps:
                self.progress = progress
                if history is not None:
                    history.see(progress, time.monotonic())
                yield progress
        if history is not None:
            history.end(self.progress, ended.fetched, ended.bytes_received, time.monotonic())
        return self._summary(manifest, ended, time.monotonic() - started)

    def _looked_around(
        self, planned: Summary, manifest: Manifest, planner: Planner, sheet: Preflight
    ) -> Summary:
        """Count what is only at the target once all is planned; return how that ended."""
        if planned.ended != "done" or not sheet.looks_around:
            return planned
        self.progress = replace(self.progress, note=Words("checking the target"))
        ours = own_paths(self.job, planner.disk.target)
        rules = naming.rules_for(self.job, manifest)
        for paths in foreign(manifest, planner.disk.target, rules, ours):
            if self.controls.stopping:
                return replace(planned, status=STATUS_INTERRUPTED, ended="stopped")
            sheet.note_only_local(planner.disk.target, paths)
        return planned

    def _summary(self, manifest: Manifest, ended: Ended, seconds: float) -> Summary:
        """Return how the run ended, read from the manifest, and write the CSV that reports it.

        A run that was stopped leaves the CSV of an earlier one alone.
        """
        counts = manifest.counts()
        missing = sum(counts.objects[status] for status in _NOT_HERE) and self.preflight is None
        status, word = (STATUS_MISSING, "failed") if missing else (0, "done")
        archived = manifest.archived() if counts.objects[Status.ARCHIVED] else ()
        failed_list, error = "", None
        if ended.failure is not None:
            status, word = STATUS_STOPPED, "error"
            error = protocol.store_error(
                _("continue job '{name}'").format(name=self.job.name), ended.failure
            )
        elif ended.is_stopped:
            status, word = STATUS_INTERRUPTED, "stopped"
        elif self.preflight is None:
            failed_list = self._list_failed(manifest)
        return Summary(
            status=status,
            ended=word,
            seconds=seconds,
            objects=counts.objects,
            size=counts.size,
            fetched=ended.fetched,
            bytes_received=ended.bytes_received,
            replaced=ended.replaced,
            followed=ended.followed,
            notes=ended.notes,
            client_encrypted=manifest.client_encrypted(),
            by_cause=tuple(
                (cause.value, count, protocol.advice(cause))
                for cause, count in manifest.failures_by_cause()
            ),
            proofs=manifest.proofs(),
            mapped=0 if self.job.target.file else manifest.mapped(),
            error="" if error is None else str(error),
            hint="" if error is None else error.hint or "",
            failed_csv=failed_list,
            thawing=sum(one.objects for one in archived if one.is_thawing),
            unfinished_size=manifest.unfinished_size(),
            file=self._file(manifest),
        )

    def _file(self, manifest: Manifest) -> str:
        """Return the path of the file that a job of one object has, "" as long as it has none."""
        entry = manifest.entry(self.job.source.prefix) if self.job.is_key else None
        if entry is None or entry.status not in HERE:
            return ""
        return str(self.job.directory / entry.path)

    def _list_failed(self, manifest: Manifest) -> str:
        """Write the CSV of what is not at the target; when all is there, remove one of ours."""
        shard = self.job.selection.shard
        path = failed_csv.write(self.job.directory, manifest.not_at_target(), shard)
        if path is None and manifest.get_meta(_WROTE_CSV):
            failed_csv.remove(self.job.directory, shard)
        manifest.set_meta(_WROTE_CSV, "" if path is None else "yes")
        return "" if path is None else str(path)
