"""What the manifests of jobs say: states, counts and failures, read without hindering a run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.errors import ManifestError, OsshError, UsageError
from ossh.job import Job, fingerprint, load, same_source
from ossh.language import N_, Words, _, joined
from ossh.model import Cause, Counts, Entry, Status
from ossh.paths import printable
from ossh.protocol import advice, meaning
from ossh.session.place import Place
from ossh.session.state import Session
from ossh.session.throughput import Throughput, last_throughput
from ossh.transfer import failed_csv, trail, workspace
from ossh.units import format_size, told_moment

if TYPE_CHECKING:
    from ossh.manifest import ListingRange, ManifestReader, RunRecord

# Objects that the job has seen, that are not at the target and will not be by resuming.
_MISSING = (Status.FAILED, Status.GONE, Status.ARCHIVED)

QUOTED = 3  # request ids shown of a cause

_OUTCOMES: Mapping[str, str] = {
    "done": Words("done"),
    "stopped": Words("stopped"),
    "failed": Words("ended, some objects are missing"),
    "error": Words("ended with an error"),
}


@dataclass(frozen=True, slots=True)
class JobState:
    """One job among others."""

    name: str
    state: str  # new, queued, running, paused, unfinished, failed, done, broken
    objects: int = 0
    done: int = 0  # at the target
    failed: int = 0  # not at the target, and will not be by resuming: gone and archived too
    size: int = 0  # bytes of all objects
    archived: int = 0  # of the failed, those that must be restored before they can be read
    problem: str = ""  # why it is broken
    unfinished_size: int = 0  # bytes that are here of objects that are not whole yet
    source: str = ""  # an address
    target: str = ""  # absolute
    last_run: datetime | None = None  # when it began; aware

    @property
    def pending(self) -> int:
        """Return how many objects are still to fetch."""
        return max(0, self.objects - self.done - self.failed)


@dataclass(frozen=True, slots=True)
class CauseReport:
    """Why some objects are not at the target."""

    cause: Cause
    objects: int
    meaning: str
    advice: str  # what to do
    request_ids: tuple[str, ...]  # of some of them, which the service's support asks for


def reader_of(job: Job) -> "ManifestReader":
    """Return what answers questions about a job.

    Raises:
        UsageError: The job has never run.
    """
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - brings SQLite

    if not os.path.lexists(job.manifest_path):
        raise UsageError(
            _("the job '{name}' has never run").format(name=job.name), hint=_("'get' runs it")
        )
    return ManifestReader(job.manifest_path)


def current_job(session: Session) -> Job:
    """Return the open job.

    Raises:
        UsageError: None is open.
    """
    if (job := session.job) is None:
        raise UsageError(_("no job is open"), hint=_("'jobs' lists them, 'open NAME' opens one"))
    return job


def named_job(session: Session, name: str) -> Job:
    """Return the job of a name, without opening it; for no name, the open one.

    Raises:
        UsageError: There is no such job, or none is open.
        JobFileError: It cannot be used.
    """
    return load(session.job_path(name)) if name else current_job(session)


def job_states(session: Session) -> Iterator[JobState]:
    """Yield how far each job of the jobs folder is, by name; a broken file is a state too."""
    for path in session.job_files():
        try:
            yield present_state(session, load(path))
        except OsshError as error:
            yield JobState(path.stem, "broken", problem=str(error))


def resumable(session: Session) -> str:
    """Return the name of the job to resume when none is named: the open one, or the only one.

    One that was saved and has never run is resumed only if it is open.

    Raises:
        UsageError: No job is unfinished, or there is a choice.
    """
    job = session.job
    if job is not None and present_state(session, job).state != "done":
        return str(job.path)
    states = list(job_states(session))
    names, saved = ([one.name for one in states if one.state == s] for s in ("unfinished", "new"))
    if not names:
        hint = _("'jobs' shows the progress of each")
        if saved:
            first = printable(saved[0])
            hint = _("to run a job that was only saved: resume {name}").format(name=first)
        raise UsageError(_("no job is unfinished"), hint=hint)
    if len(names) > 1:
        raise UsageError(
            _("several jobs are unfinished: {names}").format(names=printable(", ".join(names))),
            hint=_("say which: resume {name}").format(name=printable(names[0])),
        )
    return names[0]


def entry_of(job: Job, key: str, *, literal: str = "") -> Entry:
    """Return the state of an object of a job.

    Args:
        job: Any job that has run.
        key: Of the object.
        literal: What the key may be instead, if the job has such an object.

    Raises:
        UsageError: The job has no such object, or has never run.
    """
    reader = reader_of(job)
    entry = (reader.entry(literal) if literal else None) or reader.entry(key)
    if entry is None:
        raise UsageError(
            _("'{key}' is not an object of the job '{name}'").format(
                key=printable(key), name=job.name
            ),
            hint=_(
                "the filters leave it out, or it was added later: 'refresh' lists the bucket again"
            ),
        )
    return entry


def is_running(job: Job) -> bool:
    """Tell whether some process runs a job now; a lock left by a killed one does not count."""
    from ossh.manifest import companions  # noqa: PLC0415 - brings SQLite
    from ossh.manifest.lock import is_held  # noqa: PLC0415

    return is_held(companions(job.manifest_path)[-1])


def set_aside_unusable(job: Job) -> Path | None:
    """Put a manifest aside that cannot be brought up to date; return its new path.

    That is one that is damaged, of another format, or of another bucket or prefix. None if there
    is no manifest, or a good one. Its partial files are removed too, and the target's list of
    failures if the job wrote it.

    Raises:
        JobLockedError: The job runs.
        LocalError: The jobs folder cannot be written, or the list cannot be removed.
    """
    from ossh.manifest import companions, set_aside  # noqa: PLC0415 - brings SQLite
    from ossh.manifest.lock import RunLock  # noqa: PLC0415

    if not os.path.lexists(job.manifest_path):
        return None
    lock = RunLock.take(companions(job.manifest_path)[-1])
    try:
        if _is_usable(job):
            return None
        with suppress(ManifestError):  # a damaged one does not tell
            reader = reader_of(job)
            if reader.get_meta("wrote_failed_csv"):
                failed_csv.remove(job.directory, job.selection.shard)
            workspace.forget(job.directory, reader.job_id)
        return set_aside(job.manifest_path)
    finally:
        lock.release()


def _is_usable(job: Job) -> bool:
    from ossh.transfer import naming, opening  # noqa: PLC0415 - bring SQLite

    reader = reader_of(job)
    try:
        reader.check()
        naming.recorded_rules(reader)
        opening.recorded_moment(reader)
        wish = reader.get_meta("wish")
    except ManifestError:
        return False
    return not wish or same_source(wish, fingerprint(job))


def present_state(session: Session, job: Job) -> JobState:
    """Return how far a job is now; for one that this session runs, as its run reports it."""
    one = session.runs.of(job)
    if one is None:
        return state_of(job)
    progress = one.progress
    if not progress.planned:  # it waits for its turn, or has only just begun
        return state_of(job, str(one.state))
    state = JobState(
        job.name,
        str(one.state),
        progress.planned,
        progress.done + progress.skipped,
        progress.failed,
        progress.planned_bytes,
        progress.archived,
    )
    return _described(job, state)


def state_of(job: Job, state: str = "") -> JobState:
    """Return how far a job is; a manifest that cannot be read makes it broken, not an error.

    Args:
        job: Any job.
        state: What is known of it already; then its lock is not asked.
    """
    return _described(job, _counted(job, state))


def _described(job: Job, state: JobState) -> JobState:
    """Return a state with what the job wants, and when it ran last as far as is known."""
    source, last_run = Place(job.source.bucket, job.source.prefix).address, None
    with suppress(OsshError):
        last_run = next((run.started for run in reversed(reader_of(job).runs())), None)
    return replace(state, source=source, target=str(job.directory), last_run=last_run)


def _counted(job: Job, state: str) -> JobState:
    if not os.path.lexists(job.manifest_path):
        return JobState(job.name, state or "new")
    try:
        reader = reader_of(job)
        counts = reader.counts()
        listing = reader.listing()
        unfinished_size = reader.unfinished_size()
    except OsshError as error:
        return JobState(job.name, "broken", problem=str(error))
    if not state:
        state = "running" if is_running(job) else _state(counts, listing)
    return JobState(
        job.name,
        state,
        counts.total,
        at_target(counts),
        missing(counts),
        counts.total_size,
        counts.objects.get(Status.ARCHIVED, 0),
        unfinished_size=unfinished_size,
    )


def _state(counts: Counts, listing: Sequence["ListingRange"]) -> str:
    if not listing:
        return "new"  # its listing never began
    if not all(one.finished for one in listing) or counts.objects.get(Status.PENDING, 0):
        return "unfinished"
    return "failed" if missing(counts) else "done"


def at_target(counts: Counts) -> int:
    """Return how many objects are at the target."""
    return counts.objects.get(Status.DONE, 0) + counts.objects.get(Status.SKIPPED, 0)


def missing(counts: Counts) -> int:
    """Return how many objects failed, are gone or archived."""
    return sum(counts.objects.get(status, 0) for status in _MISSING)


def thawing(job: Job) -> int:
    """Return how many archived objects of a job are being restored, as far as is known."""
    with suppress(OsshError):
        return sum(one.objects for one in reader_of(job).archived() if one.is_thawing)
    return 0


def causes(job: Job) -> Iterator[CauseReport]:
    """Yield why objects of a job are not at the target, the commonest cause first."""
    reader = reader_of(job)
    for cause, number in reader.failures_by_cause():
        ids = reader.request_ids(cause, QUOTED)
        yield CauseReport(cause, number, meaning(cause), advice(cause), ids)


def facts(job: Job) -> dict[str, str]:
    """Return what `status` shows of a job beside its state, as text."""
    shown = {
        N_("job"): job.name,
        N_("file"): str(job.path),
        N_("source"): Words(
            "{place} at {endpoint}",
            place=f"oss://{job.source.bucket}/{job.source.prefix}",
            endpoint=job.source.endpoint,
        ),
        **({N_("keys"): str(job.keys_path)} if job.keys else {}),
        **({N_("inventory"): job.inventory} if job.inventory else {}),
        N_("filters"): joined("; ", job.selection.rules()) or Words("none"),
        N_("target"): str(job.directory / job.target.file),
    }
    with suppress(OsshError):
        if runs := runs_of(job):
            last = runs[-1]
            told = [_OUTCOMES.get(last.outcome, last.outcome)]
            if last.ended is None:
                told = [
                    Words("in progress") if is_running(job) else Words("interrupted before its end")
                ]
                if last.bytes_received:
                    size = format_size(last.bytes_received)
                    told.append(Words("{size} received", size=size))
            shown[N_("last run")] = joined(", ", [told_moment(last.started), *told])
    return shown


def runs_of(job: Job) -> tuple["RunRecord", ...]:
    """Return the runs of a job, the oldest first.

    For one that has not ended, because it is running or was killed, the trails show what it
    received.

    Raises:
        UsageError: It has never run.
        ManifestError, LocalError: Its manifest cannot be read.
    """
    reader = reader_of(job)
    runs = reader.runs()
    if not runs or runs[-1].ended is not None:
        return runs
    found = trail.received(map(trail.marks, workspace.trails(job.directory, reader.job_id)))
    last = replace(runs[-1], bytes_received=max(runs[-1].bytes_received, found))
    return (*runs[:-1], last)


def run_records(job: Job) -> tuple["RunRecord", ...]:
    """Return the runs of a job, the oldest first; none when its manifest cannot tell."""
    with suppress(OsshError):
        return runs_of(job)
    return ()


def speed_of(job: Job) -> Throughput | None:
    """Return how fast the last run of a job was that received anything; None when none did."""
    with suppress(OsshError):  # it has never run, or its manifest is broken, which its state says
        return last_throughput(reader_of(job))
    return None
