"""What is known of a job: how far it is, its objects and runs, and why something is missing.

All of it is read from the job's file and manifest, without hindering a run.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ossh import regular_files
from ossh.advice import advice_for, meaning
from ossh.errors import OsshError, UsageError
from ossh.job import Job, load
from ossh.language import N_, Words, _, joined
from ossh.model import Cause, Counts, Entry, Proof, Status, value
from ossh.paths import folded
from ossh.printable import printable
from ossh.run_lock import is_held
from ossh.session.browsing.place import Place
from ossh.session.session import Session
from ossh.session.speed import Throughput, last_throughput
from ossh.units import format_size, told_moment

if TYPE_CHECKING:  # brings SQLite
    from ossh.manifest import ManifestReader, RunRecord

QUOTED = 3  # request ids, and messages, shown of a cause
FAILURES = 200  # named in a report; all are counted, and 'failures' names them all
LARGEST = 10

_OUTCOMES: Mapping[str, str] = {
    "done": Words("done"),
    "stopped": Words("stopped"),
    "failed": Words("ended, some objects are missing"),
    "error": Words("ended with an error"),
}


@value
class CauseReport:
    """Why some objects are not at the target."""

    cause: Cause
    objects: int
    meaning: str
    advice: str  # what to do
    request_ids: tuple[str, ...]  # of some of them, which the service's support asks for
    messages: tuple[tuple[str, int], ...] = ()  # the commonest, and how many objects have each


@value
class JobState:
    file: Path
    state: str  # new, queued, running, paused, stopped, failed, done, broken
    counts: Counts = field(default_factory=Counts)
    is_listed: bool = False  # the listing has ended, so that there are no more objects
    problem: str = ""  # why it is broken
    source: str = ""  # an address
    target: str = ""  # absolute
    last_run: datetime | None = None  # when it began; aware
    proofs: Mapping[Proof, int] = field(default_factory=dict)  # of the done, when they came
    compared: datetime | None = None  # when a run last compared all files, by size and date
    is_elsewhere: bool = False  # not in the folder of new jobs

    @property
    def name(self) -> str:
        return self.file.stem


@value
class Report:
    """What a report says of a job at one moment; never a secret."""

    job: Job
    made: datetime  # aware
    state: JobState
    mapped: int  # objects whose local name is not simply their key
    causes: tuple[CauseReport, ...]  # the commonest first
    failures: tuple[Entry, ...]  # the first of them
    largest: tuple[Entry, ...]
    slowest: tuple[tuple[str, float, int], ...]  # key, seconds, bytes; of the run below
    runs: tuple["RunRecord", ...]  # the oldest first
    speed: Throughput | None  # of the last run that received anything

    @property
    def seconds(self) -> float:
        """Return how long all runs took that have ended."""
        return sum(one.seconds or 0.0 for one in self.runs)

    @property
    def received(self) -> int:
        return sum(one.bytes_received for one in self.runs)


def reader_of(job: Job) -> "ManifestReader":
    """Return what answers questions about a job.

    Raises:
        UsageError: The job has never run.
        LocalError: Nobody can look.
    """
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - brings SQLite

    if not regular_files.is_there(job.manifest_path):
        raise UsageError(
            _("the job '{name}' has never run").format(name=job.name), hint=_("'get' runs it")
        )
    return ManifestReader(job.manifest_path)


def job_states(session: Session) -> Iterator[JobState]:
    """Yield how far each job is, by folder and name; a broken file is a state too."""
    for path in session.job_files():
        try:
            state = present_state(session, load(path))
        except OsshError as error:
            state = JobState(path, "broken", problem=str(error))
        yield replace(state, is_elsewhere=path.parent != session.jobs_directory)


def present_state(session: Session, job: Job) -> JobState:
    """Return how far a job is; a manifest that cannot be read makes it broken, not an error."""
    here = session.runs.of(job)
    state = "" if here is None else str(here.state)  # else its lock is asked
    source, target = Place.of(job.source).address, str(job.directory)
    of_job = partial(JobState, job.path, source=source, target=target)
    try:
        if not regular_files.is_there(job.manifest_path):
            return of_job(state or "new")
        reader = reader_of(job)
        counts, is_listed = reader.counts(), reader.is_listing_finished()
        if not state:
            state = "running" if is_held(job.path) else _state(reader, counts, is_listed=is_listed)
    except OsshError as error:
        return of_job("broken", problem=str(error))
    known = of_job(state, counts, is_listed)
    with suppress(OsshError):  # how far it is, we know without these
        last_run = next((run.started for run in reversed(reader.runs())), None)
        proofs, compared = reader.proofs(), reader.compared()
        return replace(known, last_run=last_run, proofs=proofs, compared=compared)
    return known


def _state(reader: "ManifestReader", counts: Counts, *, is_listed: bool) -> str:
    if not is_listed:
        return "stopped" if reader.listing() else "new"  # its listing never began
    if counts.objects[Status.PENDING]:
        return "stopped"
    return "failed" if counts.missing else "done"


def entry_of(job: Job, *keys: str) -> Entry:
    """Return the state of an object of a job: of the first of these keys that the job has.

    The last, which is what the user typed, may also be the path of the object's file in the target.

    Raises:
        UsageError: The job has none of them, or it has never run.
    """
    from ossh.transfer.planning.name_rules import recorded_rules  # noqa: PLC0415 - rarely needed

    reader = reader_of(job)
    if entry := next(filter(None, map(reader.entry, keys)), None):
        return entry
    rules = recorded_rules(reader)
    if rules and (named := reader.entries_named([folded(keys[-1], rules)])):
        return next(iter(named.values()))
    hint = _(
        "it fetches from {place} what passes its filters; if the object is newer than the "
        "listing, 'refresh' lists the bucket again"
    ).format(place=Place.of(job.source).shown)
    text = _("'{key}' is not an object of the job '{name}'")
    raise UsageError(text.format(key=printable(keys[-1]), name=job.name), hint=hint)


def causes(job: Job) -> Iterator[CauseReport]:
    """Yield why objects of a job are not at the target, the commonest cause first."""
    reader = reader_of(job)
    for cause, number in reader.failures_by_cause():
        ids = reader.request_ids(cause, QUOTED)
        messages = reader.messages(cause, QUOTED)
        to_do = advice_for(cause, reader.codes(cause))
        yield CauseReport(cause, number, meaning(cause), to_do, ids, messages)


def thawing(job: Job) -> int:
    """Return how many archived objects of a job are being restored, as far as is known."""
    with suppress(OsshError):
        return sum(one.objects for one in reader_of(job).archived() if one.is_thawing)
    return 0


def facts(job: Job) -> dict[str, str]:
    """Return what `status` shows of a job beside its state, as text."""
    shown = {
        N_("job"): job.name,
        N_("file"): str(job.path),
        N_("source"): Words(
            "{place} at {endpoint}",
            place=Place.of(job.source).address,
            endpoint=job.source.endpoint,
        ),
        **({N_("as of"): told_moment(job.source.as_of)} if job.source.as_of else {}),
        **({N_("keys"): str(job.keys_path)} if job.keys else {}),
        **({N_("inventory"): job.inventory} if job.inventory else {}),
        N_("filters"): joined("; ", job.selection.rules()) or Words("none"),
        N_("target"): str(job.directory / job.target.file),
    }
    if runs := run_records(job):
        last = runs[-1]
        outcome = [_OUTCOMES.get(last.outcome, last.outcome)]
        if last.ended is None:
            cut = Words("interrupted before its end")
            outcome = [Words("in progress") if is_held(job.path) else cut]
            if last.bytes_received:
                outcome.append(Words("{size} received", size=format_size(last.bytes_received)))
        shown[N_("last run")] = joined(", ", [told_moment(last.started), *outcome])
    return shown


def run_records(job: Job) -> tuple["RunRecord", ...]:
    """Return the runs of a job, the oldest first; none when its manifest cannot tell."""
    with suppress(OsshError):
        return reader_of(job).runs()
    return ()


def kept_size(job: Job) -> int:
    """Return the bytes at the target of objects that are not whole yet.

    Of a run that is under way, or was killed, the journals of its parts know more than the
    manifest; where nobody can look at them, that alone counts.
    """
    from ossh.transfer.planning.crash_recovery import unrecorded_size  # noqa: PLC0415 - as above

    size = 0
    with suppress(OsshError):
        reader = reader_of(job)
        size = reader.unfinished_size()
        size += unrecorded_size(reader, job.directory)
    return size


def speed_of(job: Job) -> Throughput | None:
    """Return how fast the last run of a job was that received anything; None when none did."""
    with suppress(OsshError):  # it has never run, or its manifest is broken, which its state says
        return last_throughput(reader_of(job))
    return None


def report_of(session: Session, job: Job) -> Report:
    """Return what can be said about a job; it may be running.

    Raises:
        UsageError: It has never run.
        ManifestError, LocalError: Its manifest cannot be read.
    """
    reader = reader_of(job)
    speed = last_throughput(reader)
    return Report(
        job=job,
        made=session.now(),
        state=present_state(session, job),
        mapped=reader.mapped(),
        causes=tuple(causes(job)),
        failures=tuple(islice(reader.not_at_target(), FAILURES)),
        largest=tuple(reader.largest(LARGEST)),
        slowest=reader.slowest(speed.run) if speed is not None else (),
        runs=run_records(job),
        speed=speed,
    )
