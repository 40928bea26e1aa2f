"""A file that gets its name when all of it is there.

What a killed process leaves is removed when another begins to fetch into the folder. Names prove
that it is ours: they say which file it is to the disk, as no copy's and no fetched object's does.
As long as a process writes to it, a lock keeps it, which Windows puts on every open file.
"""

import errno
import hashlib
import os
import re
import secrets
import socket
import stat
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ossh import patient, regular_files
from ossh.paths import real

if sys.platform != "win32":
    import fcntl

_NAME = re.compile(r"\.ossh-(?P<host>[0-9a-f]{8})[0-9a-f]{16}-(?P<number>[0-9a-f]+)\.partial")
_HOST = hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()
# Untouched for so long, a file of this host's that nobody has locked is nobody's: no lock holds it
# when it is new, nor just before it gets its name. Locks of other hosts may not be seen here.
_OWN_SECONDS, _OTHERS_SECONDS = 60.0, 24 * 3600.0
_FOLDERS = 1024  # that are remembered to have been looked at


class PartialFile:
    """Stands beside its target until it is kept.

    Args:
        target: The file that it becomes; one that is there is replaced then, with its permissions;
            of a link, the file that it leads to.

    Raises:
        OSError: Something else is there, or a file that must not be written; or it cannot be made.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._target = Path(target)
        mode: int | None = None
        with suppress(FileNotFoundError):
            mode = _mode_of(self._target)
            self._target = real(self._target)
        _remove_abandoned(self._target.parent.absolute())
        try:
            self._path = _make(self._target.parent)
            self._file = self._path.open("r+b")
        except OSError as error:
            raise self._failure(error) from None
        _lock(self._file)
        if mode is not None:
            self._path.chmod(mode)

    def write(self, start: int, data: bytes) -> None:
        """Write bytes from a place on; an OSError if the disk takes no more."""
        self._file.seek(start)
        self._file.write(data)
        self._file.flush()

    def keep(self) -> None:
        """Give the file its name; an OSError if a folder has it, and the draft is removed."""
        try:
            self._file.close()
            patient.replace(self._path, self._target)
        except OSError as error:
            self.drop()
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> OSError:
        """Return an error by the name of the target, which is the one that a user knows."""
        return OSError(error.errno, error.strerror, str(self._target))

    def drop(self) -> None:
        """Remove the file, however far it came."""
        with suppress(OSError):  # what is not written yet has no room either
            self._file.close()
        patient.discard(self._path)


def _mode_of(path: Path) -> int:
    """Return the permissions of a file; an OSError if it may not be replaced, or is not there."""
    regular_files.check(path, follow=True)
    mode = path.stat().st_mode
    if not mode & stat.S_IWUSR:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(mode)


def _make(folder: Path) -> Path:
    """Make an empty file, and return its path; an OSError if the folder takes none."""
    draft = folder / f".ossh-{_HOST}{secrets.token_hex(8)}-0.partial"
    draft.open("xb").close()
    try:
        path = draft.with_name(draft.name.replace("-0.", f"-{draft.lstat().st_ino:x}."))
        patient.replace(draft, path)
    except OSError:
        patient.discard(draft)
        raise
    return path


def _lock(file: BinaryIO) -> None:
    """Tell other processes that a file is written to, if the disk has locks, until it is closed."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_free(path: Path) -> bool:
    """Return whether no process writes to a file, as far as can be seen."""
    if sys.platform != "win32":  # where it could not be removed
        try:
            with regular_files.open_for_reading(path, sole=True) as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@lru_cache(_FOLDERS)
def _remove_abandoned(folder: Path) -> None:
    """Remove partial files that killed processes left in a folder, once in this process."""
    with suppress(OSError):
        for path in folder.iterdir():
            if name := _NAME.fullmatch(path.name):
                found, number = path.lstat(), int(name["number"], 16)
                least = _OWN_SECONDS if name["host"] == _HOST else _OTHERS_SECONDS
                is_old = time.time() - found.st_mtime > least
                if found.st_ino == number and is_old and _is_free(path):
                    patient.discard(path)
