"""Opens jobs that are saved, and saves those that were made here."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ossh.errors import JobLockedError, LocalError, UsageError
from ossh.job import Job, key_list, load, save
from ossh.job.lookup import does_same, same_or_new
from ossh.run_lock import RunLock
from ossh.selection import KeyList, Selection
from ossh.session.browsing.place import Place
from ossh.session.jobs.job_choice import job_for, named_job
from ossh.session.jobs.job_request import JobRequest
from ossh.session.jobs.vouching import check_trust, remember
from ossh.session.session import Session
from ossh.store.credentials import Credentials

_PATIENCE_SECONDS = 10.0  # with a process that is about to write a job of that name, or removes one


def open_job(session: Session, name: str, *, ask: Callable[[], Credentials] | None = None) -> Job:
    """Open a job by its name or path: connection, place and filters become the job's.

    Raises:
        JobFileError: It cannot be used.
        StoreError: There are no credentials.
        UsageError: There is no such job, or nobody vouches for what is unusual about it.
    """
    job = load(session.job_path(name))
    connection = session.connection_to(job.source, ask=ask)
    place = Place.of(job.source)
    check_trust(session, job, (connection.source(place), connection))
    session.go_to(replace(place, prefix=place.folder) if job.is_key else place, connection)
    session.selection = _selection(job)
    session.job = job = replace(job, source=session.connection.source(place))
    return job


def opened(session: Session, name: str) -> Job:
    """Return the open job for no name or its own, where place and filters stay; else open it.

    Raises:
        JobFileError, UsageError: As for `open_job`; or no job is open, or it runs already.
    """
    job = named_job(session, name)
    session.runs.refuse_if_alive(job)
    present = session.job
    return present if present and present.path == job.path else open_job(session, name)


def save_job(session: Session, request: JobRequest) -> Job:
    """Save what was asked for as a job and open it, without running it.

    Raises:
        UsageError, StoreError: As for `job_for`.
        LocalError: The job file, or its folder, cannot be written.
    """
    session.job, _is_new = claimed(session, job_for(session, request))
    return session.job


def claimed(session: Session, job: Job) -> tuple[Job, bool]:
    """Return a job that has a file, and whether that was written now.

    A new one gets another name if another process has taken its name since it was chosen.

    Raises:
        LocalError: The job file, or its folder, cannot be written.
    """
    is_open = session.job is not None and session.job.path == job.path
    wanted = job
    while not _write_new(session, job):
        if is_open:
            return job, False
        with suppress(UsageError):  # it was removed just now: its name is free again
            if does_same(load(job.path), job):
                return job, False
        job = same_or_new(wanted, is_given=False, folders=session.job_folders[1:])
    return job, True


def _write_new(session: Session, job: Job) -> bool:
    """Write the file of a job that was made here, which is trusted as it is; not over another."""
    from ossh.manifest import make_folder  # noqa: PLC0415 - brings SQLite

    patience_ends = time.monotonic() + _PATIENCE_SECONDS
    while not job.path.exists():
        make_folder(job.path)
        try:
            with RunLock.take(job.path):
                if job.path.exists():
                    return False
                save(job)
        except JobLockedError:
            if time.monotonic() < patience_ends:
                continue
            raise
        remember(session, job)
        return True
    return False


def _selection(job: Job) -> Selection:
    """Return the filters of a job, including its list of keys unless that is gone."""
    if job.keys_path is not None:
        with suppress(UsageError, LocalError):  # a job that has been listed no longer needs it
            listed = KeyList(job.keys_path.name, frozenset(key_list.read(job.keys_path)))
            return replace(job.selection, keys_from=(listed,))
    return job.selection
