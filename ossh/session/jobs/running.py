"""Makes what works on a job: runs that fetch or only plan, and verifications."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from os.path import lexists
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ossh import regular_files
from ossh.errors import ManifestError, UsageError
from ossh.job import Job, fingerprint, load, same_source
from ossh.language import _
from ossh.manifest import set_aside
from ossh.model import Cause
from ossh.processes.process_lanes import ProcessLanes
from ossh.run_lock import RunLock
from ossh.session.browsing.place import Place
from ossh.session.connecting.connection import Connection
from ossh.session.done_command import DoneCommand
from ossh.session.jobs.following import Following
from ossh.session.jobs.job_choice import job_for, named_job
from ossh.session.jobs.job_facts import reader_of
from ossh.session.jobs.job_request import JobRequest
from ossh.session.jobs.opening import claimed
from ossh.session.jobs.removal import discard, forget_empty
from ossh.session.jobs.vouching import check_trust, reached, vouched
from ossh.session.session import Session
from ossh.transfer import failed_csv
from ossh.transfer.disk import work_folder
from ossh.transfer.fetching.lanes import NewLanes
from ossh.transfer.job_thread import PARK_SECONDS
from ossh.transfer.planning import name_rules, resuming
from ossh.transfer.planning.other_jobs import SingleGets
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.restoring.thaw_watch import THAW_CHECKS
from ossh.transfer.run import Run
from ossh.transfer.scheduling.retry_policy import PERMANENT

if TYPE_CHECKING:
    from ossh.transfer.streaming.tar_stream import TarStream
    from ossh.transfer.verification import Verification


def new_run(  # noqa: PLR0913 - what a run is made of
    session: Session,
    job: Job,
    *,
    only: frozenset[Cause] | None = None,  # failures to try again; None: those that may end
    sheet: Preflight | None = None,  # filled in while the run plans, which is then all it does
    changes: Changes | None = None,  # filled in as the bucket is listed again, before it fetches
    dask: str = "",  # the scheduler whose workers fetch; "": this machine
    wait_restore: bool = False,  # until what is being restored has thawed and is here
    adopts: bool = False,  # prove and take over files that are here
    request: JobRequest | None = None,  # what this run does although the job file does not say so
    every: float | None = None,  # seconds between two rounds; follows the bucket until stopped
    done: DoneCommand | None = None,  # run after those rounds
) -> Run:
    """Save a job if it is new, open it, and return a run of it, not started yet.

    Raises:
        UsageError: The job runs in the background, Dask is not installed, or nobody vouches for
            what is unusual about the job.
        LocalError: The job file cannot be written.
    """
    if session.run is not None and session.run.is_alive():
        session.run.join(PARK_SECONDS)  # left by a second Ctrl-C, and about to end
    session.runs.refuse_if_alive(job)
    new_lanes = cluster(dask) if dask else partial(ProcessLanes, shared=session.runs.shared)
    job = _located(session, job)
    job, is_new = claimed(session, job)
    is_first = _is_planned_first(session, job) or (is_new and not job.manifest_path.exists())
    session.new_job_file = job.path if is_first else None
    if sheet is not None:
        sheet.looks_around &= job.directory != Path.cwd() and not job.selection.shard
    job = vouched(session, job, is_for_run=sheet is None)
    opened = session.job
    if not job.once or opened is None or opened.once:  # one file in between closes no job
        session.job = job
    job = job if request is None else request.applied(job)
    keep = PERMANENT if only is None else frozenset(Cause) - only
    new = partial(_run, session.connection, job, new_lanes=new_lanes)
    if every is not None:
        run: Run = Following(job, session.connection.provider, new, every, done)
    else:
        run = new(
            keep=keep,
            preflight=sheet,
            changes=changes,
            adopts=adopts,
            polls=THAW_CHECKS if wait_restore else None,
            when_done=partial(forget_single_get, job) if job.once else lambda: None,
        )
    if is_first and request is not None and not (request.name or job.once):
        run.when_done = partial(forget_empty, session, run, had_target=lexists(job.directory))
    run.controls = session.runs.controls(job.transfer)
    return run


def _run(connection: Connection, job: Job, **options: Any) -> Run:  # noqa: ANN401 - as of a run
    return Run(job, connection.provider, http=connection.http(), **options)


def _is_planned_first(session: Session, job: Job) -> bool:
    """Return whether a job is new but for a run that only planned it, just before."""
    last = session.run
    is_planned = last is not None and last.preflight is not None and last.job.path == job.path
    return is_planned and job.path == session.new_job_file


def forget_single_get(job: Job) -> None:
    """Remove a job of a single object, and remember what it left."""
    SingleGets().remember(job)
    discard(job)


def cluster(address: str) -> NewLanes:
    """Return what makes the workers of a Dask scheduler fetch; a UsageError without Dask."""
    try:
        from ossh.cluster import cluster_at  # noqa: PLC0415 - Dask takes half a second to import
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "ossh":
            raise
        problem = _("'--dask' needs Dask, which is not installed")
        if getattr(sys, "frozen", False):
            problem = _("'--dask' needs Dask, which this executable does not include")
        hint = _("install ossh with its extra '{extra}', which brings {package}")
        hint = hint.format(extra="cluster", package="distributed")
        raise UsageError(problem, hint=hint) from error
    return cluster_at(address)


@contextmanager
def preflight(
    session: Session,
    request: JobRequest,
    sheet: Preflight,
    *,
    adopts: bool = False,  # count the files that would be proved and taken over
    is_for_stream: bool = False,  # whatever is at the target does not count
) -> Iterator[Run]:
    """Give a run that only fills in the sheet of what was asked for, and leaves no trace.

    A job that has run is planned on a copy of its manifest, as its next run would go on.

    Raises:
        UsageError, StoreError: As for `job_for`.
    """
    with TemporaryDirectory(prefix="ossh-", ignore_cleanup_errors=True) as folder:
        request = replace(request, lists=Path(folder))
        job = _located(session, job_for(session, request))
        job = request.applied(job)
        plan = Path(folder) / "plan.sqlite"
        changes: Changes | None = None
        if is_for_stream:  # which has no files to compare or to take away
            nowhere = str(Path(folder) / "target")
            target = replace(job.target, directory=nowhere, links="follow", mirror=False)
            job = replace(job, target=target)
        elif regular_files.is_there(job.manifest_path):
            reader = reader_of(job)
            reader.copy_to(plan)
            changes = Changes() if request.mirror and resuming.is_listed(reader) else None
        # A few keys go to the current directory, whose other files are unrelated.
        is_own = bool(request.directory) or job.directory != Path.cwd()
        sheet.looks_around &= is_own and not job.selection.shard  # what other shares bring
        run = _run(
            session.connection,
            job,
            preflight=sheet,
            changes=changes,
            adopts=adopts,
            manifest_at=plan,
        )
        with run:
            run.start()
            yield run


def start_streaming(session: Session, plan: Run, write: Callable[[memoryview], int]) -> "TarStream":
    from ossh.transfer.streaming.tar_stream import TarStream  # noqa: PLC0415 - few runs stream

    settings = plan.job.transfer
    settings = replace(settings, connections=session.runs.controls(settings).connections)
    stream = TarStream(
        replace(plan.job, transfer=settings),
        plan.manifest_path,
        session.connection.provider,
        session.connection.http(),
        write,
        shared=session.runs.shared,
    )
    stream.start()
    return stream


def _located(session: Session, job: Job) -> Job:
    """Return a job that is about to run, its source as the service says that it is."""
    session.connection.correct_location(Place.of(job.source))
    return reached(session, job)


def start_verifying(session: Session, name: str, limit: int) -> "Verification":
    """Start to verify the tree of a job, "" for the open one; keep so many findings of each kind.

    Raises:
        UsageError: There is no such job, it has never run, it is running in the background, or
            nobody vouches for its target.
        JobFileError: It cannot be used.
    """
    from ossh.transfer.verification import Verification  # noqa: PLC0415 - needed by nothing else

    job = load(named_job(session, name).path)  # it may have been edited since it was opened
    check_trust(session, job)
    session.runs.refuse_if_alive(job)
    reader_of(job)
    verification = Verification(job, limit=limit)
    verification.start()
    return verification


def set_aside_unusable(session: Session, job: Job) -> Path | None:
    """Put the manifest of a job aside that cannot be brought up to date; return its new path.

    That is one that is damaged, of another format, or of another bucket or prefix. None if there
    is no manifest, or a good one. Its partial files are removed too, and the target's list of
    failures if the job wrote it.

    Raises:
        JobFileError, UsageError: As for `vouched`.
        JobLockedError: The job runs.
        LocalError: The jobs folder cannot be written, or the list cannot be removed.
    """
    job = vouched(session, job)
    if not regular_files.is_there(job.manifest_path):
        return None
    with RunLock.take(job.manifest_path):
        if _is_usable(job):
            return None
        gc.collect()  # a cursor in a traceback keeps the file open, and Windows from renaming it
        with suppress(ManifestError):  # a damaged one does not tell
            reader = reader_of(job)
            failed_csv.remove(job, reader)
            work_folder.discard(job.directory, reader.job_id)
        return set_aside(job.manifest_path)


def _is_usable(job: Job) -> bool:
    reader = reader_of(job)
    try:
        reader.check()
        name_rules.recorded_rules(reader)
        reader.moment(resuming.PLANNED_AT)
        listed = reader.get_meta("wish")
    except ManifestError:
        return False
    return not listed or same_source(listed, fingerprint(job))
