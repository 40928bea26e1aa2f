"""The lock that keeps a second ossh out of a job.

The operating system holds it, so it ends with its process, however that dies; what the file says
(process id, host) is for the message only. A file that says anything else is not ours.

A mere check takes a shared lock for a moment, and writes nothing; so a run that is refused tries
again for a moment.
"""

import contextlib
import errno
import os
import re
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ossh import patient, regular_files
from ossh.errors import JobLockedError, LocalError, reason
from ossh.language import N_, _

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 20  # beyond the text: nobody may read what is locked
else:
    import fcntl

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK, 0}  # 0: Wine says no more
_NO_LOCKS = {errno.ENOSYS, errno.EOPNOTSUPP}  # on this file system nobody can hold one
_ATTEMPTS, _PAUSE_SECONDS = 10, 0.02  # 0.2 s: checks are over, a new holder has said who it is
_HOLDER = rb"(\d{1,10}) (\S.{0,254})\n?"  # no host's name is longer
_LONGEST = 512  # bytes that are read, more than a holder has


def lock_path(path: Path) -> Path:
    """Return the lock file of a job, given its job file or its manifest."""
    return path.with_suffix(".lock")


@dataclass(slots=True, eq=False)
class RunLock(contextlib.AbstractContextManager["RunLock"]):
    """A held lock: the path of its file, and the open file that carries it.

    `take` gets one; `release`, or the end of a `with` block, gives it back.
    """

    path: Path
    descriptor: int | None  # None once it is released
    dir_fd: int | None

    @classmethod
    def take(cls, path: Path, dir_fd: int | None = None, *, name: str = "") -> Self:
        """Take the lock of a job, given its job file or its manifest, or say who has it.

        A relative path begins in the folder `dir_fd`, to stay open until the release. The name is
        the job's, if the file is not named after it.

        Raises:
            JobLockedError: Another process has it, or this one already.
            LocalError: The file system refuses the file or the lock.
        """
        path = lock_path(path)
        refusals = 0
        patience_ends = time.monotonic() + patient.OWN_SECONDS
        while True:
            try:
                flags = os.O_RDWR | os.O_CREAT
                descriptor = regular_files.open_descriptor(path, flags, sole=True, dir_fd=dir_fd)
            except OSError as error:
                is_patient = sys.platform == "win32" and time.monotonic() < patience_ends
                if is_patient and isinstance(error, PermissionError):
                    time.sleep(_PAUSE_SECONDS)  # until all have closed what was removed
                    continue
                with contextlib.suppress(LocalError):  # another user's, which may be read
                    if is_held(path, dir_fd):
                        raise _locked(path, dir_fd, name) from error
                raise _unusable(path, error) from error
            try:
                _lock(descriptor)
                is_current = _is_at(path, dir_fd, descriptor)
                if is_current:
                    _write_holder(path, descriptor)
            except OSError as error:
                _close(descriptor)
                if error.errno not in _BUSY:
                    raise _unusable(path, error) from error
                if (refusals := refusals + 1) > _ATTEMPTS:
                    raise _locked(path, dir_fd, name) from error
                time.sleep(_PAUSE_SECONDS)
                continue
            if is_current:
                return cls(path, descriptor, dir_fd)
            _close(descriptor)  # its last holder removed the file just before we got the lock

    def __exit__(self, *exception: object) -> None:
        self.release()

    def release(self) -> None:
        """Remove the file and give the lock back; a second time does nothing."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is None:
            return
        if sys.platform == "win32":
            _close(descriptor)  # an open file cannot be removed there
            patient.discard(self.path, self.dir_fd)
        else:
            # while it is locked: whoever opened it sees that it is not current
            patient.discard(self.path, self.dir_fd)
            _close(descriptor)


def holder(path: Path) -> str:
    """Return which process runs a job, given its job file or its manifest; "" for none.

    Raises:
        LocalError: Nobody can tell.
    """
    return _holder(lock_path(path)) if is_held(path) else ""


def is_held(path: Path, dir_fd: int | None = None) -> bool:
    """Return whether a process holds the lock of a job; its arguments are those of `RunLock.take`.

    Nothing is created, written or removed.

    Raises:
        LocalError: Nobody can tell.
    """
    path = lock_path(path)
    try:
        descriptor = regular_files.open_descriptor(path, os.O_RDONLY, sole=True, dir_fd=dir_fd)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (IsADirectoryError, regular_files.NotRegularError):
        return False  # nobody can take that
    except OSError as error:
        if sys.platform == "win32" and isinstance(error, PermissionError):
            return False  # its last holder is just removing the file
        raise regular_files.cannot_read(path, error) from error
    try:
        _lock(descriptor, is_shared=True)
    except OSError as error:
        if error.errno not in _BUSY | _NO_LOCKS:
            raise _unusable(path, error) from error
        return error.errno in _BUSY
    finally:
        os.close(descriptor)
    return False


def _close(descriptor: int) -> None:
    """Close a file of which nobody needs what was written last, such as a full share has not."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _lock(descriptor: int, *, is_shared: bool = False) -> None:
    if sys.platform == "win32":  # where no lock is shared, it is held for an instant
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _is_at(path: Path, dir_fd: int | None, descriptor: int) -> bool:
    try:
        found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        return os.path.samestat(found, os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write_holder(path: Path, descriptor: int) -> None:
    text = os.read(descriptor, _LONGEST)
    if text.strip(b"\0") and not re.fullmatch(_HOLDER, text):  # zeros are what a power cut leaves
        raise regular_files.NotRegularError(errno.EEXIST, N_("the file there is not a lock"), path)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode())


def _holder(path: Path, dir_fd: int | None = None) -> str:
    """Return who has the lock; whoever has just taken it is given a moment to say so."""
    for _attempt in range(_ATTEMPTS):
        with (
            contextlib.suppress(OSError),
            regular_files.open_for_reading(path, dir_fd=dir_fd) as file,
        ):
            if found := re.fullmatch(_HOLDER, file.read(_LONGEST)):
                process, host = int(found[1]), found[2].decode("utf-8", "replace").strip()
                return _("process {id} on {host!r}").format(id=process, host=host)
        time.sleep(_PAUSE_SECONDS)
    return _("another process")


def _locked(path: Path, dir_fd: int | None, name: str) -> JobLockedError:
    text, who = _("job '{name}' is being run by {who}"), _holder(path, dir_fd)
    return JobLockedError(
        text.format(name=name or path.stem, who=who),
        hint=_("wait for it or stop it there; other jobs can run at the same time"),
    )


def _unusable(path: Path, error: OSError) -> LocalError:
    return LocalError(
        _("cannot lock '{path}': {reason}").format(path=path, reason=reason(error)),
        hint=regular_files.hint(
            error, _("the jobs folder must be writable; choose another: --jobs-dir")
        ),
    )
