"""The lock that keeps a second ossh out of a job.

The operating system holds it, so it ends with the process that has it, however that dies; what the
file says (process id, host) is for the message only. A file that says anything else is not ours.

Whoever only looks shares the lock for a moment and writes nothing; so a run that meets a looker
tries again for a moment, too.
"""

import contextlib
import errno
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import Self

from ossh import regular
from ossh.errors import JobLockedError, LocalError, reason
from ossh.language import N_, _

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}
_LOOKS, _LOOK_SECONDS = 10, 0.02  # 0.2 s in all: a looker is gone, a new holder has said who it is
_HOLDER = re.compile(rb"(\d+) (\S.*)\n?")
_LONGEST = 512  # bytes of a holder; a host's name has 255 at most
_LOCKED_BYTE = 1 << 20  # Windows forbids reading what is locked, so lock beyond the text


class RunLock:
    """A held lock; `take` gets one, `release` gives it back.

    Args:
        path: The lock's file.
        descriptor: The open file that carries the lock.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take the lock at once, or say who has it.

        Raises:
            JobLockedError: Another process has it, or this one already.
            LocalError: The file system refuses the file or the lock.
        """
        looks = 0
        while True:
            try:
                descriptor = regular.opened(path, os.O_RDWR | os.O_CREAT)
            except OSError as error:
                raise _unusable(path, error) from error
            try:
                _lock(descriptor)
                is_current = _is_at(path, descriptor)
                if is_current:
                    _write_holder(path, descriptor)
            except OSError as error:
                os.close(descriptor)
                if error.errno not in _BUSY:
                    raise _unusable(path, error) from error
                if (looks := looks + 1) > _LOOKS:
                    raise _locked(path) from error
                time.sleep(_LOOK_SECONDS)
                continue
            if is_current:
                return cls(path, descriptor)
            os.close(descriptor)  # its last holder removed the file just before we got the lock

    def release(self) -> None:
        """Remove the file and give the lock back; a second time does nothing."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        if sys.platform == "win32":
            os.close(descriptor)  # an open file cannot be removed there
            _remove(self._path)
        else:
            _remove(self._path)  # while it is locked: whoever opened it sees that it is not current
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether a process holds a lock; nothing is created, written or removed."""
    try:
        descriptor = regular.opened(path, os.O_RDONLY)
    except OSError:
        return False  # nobody could take it either
    try:
        _lock(descriptor, is_shared=True)
    except OSError as error:
        return error.errno in _BUSY
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int, *, is_shared: bool = False) -> None:
    if sys.platform == "win32":  # where no lock is shared, it is held for an instant
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write_holder(path: Path, descriptor: int) -> None:
    text = os.read(descriptor, _LONGEST)
    if text.strip(b"\0") and not _HOLDER.fullmatch(text):  # zeros are what a power cut leaves
        raise regular.NotRegularError(errno.EEXIST, N_("the file there is not a lock"), path)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode())


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        return  # taken by the next one already, or not ours to remove: harmless


def _holder(path: Path) -> tuple[int, str] | None:
    """Return process and host that have the lock, None when these are not known.

    Whoever has just taken it is given a moment to say so.
    """
    for _look in range(_LOOKS):
        with contextlib.suppress(OSError), regular.reading(path) as file:
            if found := _HOLDER.fullmatch(file.read(_LONGEST)):
                return int(found[1]), found[2].decode("utf-8", "replace").strip()
        time.sleep(_LOOK_SECONDS)
    return None


def _locked(path: Path) -> JobLockedError:
    who = _("another process")
    if holder := _holder(path):
        process, host = holder
        who = _("process {id} on {host!r}").format(id=process, host=host)
        if process == os.getpid():
            who = _("this ossh itself ({who})").format(who=who)
    return JobLockedError(
        _("job '{name}' is being run by {who}").format(name=path.stem, who=who),
        hint=_("wait for it or stop it there; other jobs can run at the same time"),
    )


def _unusable(path: Path, error: OSError) -> LocalError:
    return LocalError(
        _("cannot lock '{path}': {reason}").format(path=path, reason=reason(error)),
        hint=regular.hint(
            error, _("the jobs folder must be writable; choose another with --jobs-dir")
        ),
    )
