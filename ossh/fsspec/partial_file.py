"""A file that gets its name when all of it is there.

What a killed process leaves is removed when another begins to fetch into the folder, a day later.
Names prove that it is ours: they say which file it is to the disk, as no copy's and no fetched
object's does.
"""

import errno
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ossh import patient, regular_files
from ossh.paths import real

_NAME = re.compile(r"\.ossh-[0-9a-f]{24}-(?P<number>[0-9a-f]+)\.partial")
_UNTOUCHED_SECONDS = 24 * 3600.0  # after which it is taken for abandoned
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
    draft = folder / f".ossh-{secrets.token_hex(12)}-0.partial"
    draft.open("xb").close()
    try:
        path = draft.with_name(draft.name.replace("-0.", f"-{draft.lstat().st_ino:x}."))
        patient.replace(draft, path)
    except OSError:
        patient.discard(draft)
        raise
    return path


@lru_cache(_FOLDERS)
def _remove_abandoned(folder: Path) -> None:
    """Remove partial files that killed processes left in a folder, once in this process."""
    with suppress(OSError):
        for path in folder.iterdir():
            if name := _NAME.fullmatch(path.name):
                found, number = path.lstat(), int(name["number"], 16)
                is_old = time.time() - found.st_mtime > _UNTOUCHED_SECONDS
                if found.st_ino == number and is_old:
                    patient.discard(path)
