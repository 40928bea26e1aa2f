"""Removing jobs: their files in the jobs folder and their partial files, not what they fetched."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ossh import regular
from ossh.errors import LocalError, OsshError, reason
from ossh.job import Job, keys, load
from ossh.language import _
from ossh.model import value
from ossh.session.ledger import present_state, reader_of
from ossh.session.state import Session


@value
class Removal:
    """What is removed with a job."""

    path: Path  # of its job file
    files: tuple[Path, ...]  # in the jobs folder, the job file last: it keeps the name until then
    size: int  # bytes of all that is removed
    partial: int  # partial files
    target: Path | None  # what was downloaded there stays; None if the job file does not say
    job_id: str  # names the folder of its partial files; "" if it is not known

    @property
    def name(self) -> str:
        """Return the job's name."""
        return self.path.stem


def removal(session: Session, path: Path) -> Removal:
    """Return what would be removed with a job; if its files are broken, what its name shows.

    Args:
        session: Must not run it.
        path: Of the job file.

    Raises:
        UsageError: The session runs it.
    """
    from ossh.transfer.workspace import partial_files  # noqa: PLC0415 - only needed here

    job, job_id = _job(path), ""
    if job is not None:
        session.runs.refuse_if_alive(job)
        with suppress(OsshError):
            job_id = reader_of(job).job_id
    partial = partial_files(job.directory, job_id) if job is not None else []
    files = (*_manifests(path), *_lists(session, job), path)
    return Removal(
        path,
        files,
        sum(map(_size, (*files, *map(Path, partial)))),
        len(partial),
        None if job is None else job.directory,
        job_id,
    )


def finished(session: Session) -> Iterator[Path]:
    """Yield the files of the jobs that are done: all of their objects are at the target."""
    for path in session.job_files():
        job = _job(path)
        if job is not None and present_state(session, job).state == "done":
            yield path


def remove(session: Session, one: Removal) -> None:
    """Remove a job; if it was the open one, none is open any more.

    Raises:
        JobLockedError, LocalError: As for `_remove`.
    """
    _remove(one)
    if session.job is not None and session.job.path == one.path:
        session.job = None


def _remove(one: Removal) -> None:
    """Remove the files of a job.

    Raises:
        JobLockedError: Another process runs it.
        LocalError: The jobs folder cannot be written, or one of the files was not made by ossh.
    """
    from ossh.manifest.lock import RunLock  # noqa: PLC0415 - brings SQLite
    from ossh.transfer.workspace import forget  # noqa: PLC0415

    lock = RunLock.take(one.path.with_suffix(".lock"))
    try:
        for path in one.files[:-1]:
            regular.check(path)
        if one.target is not None:
            forget(one.target, one.job_id)
        for path in one.files:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise LocalError(
            _("cannot remove '{path}': {reason}").format(
                path=error.filename or one.path, reason=reason(error)
            ),
            hint=regular.hint(error, ""),
        ) from error
    finally:
        lock.release()


def discard(job: Job) -> None:
    """Remove a job that nobody named and that has finished, unless another process uses it.

    It has no list of keys, and nothing of it is unfinished.
    """
    with suppress(OsshError):  # what stays does no harm: 'jobs clean' removes it
        _remove(Removal(job.path, (*_manifests(job.path), job.path), 0, 0, None, ""))


def _job(path: Path) -> Job | None:
    try:
        return load(path)
    except OsshError:
        return None


def _manifests(path: Path) -> Iterator[Path]:
    """Yield a job's manifest and those that were set aside, with their logs."""
    name = re.compile(re.escape(path.stem) + r"\.sqlite(\.old\d*)?(-wal|-shm|-journal)?")
    for one in sorted(path.parent.glob("*.sqlite*")):
        if name.fullmatch(one.name):
            yield one


def _lists(session: Session, job: Job | None) -> Iterator[Path]:
    """Yield the list of keys that only this job uses and that ossh made."""
    if job is None or (path := job.keys_path) is None:
        return
    if not keys.is_kept(path, job.path.parent):
        return
    others = [_job(other) for other in session.job_files() if other != job.path]
    if all(other is not None and other.keys_path != path for other in others):
        yield path


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
