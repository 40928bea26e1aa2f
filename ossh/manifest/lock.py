"""The lock that keeps a second ossh out of a job.

The operating system holds it, so it ends with the process that has it, however that dies; what the
file says (process id, host) is for the message only.
"""

import errno
import os
import socket
import sys
import time
from pathlib import Path
from typing import Self

from ossh.errors import JobLockedError, LocalError, reason
from ossh.language import _

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}
_LOOKS, _LOOK_SECONDS = 10, 0.02
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
        while True:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                raise _unusable(path, error) from error
            try:
                _lock(descriptor)
                is_current = _is_at(path, descriptor)
                if is_current:
                    _write_holder(descriptor)
            except OSError as error:
                os.close(descriptor)
                if error.errno in _BUSY:
                    raise _locked(path) from error
                raise _unusable(path, error) from error
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


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write_holder(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
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
        try:
            process, host = path.read_text("utf-8").split(maxsplit=1)
            return int(process), host.strip()
        except (OSError, ValueError):
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
        _("job '{name}' is run by {who}").format(name=path.stem, who=who),
        hint=_("wait for it or stop it there; other jobs can run at the same time"),
    )


def _unusable(path: Path, error: OSError) -> LocalError:
    return LocalError(
        _("cannot lock '{path}': {reason}").format(path=path, reason=reason(error)),
        hint=_("the jobs folder must be writable; choose another with --jobs-dir"),
    )
