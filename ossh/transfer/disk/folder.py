"""A folder below a target, and what can be done to the files in it.

On POSIX it is an open directory, and whatever is done there goes relative to it: no link leads
elsewhere, whoever gets its name meanwhile. On Windows, where folders have no descriptors, it is a
path that was looked at.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ossh import patient, regular_files
from ossh.language import Words
from ossh.transfer.disk.disk_errors import EscapeError, on_another_disk

FOLDER_FLAGS: int = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_REFUSALS = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}  # of a link, on one system or another
_HAS_JUNCTIONS = sys.platform == "win32"
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT

Identity = tuple[int, int]  # device and inode


@dataclass(slots=True, eq=False)
class Folder:
    """A folder of the target, entered without following a link.

    It takes names of what is in it, never paths. It is open as long as somebody holds it, so
    another folder that gets its place is never mistaken for it.
    """

    path: str  # absolute
    dir_fd: int | None  # its descriptor, or None where folders have none
    identity: Identity  # the same for the same folder only
    above: tuple[str, ...] | None = None  # paths of those below the target; None: not yet needed

    def __del__(self) -> None:
        if self.dir_fd is not None:
            os.close(self.dir_fd)

    def at(self, name: str) -> str:
        """Return how the system is told of a name in this folder, beside `dir_fd`."""
        return name if self.dir_fd is not None else f"{self.path}{os.sep}{name}"

    def enter(self, name: str) -> "Folder":
        """Return a folder in this one.

        Raises:
            EscapeError: It is a link.
            OSError: It is missing, or no folder.
        """
        path = f"{self.path}{os.sep}{name}"
        if self.dir_fd is None:
            return Folder(path, None, identity_of(_looked_at(path, os.lstat(path))))
        flags = FOLDER_FLAGS | _NO_LINK
        try:
            return opened(path, os.open(name, flags, dir_fd=self.dir_fd))
        except OSError as error:
            if error.errno in _REFUSALS:
                found = self.stat(name)
                with contextlib.suppress(OSError):
                    if is_folder(found):  # by now: a file may have made way for it
                        return opened(path, os.open(name, flags, dir_fd=self.dir_fd))
                _looked_at(path, found, was_refused=True)
            raise

    def is_same(self, found: os.stat_result) -> bool:
        """Return whether what was looked at is this folder, not a link to it."""
        return (found.st_dev, found.st_ino) == self.identity and is_folder(found)

    def holds(self, name: str, folder: "Folder") -> bool:
        """Return whether a folder that was entered still has this name here."""
        try:
            return folder.is_same(self.stat(name))
        except OSError:
            return False

    def stat(self, name: str) -> os.stat_result:
        """Return what has a name, without following a link."""
        return os.stat(self.at(name), dir_fd=self.dir_fd, follow_symlinks=False)

    def make(self, name: str) -> None:
        """Make a folder in this one, unless something has the name."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.at(name), dir_fd=self.dir_fd)

    def is_writable(self) -> bool:
        """Return whether this user may make files here."""
        here = self.path if self.dir_fd is None else "."
        return os.access(here, os.W_OK, dir_fd=self.dir_fd)

    def scan(self) -> Iterator[os.DirEntry[str]]:
        """Yield what is in the folder; each entry can be looked at until the next is asked for."""
        if self.dir_fd is None:
            with os.scandir(self.path) as entries:
                yield from entries
            return
        # of its own: copies of a descriptor share one place in the list
        descriptor = os.open(".", FOLDER_FLAGS, dir_fd=self.dir_fd)
        try:
            with os.scandir(descriptor) as entries:
                yield from entries
        finally:
            os.close(descriptor)

    def names(self) -> list[str]:
        """Return the names in the folder."""
        return [one.name for one in self.scan()]


class Place(NamedTuple):
    """A name in a folder of the target."""

    folder: Folder
    name: str

    @property
    def path(self) -> str:
        """Return where that is, absolutely, for those who only tell of it."""
        return f"{self.folder.path}{os.sep}{self.name}"

    @property
    def at(self) -> str:
        """Return how the system is told of it, beside the folder's `dir_fd`."""
        return self.folder.at(self.name)

    def stat(self) -> os.stat_result:
        """Return what is there, without following a link."""
        return self.folder.stat(self.name)

    def exists(self) -> bool:
        """Return whether anything has the name, also a link that leads nowhere."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def readlink(self) -> str:
        """Return where a link leads, as it is written there."""
        return os.readlink(self.at, dir_fd=self.folder.dir_fd)

    def create(self) -> int:
        """Return a descriptor of a new file.

        Raises:
            FileExistsError: Something has the name, if only a link.
        """
        return os.open(self.at, regular_files.NEW_FLAGS, 0o666, dir_fd=self.folder.dir_fd)

    def open_regular(self, flags: int, *, sole: bool = False) -> int:
        """Return a descriptor of a regular file; see `regular_files.open_descriptor`."""
        dir_fd = self.folder.dir_fd
        return regular_files.open_descriptor(self.at, flags, sole=sole, dir_fd=dir_fd)

    def replace_now(self, other: "Place") -> None:
        """Give a file another name, maybe in another folder, whatever has that name; try once.

        Raises:
            InUseError: Another program has one of the two open at this moment.
            OSError: It cannot be done; with EXDEV the other folder is on another disk.
        """
        folder, to = self.folder, other.folder
        try:
            patient.replace_now(self.at, other.at, folder.dir_fd, to.dir_fd)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise OSError(errno.EXDEV, on_another_disk(to.path, folder.path)) from error

    def remove(self) -> None:
        """Remove a file or a link, if it is there.

        Raises:
            InUseError: Another program still has it open.
        """
        patient.unlink(self.at, self.folder.dir_fd)

    def discard(self) -> None:
        """Remove a file that is of no more use; where that is not possible at once, it stays."""
        patient.discard(self.at, self.folder.dir_fd)

    def rmdir(self) -> None:
        """Remove an empty folder."""
        os.rmdir(self.at, dir_fd=self.folder.dir_fd)

    def symlink(self, to: str) -> None:
        """Make a link."""
        os.symlink(to, self.at, dir_fd=self.folder.dir_fd)

    def utime(self, seconds: float) -> None:
        """Give a file its modification time, in seconds since 1970; not what a link leads to."""
        dir_fd = self.folder.dir_fd
        is_by_path = dir_fd is None  # where no link can be dated
        os.utime(self.at, (seconds, seconds), dir_fd=dir_fd, follow_symlinks=is_by_path)


def is_folder(found: os.stat_result) -> bool:
    """Return whether a folder was looked at, neither a link to one nor a junction."""
    return stat.S_ISDIR(found.st_mode) and not (_HAS_JUNCTIONS and is_junction(found))


def is_junction(found: os.stat_result | os.DirEntry[str]) -> bool:
    """Return whether a folder that was looked at is a junction: how Windows mounts and links them.

    It counts as a folder there, and leads anywhere.
    """
    if isinstance(found, os.DirEntry):
        found = found.stat(follow_symlinks=False)
    tag = getattr(found, "st_reparse_tag", 0)  # 0 where nothing is special; only Windows has it
    return tag == _JUNCTION


def identity_of(found: os.stat_result) -> Identity:
    """Return what is the same for the same file or folder only."""
    return found.st_dev, found.st_ino


def opened(path: str, descriptor: int) -> Folder:
    """Return the folder that a descriptor was opened of; it is closed with the folder."""
    try:
        return Folder(path, descriptor, identity_of(os.fstat(descriptor)))
    except OSError:
        os.close(descriptor)
        raise


def _looked_at(path: str, found: os.stat_result, *, was_refused: bool = False) -> os.stat_result:
    """Return what was looked at if it is a folder; one that was refused was a link just then.

    Raises:
        EscapeError: It is a link.
        NotADirectoryError: It is anything else.
    """
    if is_folder(found) and not was_refused:
        return found
    if is_folder(found) or stat.S_ISLNK(found.st_mode) or is_junction(found):
        raise EscapeError(errno.ELOOP, Words("a link is in its path"), path)
    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
