"""Opens regular files and nothing else: links are followed on request, and no pipe is waited for.

Whoever can write to a folder may plant a link there, so that what is written goes elsewhere, or a
named pipe, which blocks forever when opened. Where a file is ours, it is opened only as what it is.
"""

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from ossh import patient
from ossh.errors import LocalError, reason
from ossh.language import N_, _
from ossh.patient import StrPath

_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # pipes do not block
_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends without it

NEW_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
"""For `os.open`: to make a new file, or to fail."""

_USED_UP = frozenset({errno.EMFILE, errno.ENFILE})
_A_FEW = 4  # files: a socket and what libcurl waits with, or a manifest and its logs

if sys.platform == "darwin":
    import fcntl

    def _empty_cache(descriptor: int) -> int:
        return fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)

    _WHOLE_DISK: Callable[[int], object] | None = _empty_cache
else:
    _WHOLE_DISK = None

_KINDS = (
    (stat.S_ISLNK, N_("it is a symbolic link")),
    (stat.S_ISFIFO, N_("it is a named pipe")),
    (stat.S_ISSOCK, N_("it is a socket")),
    (stat.S_ISCHR, N_("it is a device")),
    (stat.S_ISBLK, N_("it is a device")),
)


class NotRegularError(OSError):
    """A name belongs to a link, a named pipe, a device: something that is left alone."""


def check(
    path: StrPath, *, follow: bool = False, sole: bool = False, dir_fd: int | None = None
) -> None:
    """Make sure that a name belongs to a regular file, or to nothing.

    Args:
        path: Looked at only, so that no device notices.
        follow: Whether it may be a link to a regular file.
        sole: Whether this must be its only name, so that nobody else's file is meant.
        dir_fd: Of the folder that a relative path begins in.

    Raises:
        NotRegularError: It belongs to something else.
        OSError: It belongs to a folder, or cannot be looked at.
    """
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(path, dir_fd=dir_fd, follow_symlinks=follow)
        _refuse(found, path, sole=sole)


def is_there(path: Path) -> bool:
    """Return whether anything has a name; unlike `lexists` raise LocalError if nobody can look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise cannot_read(path, error) from error
    return True


def open_descriptor(
    path: StrPath,
    flags: int,
    *,
    follow: bool = False,
    sole: bool = False,
    dir_fd: int | None = None,
) -> int:
    """Return a descriptor of a regular file; flags are as for `os.open`, the rest as for `check`.

    Raises:
        NotRegularError: It is something else.
        OSError: It cannot be opened.
    """
    check(path, follow=follow, dir_fd=dir_fd)
    link = 0 if follow else _NO_LINK
    descriptor = os.open(path, flags | link | _NO_WAIT | _BINARY, 0o666, dir_fd=dir_fd)
    try:
        _refuse(os.fstat(descriptor), path, sole=sole)  # it may be another since the check
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_for_reading(
    path: Path, *, follow: bool = False, sole: bool = False, dir_fd: int | None = None
) -> BufferedReader:
    """Open a regular file for reading; arguments and errors are those of `open_descriptor`."""
    return open(open_descriptor(path, os.O_RDONLY, follow=follow, sole=sole, dir_fd=dir_fd), "rb")


def flush(descriptor: int, whole_disk: Callable[[int], object] | None = _WHOLE_DISK) -> None:
    """Wait until what was written to a file outlasts a power cut; raise OSError if the disk failed.

    On macOS `fsync` leaves it in the disk's own cache, which `whole_disk` empties.
    """
    if whole_disk is not None:
        with contextlib.suppress(OSError):  # of a share or a disk that knows no such thing
            whole_disk(descriptor)
            return
    os.fsync(descriptor)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o666, is_flushed: bool = True) -> Iterator[BinaryIO]:
    """Yield a new file, which gets the name once all of it is written, and else is removed.

    A link of that name is replaced, not followed. The `mode` is as for `os.open`. Unless it
    `is_flushed`, which takes the disk some milliseconds, a power cut may lose it.

    Raises:
        OSError: The folder cannot be written, or another program has the file open.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with errors_naming(path, draft):
        try:
            with os.fdopen(os.open(draft, NEW_FLAGS, mode), "wb") as file:
                yield file
                file.flush()
                if is_flushed:
                    flush(file.fileno())
            patient.replace(draft, path)
        except BaseException:
            patient.discard(draft)
            raise


@contextlib.contextmanager
def writing_anew(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that a user named, as `replacing` does.

    A device, a pipe or a link, such as /dev/stdout, takes what is written as it comes.

    Raises:
        OSError: It cannot be written.
    """
    try:
        check(path)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666
        file: contextlib.AbstractContextManager[BinaryIO] = replacing(path, mode=mode)
    except NotRegularError:
        file = path.open("wb")
    with file as written:
        yield written


@contextlib.contextmanager
def errors_naming(path: Path, draft: Path) -> Iterator[None]:
    """Let an error about a draft name the file that the draft was to become.

    A NotRegularError still names the draft: what has its name must be moved away.
    """
    try:
        yield
    except NotRegularError:
        raise
    except OSError as error:
        if error.filename in {draft, str(draft)}:
            raise type(error)(error.errno, error.strerror, str(path)) from error
        raise


def used_up() -> OSError | None:
    """Return the error with which this process, or the machine, can open no more files, if so.

    libcurl and SQLite do not tell why they could not open one.
    """
    with contextlib.ExitStack() as opened:
        try:
            for _number in range(_A_FEW):
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            return error if error.errno in _USED_UP else None
    return None


def hint(error: OSError, otherwise: str) -> str:
    """Return what to do about an error, whatever file it is about, or something else."""
    if advice := patient.hint(error):
        return advice
    if error.errno == errno.ENOSPC:
        return _("free some space, then run it again")
    if error.errno in _USED_UP:
        return _("raise the limit (ulimit -n), then run it again")
    if isinstance(error, NotRegularError):
        return _("nothing was read or written there; move it away, then try again")
    return otherwise


def cannot_read(path: Path | str, error: OSError, otherwise: str = "") -> LocalError:
    """Return the error for a file that cannot be read; `otherwise` is as for `hint`."""
    text = _("cannot read '{path}': {reason}").format(path=path, reason=reason(error))
    return LocalError(text, hint=hint(error, otherwise))


def cannot_write(path: Path | str, error: OSError, otherwise: str = "") -> LocalError:
    """Return the error for a file that cannot be written; `otherwise` is as for `hint`."""
    text = _("cannot write '{path}': {reason}").format(path=path, reason=reason(error))
    return LocalError(text, hint=hint(error, otherwise))


def cannot_remove(path: Path | str, error: OSError, otherwise: str = "") -> LocalError:
    """Return the error for a file that cannot be removed; `otherwise` is as for `hint`."""
    text = _("cannot remove '{path}': {reason}").format(path=path, reason=reason(error))
    return LocalError(text, hint=hint(error, otherwise))


def _refuse(found: os.stat_result, path: StrPath, *, sole: bool) -> None:
    mode = found.st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if stat.S_ISREG(mode):
        if sole and found.st_nlink > 1:
            raise NotRegularError(errno.EINVAL, N_("it is a hard link"), path)
        return
    kind = next((text for is_one, text in _KINDS if is_one(mode)), N_("it is not a regular file"))
    raise NotRegularError(errno.EINVAL, kind, path)
