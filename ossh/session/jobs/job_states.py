"""How far jobs are: the state and the counts of each."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ossh import regular_files
from ossh.errors import OsshError
from ossh.job import Job, load
from ossh.model import Counts, Proof, Status, value
from ossh.session.browsing.place import Place
from ossh.session.jobs.job_facts import is_running, reader_of
from ossh.session.session import Session

if TYPE_CHECKING:  # brings SQLite
    from ossh.manifest import ManifestReader


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


def job_states(session: Session) -> Iterator[JobState]:
    """Yield how far each job is, by folder and name; a broken file is a state too."""
    for path in session.job_files():
        try:
            state = present_state(session, load(path))
        except OsshError as error:
            state = JobState(path, "broken", problem=str(error))
        yield replace(state, is_elsewhere=path.parent != session.jobs_directory)


def present_state(session: Session, job: Job) -> JobState:
    one = session.runs.of(job)
    return state_of(job, "" if one is None else str(one.state))


def state_of(job: Job, state: str = "") -> JobState:
    """Return how far a job is; a manifest that cannot be read makes it broken, not an error.

    Where its state is known already, its lock is not asked.
    """
    source, target = Place.of(job.source).address, str(job.directory)
    of_job = partial(JobState, job.path, source=source, target=target)
    try:
        if not regular_files.is_there(job.manifest_path):
            return of_job(state or "new")
        reader = reader_of(job)
        counts, is_listed = reader.counts(), reader.is_listing_finished()
        if not state:
            state = "running" if is_running(job) else _state(reader, counts, is_listed=is_listed)
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
