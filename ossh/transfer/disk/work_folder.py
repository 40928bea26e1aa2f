"""The folder of a job's partial files, `TARGET/.ossh/JOBID`, and what is removed from it.

It is on the target's own file system, so that a rename is atomic, and apart from every key's name.
A run holds a lock in it: a copy of the job on another machine, which cannot see the lock beside the
job file, would write to the same partial files. Where the disk has no locks, nothing keeps it away.

Members of an archive are unpacked without a job: their folder has an id of its own, and a lock that
nobody holds any more once the process was killed.

Where `.ossh` or the job's folder in it is a link, the files there are not ours: nothing is written
or removed behind it.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from ossh import regular_files
from ossh.errors import LocalError, OsshError
from ossh.paths import path_in, plain
from ossh.run_lock import RunLock, is_held
from ossh.transfer.disk.disk_errors import EscapeError, unusable
from ossh.transfer.disk.folder import Folder, Place
from ossh.transfer.disk.own_places import WORK_FOLDER
from ossh.transfer.disk.tree import Tree

DOWNLOADS = f"{WORK_FOLDER}/jobs"  # below a target: the jobs of `ossh.download`
PROBE = "probe-"  # begins the names of files that show whether a target can be used
JOURNAL = "trail-"  # begins the names of part journals
_RUN_LOCK = "run.lock"  # of a job's folder
UNPACKING_LOCK = "unpacking.lock"  # of a folder that belongs to no job


def work_folder(job_id: str) -> str:
    """Return the path, below the target, of the folder of a job's partial files.

    Raises:
        OSError: `job_id` is not of our making.
    """
    if not job_id.isalnum():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), job_id)
    return f"{WORK_FOLDER}/{job_id}"


def partial_files(target: Path, job_id: str) -> list[str]:
    """Return the absolute paths of a job's partial files, none when there is no such folder.

    Raises:
        LocalError: Nobody can look.
    """
    with closing(Tree(str(target))) as tree:
        return [path_in(tree.target, path) for path in _files(tree, job_id, str.isdecimal)]


def journals(tree: Tree, job_id: str) -> list[str]:
    """Return the paths, below the target, of a job's part journals.

    Raises:
        LocalError: Nobody can look.
    """
    return _files(tree, job_id, lambda name: name.startswith(JOURNAL))


def discard(target: Path, job_id: str, rows: Iterable[int] | None = None) -> None:
    """Remove partial files that no row knows any more.

    They are those of some rows, which were removed; or all (None), as the manifest was put aside.
    """
    names = None if rows is None else set(map(str, rows))
    with closing(Tree(str(target))) as tree:
        with contextlib.suppress(OSError, OsshError):  # what cannot be removed does no harm
            for path in _files(tree, job_id, str.isdecimal):
                if names is None or path.rpartition("/")[2] in names:
                    tree.place(path).discard()
        tidy(tree, job_id)


def tidy(tree: Tree, job_id: str) -> None:
    """Remove a job's folder, and `.ossh`, when they hold nothing that is still of use.

    Part journals are of use as long as there are partial files, and all of it while a run works
    there.
    """
    with contextlib.suppress(OSError, OsshError):
        way = work_folder(job_id)
        folder = tree.folder(way)
        names = folder.names()
        if _RUN_LOCK in names:
            if (left := _taken_if_left(folder, _RUN_LOCK)) is None:
                return
            left.release()  # its run was killed
        useless = (PROBE,) if any(map(str.isdecimal, names)) else (PROBE, JOURNAL)
        for name in names:
            if name.startswith(useless):  # a probe is of a process that was killed just then
                Place(folder, name).discard()
        tree.place(way).rmdir()
        tree.place(WORK_FOLDER).rmdir()


@contextlib.contextmanager
def working(tree: Tree, job_id: str, job: str = "", lock: str = _RUN_LOCK) -> Iterator[None]:
    """Hold the lock of a folder, of a job by its name; in the end, empty partial files are removed.

    Raises:
        JobLockedError: A copy of the job has it.
        LocalError: The folder cannot be made.
    """
    try:
        way = work_folder(job_id)
        folder = tree.folder(way, is_made=True)  # another process may have tidied it away
    except OSError as error:
        raise unusable(plain(tree.target), error) from error
    held: RunLock | None = None
    try:
        held = RunLock.take(Path(folder.at(lock)), folder.dir_fd, name=job)
    except LocalError:  # the disk has no locks
        Place(folder, lock).discard()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the disk may be away
            again = tree.folder(way)  # the one with the lock stays open until that is given back
            for name in filter(str.isdecimal, again.names()):
                if not again.stat(name).st_size:  # nobody else can fill it meanwhile
                    Place(again, name).discard()
        if held is not None:
            with contextlib.suppress(OSError):
                held.release()


def remove_abandoned(target: Path) -> None:
    """Remove what was being unpacked when its process was killed: locks without a holder tell."""
    with contextlib.suppress(OSError), closing(Tree(str(target))) as tree:
        for name in tree.folder(WORK_FOLDER).names():
            with contextlib.suppress(OSError, OsshError):
                folder = tree.folder(work_folder(name))
                folder.stat(UNPACKING_LOCK)  # there is one
                if (left := _taken_if_left(folder, UNPACKING_LOCK)) is not None:
                    discard(target, name)
                    left.release()
                    discard(target, name)  # Windows removes no lock that is held


def _taken_if_left(folder: Folder, lock: str) -> RunLock | None:
    """Take a lock that is there; return None if a process has it.

    Raises:
        OsshError: The disk has no locks, or another process has just taken it.
    """
    path = Path(folder.at(lock))
    if is_held(path, folder.dir_fd):
        return None
    return RunLock.take(path, folder.dir_fd)


def _files(tree: Tree, job_id: str, is_wanted: Callable[[str], bool]) -> list[str]:
    if not job_id.isalnum():
        return []  # no folder of ours has such a name
    try:
        way = work_folder(job_id)
        return [f"{way}/{name}" for name in tree.folder(way).names() if is_wanted(name)]
    except (FileNotFoundError, NotADirectoryError, EscapeError):
        return []
    except OSError as error:
        raise regular_files.cannot_read(error.filename or tree.target, error) from error
