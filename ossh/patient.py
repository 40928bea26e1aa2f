"""Renames and removes files, with patience for other programs that have them open.

On Windows a program may keep others from renaming and removing a file as long as it has it open.
Virus scanners, indexers and backups let go after a moment; editors and spreadsheets do not. So
every rename and removal of ours is tried again for a while. If that is in vain, `InUseError` says
which file it is.

As on other systems, a file may be replaced or removed although it is marked read-only: whether it
should be is decided before.
"""

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from ossh.language import N_, _

T = TypeVar("T")
StrPath = str | os.PathLike[str]

BODY_SECONDS = 5.0  # for downloaded files: a virus scanner reads all of a large one
OWN_SECONDS = 1.5  # for the small files that ossh writes: whoever pressed Ctrl-C waits for them
PAUSE_SECONDS = 0.1  # between attempts: who has a file open gives no sign when it lets go

# Error codes of Windows, https://learn.microsoft.com/windows/win32/debug/system-error-codes
_ACCESS_DENIED, _SHARING_VIOLATION, _LOCK_VIOLATION = 5, 32, 33


class InUseError(OSError):
    """Another program has a file open and lets nobody rename, replace or remove it.

    With EACCES it may also be that the folder takes no such file: Windows says the same of both.
    """


def replace(source: StrPath, target: StrPath) -> None:
    """Give a file of ours another name, whatever has that name.

    Raises:
        InUseError: Another program still has one of the two open.
        OSError: It cannot be done for another reason, such as a folder of that name.
    """
    retried(lambda: replace_now(source, target))


def unlink(path: StrPath, dir_fd: int | None = None) -> None:
    """Remove a file of ours, if it is there; errors are those of `replace`.

    The descriptor is of the folder that a relative path begins in.
    """
    with contextlib.suppress(FileNotFoundError):
        retried(lambda: _attempt(lambda: os.unlink(path, dir_fd=dir_fd), path))


def discard(path: StrPath, dir_fd: int | None = None) -> None:
    """Remove a file that is of no more use; where that is not possible at once, it stays."""
    with contextlib.suppress(OSError):
        _attempt(lambda: os.unlink(path, dir_fd=dir_fd), path)


def replace_now(
    source: StrPath,
    target: StrPath,
    source_dir_fd: int | None = None,
    target_dir_fd: int | None = None,
) -> None:
    """Do as `replace`, once, for those who have something else to do until they try again.

    The descriptors are of the folders that relative paths begin in.
    """

    def rename() -> None:
        os.replace(source, target, src_dir_fd=source_dir_fd, dst_dir_fd=target_dir_fd)

    _attempt(rename, target, source)


def retried(
    call: Callable[[], T], pause: Callable[[float], None] = time.sleep, seconds: float | None = None
) -> T:
    """Return what a call returns, which is made again for a while as long as a file is in use.

    After so many seconds, or those for a file of ours, the call's own InUseError is raised. What
    waits in between may raise, too, which ends it.
    """
    deadline = time.monotonic() + (OWN_SECONDS if seconds is None else seconds)
    while True:
        try:
            return call()
        except InUseError:
            if time.monotonic() >= deadline:
                raise
        pause(PAUSE_SECONDS)


def hint(error: OSError) -> str:
    """Return what to do about a file that another program has open; "" for other errors."""
    return _("close the program that has it open, then try again") if _is_in_use(error) else ""


def _is_in_use(error: OSError) -> bool:
    if isinstance(error, InUseError):
        return True
    path = error.filename
    if sys.platform != "win32" or not isinstance(error, PermissionError) or not path:
        return False
    return os.path.isfile(path) and os.access(path, os.W_OK)  # so nothing but that denies access


def _attempt(call: Callable[[], None], path: StrPath, source: StrPath = "") -> None:
    """Make a call that renames, replaces or removes a file, and tell what Windows means by "no".

    The `path` is of the file that is replaced or removed, `source` of the one that gets its name.
    If it is in use, or so it seems, that is an InUseError.
    """
    try:
        call()
    except PermissionError as error:
        code = getattr(error, "winerror", None)  # only Windows has it
        is_free = source and not os.path.lexists(path)
        if code in {_SHARING_VIOLATION, _LOCK_VIOLATION}:
            number, text = errno.EBUSY, N_("another program has it open")
        elif code != _ACCESS_DENIED or os.path.isdir(path):
            raise
        elif is_free:  # its folder may be what denies access
            number, text = errno.EACCES, os.strerror(errno.EACCES)
        elif _is_read_only(path):
            with _writable(path):
                _attempt(call, path)
            return
        else:
            number, text = errno.EBUSY, N_("another program has it open, or it is protected")
        raise InUseError(number, text, os.fspath(source if is_free else path)) from error


def _is_read_only(path: StrPath) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and not mode & stat.S_IWRITE


@contextlib.contextmanager
def _writable(path: StrPath) -> Iterator[None]:
    """Let a file not be read-only for a while; it is again if what follows fails."""
    os.chmod(path, stat.S_IREAD | stat.S_IWRITE)
    try:
        yield
    except OSError:
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IREAD)
        raise
