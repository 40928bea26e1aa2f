"""The folder of a job's partial files, `TARGET/.ossh/JOBID`, and what is removed from it.

It is on the target's own file system, so that a rename is atomic, and apart from every key's name.
Members of an archive are unpacked without a job: their folder has an id of its own, and a lock that
nobody holds any more once the process was killed.

Where `.ossh` or the job's folder in it is a link, the files there are not ours: nothing is written
or removed behind it.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from ossh import patient, regular_files
from ossh.errors import OsshError
from ossh.language import N_
from ossh.paths import long_path

WORK_FOLDER = ".ossh"
PROBE = "probe-"  # begins the names of files that show whether a target can be used
JOURNAL = "trail-"  # begins the names of part journals
_LOCK = "unpacking.lock"  # of a folder that belongs to no job


def work_folder(target: str, job_id: str) -> str:
    """Return the folder of a job's partial files, which may be missing.

    Raises:
        OSError: It is not of our making, or `job_id` is not.
    """
    if not job_id.isalnum():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), job_id)
    folder = os.path.join(target, WORK_FOLDER, job_id)
    _refuse_links(folder)
    return folder


def partial_files(target: Path, job_id: str) -> list[str]:
    """Return the paths of a job's partial files, none when there is no such folder."""
    return _files(target, job_id, str.isdecimal)


def journals(target: Path, job_id: str) -> list[str]:
    """Return the paths of a job's part journals."""
    return _files(target, job_id, lambda name: name.startswith(JOURNAL))


def discard(target: Path, job_id: str, rows: Iterable[int] | None = None) -> None:
    """Remove partial files that no row knows any more.

    Args:
        target: Local root.
        job_id: Of the manifest that knew them.
        rows: That were removed from it; None when it was put aside with all of them.
    """
    names = None if rows is None else set(map(str, rows))
    with contextlib.suppress(OSError):  # what cannot be removed does no harm
        for path in partial_files(target, job_id):
            if names is None or os.path.basename(path) in names:
                patient.discard(path)
        tidy(work_folder(long_path(str(target)), job_id))


def tidy(folder: str) -> None:
    """Remove a job's folder, and `.ossh`, when they hold nothing that is still of use.

    Part journals are of use as long as there are partial files.
    """
    with contextlib.suppress(OSError):
        _refuse_links(folder)
        names = os.listdir(folder)
        useless = (PROBE,) if any(map(str.isdecimal, names)) else (PROBE, JOURNAL)
        for name in names:
            if name.startswith(useless):  # a probe is of a process that was killed just then
                patient.discard(os.path.join(folder, name))
        os.rmdir(folder)
        os.rmdir(os.path.dirname(folder))


@contextlib.contextmanager
def unpacking(target: Path, job_id: str) -> Iterator[None]:
    """Hold the lock of a folder that belongs to no job, and remove the folder in the end.

    Where the disk has no locks, nobody else removes it.
    """
    from ossh.manifest import RunLock  # noqa: PLC0415 - brings SQLite

    lock = _lock_of(target, job_id)
    let_go: Callable[[], None] = partial(patient.discard, lock)
    with contextlib.suppress(OsshError):
        let_go = RunLock.take(lock).release
    try:
        yield
    finally:
        _remove_unlocking(target, job_id, let_go)


def remove_abandoned(target: Path) -> None:
    """Remove what was being unpacked when its process was killed: locks without a holder tell."""
    from ossh.manifest import RunLock, is_held  # noqa: PLC0415 - brings SQLite

    with contextlib.suppress(OSError):
        for name in os.listdir(long_path(str(target / WORK_FOLDER))):
            with contextlib.suppress(OSError, OsshError):
                lock = _lock_of(target, name)
                if os.path.lexists(lock) and not is_held(lock):
                    _remove_unlocking(target, name, RunLock.take(lock).release)


def _remove_unlocking(target: Path, job_id: str, let_go: Callable[[], None]) -> None:
    discard(target, job_id)
    let_go()
    discard(target, job_id)  # now the folder is empty


def _lock_of(target: Path, job_id: str) -> Path:
    return Path(work_folder(long_path(str(target)), job_id), _LOCK)


def _files(target: Path, job_id: str, is_wanted: Callable[[str], bool]) -> list[str]:
    try:
        folder = work_folder(long_path(str(target)), job_id)
        return [os.path.join(folder, name) for name in os.listdir(folder) if is_wanted(name)]
    except OSError:
        return []


def _refuse_links(folder: str) -> None:
    """Refuse a job's folder if it, or `.ossh` around it, is a link.

    Raises:
        NotRegularError: Wherever the link leads.
    """
    for path in (os.path.dirname(folder), folder):
        refuse_link(path)


def refuse_link(path: str) -> None:
    """Refuse a folder that is a link.

    Raises:
        NotRegularError: Wherever the link leads.
    """
    try:
        os.readlink(path)  # also what Windows calls a junction
    except OSError:
        return
    raise regular_files.NotRegularError(errno.ELOOP, N_("it is a symbolic link"), path)
