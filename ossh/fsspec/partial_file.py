"""A file that gets its name when all of it is there."""

import os
import secrets
from pathlib import Path

from ossh import patient


class PartialFile:
    """Stands beside its target under a name of its own until it is kept.

    Args:
        target: The file that it becomes; one that is there is replaced then.

    Raises:
        OSError: The folder takes no file.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._target = Path(target)
        self._path = self._target.with_name(f".ossh-{secrets.token_hex(8)}.partial")
        try:
            self._file = self._path.open("xb")
        except OSError as error:
            raise self._failure(error) from None

    def write(self, start: int, data: bytes) -> None:
        """Write bytes from a place in the file on."""
        self._file.seek(start)
        self._file.write(data)

    def keep(self) -> None:
        """Give the file its name.

        Raises:
            OSError: The disk is full, or a folder has that name; nothing of the file is left.
        """
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
        """Remove the file."""
        self._file.close()
        patient.discard(self._path)
