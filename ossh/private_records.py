"""Small records in the user's own state folder, which nobody else can have put there.

A record is a file, named by a digest of what it is about. It is there as a whole or not at all, and
no process waits for another one.
"""

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ossh import patient, regular_files
from ossh.language import _
from ossh.printable import printable

MOST = 4096  # records; with one more, the quarter of them goes that was of no use for longest
UNUSABLE = (OSError, RuntimeError)  # the latter is how platformdirs reports a missing home


class PrivateRecords:
    """The records of one kind, in a folder that its owner alone can read and change."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    @classmethod
    def of_user(cls, kind: str) -> "PrivateRecords":
        """Return those that all sessions of a user share."""

        def folder() -> Path:
            from platformdirs import user_state_path  # noqa: PLC0415 - few jobs need it

            return user_state_path("ossh") / kind

        return cls(folder)

    def names(self) -> frozenset[str]:
        """Return the names of all records; none where there is no such folder."""
        try:
            return frozenset(one.name for one in self._checked_folder().iterdir())
        except UNUSABLE:
            return frozenset()

    def read(self, name: str) -> bytes | None:
        """Return what this user recorded, and note that it was of use; None if there is nothing."""
        try:
            path = self._checked_folder() / name
            with regular_files.open_for_reading(path, sole=True) as file:
                if not _is_private(os.fstat(file.fileno())):
                    return None
                content = file.read()
        except UNUSABLE:
            return None
        with suppress(OSError):
            os.utime(path)
        return content

    def write(self, name: str, content: bytes = b"") -> None:
        """Record something in place of what was recorded under that name.

        Raises:
            OSError: The folder cannot be written, or is not the user's alone.
            RuntimeError: The user has no home.
        """
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._checked_folder()
        with regular_files.replacing(folder / name, mode=0o600, is_flushed=False) as file:
            file.write(content)
        _forget_oldest(folder)

    def _checked_folder(self) -> Path:
        """Return the folder, in which nobody else can have put anything.

        Raises:
            OSError: It is missing, a link, or others can read it or write to it.
            RuntimeError: The user has no home.
        """
        folder = self._folder()
        found = folder.lstat()
        if not (folder.is_absolute() and stat.S_ISDIR(found.st_mode) and _is_private(found)):
            text = _("'{folder}' must be a folder that only you can use (mode 0700)")
            raise PermissionError(text.format(folder=printable(str(folder))))
        return folder


def _forget_oldest(folder: Path) -> None:
    records = list(folder.iterdir())
    if len(records) <= MOST:
        return
    with suppress(FileNotFoundError):  # another process does the same
        records.sort(key=lambda one: one.lstat().st_mtime_ns)
        for one in records[: len(records) - MOST * 3 // 4]:
            patient.discard(one)


def _is_private(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # where all of a user's own profile is
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077
