"""A file that gets its name when all of it is there."""

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ossh import patient
from ossh.paths import real


class PartialFile:
    """Stands beside its target, from the first byte on, until it is kept.

    Args:
        target: The file that it becomes; one that is there is replaced then, with its permissions;
            of a link, the file that it leads to.

    Raises:
        OSError: Something else is there, or a file that must not be written.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._target = Path(target)
        self._mode: int | None = None
        with suppress(FileNotFoundError):
            self._mode = _mode_of(self._target)
            self._target = real(self._target)
        self._path = self._target.with_name(f".ossh-{secrets.token_hex(8)}.partial")
        self._file: BinaryIO | None = None

    def write(self, start: int, data: bytes) -> None:
        """Write bytes from a place in the file on.

        Raises:
            OSError: The folder takes no file, or the disk is full.
        """
        file = self._opened()
        file.seek(start)
        file.write(data)
        file.flush()

    def keep(self) -> None:
        """Give the file its name.

        Raises:
            OSError: A folder has that name; nothing of the file is left.
        """
        try:
            self._opened().close()
            patient.replace(self._path, self._target)
        except OSError as error:
            self.drop()
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> OSError:
        """Return an error by the name of the target, which is the one that a user knows."""
        return OSError(error.errno, error.strerror, str(self._target))

    def drop(self) -> None:
        """Remove the file, however far it came."""
        if self._file is not None:
            with suppress(OSError):  # what is not written yet has no room either
                self._file.close()
        patient.discard(self._path)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            try:
                self._file = self._path.open("xb")
            except OSError as error:
                raise self._failure(error) from None
            if self._mode is not None:
                self._path.chmod(self._mode)
        return self._file


def _mode_of(path: Path) -> int:
    """Return the permissions of a file that may be replaced.

    Raises:
        OSError: It may not, or there is none.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    if not mode & stat.S_IWUSR:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(mode)
