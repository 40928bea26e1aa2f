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
from typing import NamedTuple

from ossh import patient, regular_files
from ossh.language import Words
from ossh.transfer.disk import links
from ossh.transfer.disk.disk_errors import EscapeError, on_another_disk

FOLDER_FLAGS: int = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_REFUSALS = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}  # of a link, on one system or another
_HAS_JUNCTIONS = sys.platform == "win32"

Identity = tuple[int, int]  # device and inode


class Folder:
    """A folder of the target, entered without following a link.

    It takes names of what is in it, never paths. It is open as long as somebody holds it, so
    another folder that gets its place is never mistaken for it.

    Attributes:
        path: Absolute.
        above: The paths of the folders between the target and this one; None: not yet needed.
        identity: The same for the same folder only.
        dir_fd: Its descriptor, or None where folders have none.
    """

    __slots__ = ("above", "dir_fd", "identity", "path")

    def __init__(self, path: str, dir_fd: int | None, identity: Identity) -> None:
        self.path = path
        self.above: tuple[str, ...] | None = None
        self.dir_fd = dir_fd
        self.identity = identity

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
        try:
            return opened(path, os.open(name, FOLDER_FLAGS | _NO_LINK, dir_fd=self.dir_fd))
        except OSError as error:
            if error.errno in _REFUSALS:
                _looked_at(path, self.stat(name), was_refused=True)
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

    def readlink(self, name: str) -> str:
        """Return where a link leads, as it is written there."""
        return os.readlink(self.at(name), dir_fd=self.dir_fd)

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Return a descriptor of a file; a link is an error, with ELOOP.

        With O_NONBLOCK in the flags, no pipe is waited for.
        """
        if self.dir_fd is None and not flags & os.O_EXCL and links.is_link(self.at(name)):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.at(name))
        flags |= _NO_LINK | _BINARY
        return os.open(self.at(name), flags, mode, dir_fd=self.dir_fd)

    def open_regular(self, name: str, flags: int, *, sole: bool = False) -> int:
        """Return a descriptor of a regular file; see `regular_files.open_descriptor`."""
        path = self.at(name)
        return regular_files.open_descriptor(path, flags, sole=sole, dir_fd=self.dir_fd)

    def make(self, name: str) -> None:
        """Make a folder in this one, unless something has the name."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.at(name), dir_fd=self.dir_fd)

    def replace_now(self, name: str, folder: "Folder", new_name: str) -> None:
        """Give a file another name, maybe in another folder, whatever has that name; try once.

        Raises:
            InUseError: Another program has one of the two open at this moment.
            OSError: It cannot be done; with EXDEV the other folder is on another disk.
        """
        try:
            patient.replace_now(self.at(name), folder.at(new_name), self.dir_fd, folder.dir_fd)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise OSError(errno.EXDEV, on_another_disk(folder.path, self.path)) from error

    def remove(self, name: str) -> None:
        """Remove a file or a link, if it is there.

        Raises:
            InUseError: Another program still has it open.
        """
        patient.unlink(self.at(name), self.dir_fd)

    def discard(self, name: str) -> None:
        """Remove a file that is of no more use; where that is not possible at once, it stays."""
        patient.discard(self.at(name), self.dir_fd)

    def rmdir(self, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(self.at(name), dir_fd=self.dir_fd)

    def symlink(self, to: str, name: str) -> None:
        """Make a link."""
        os.symlink(to, self.at(name), dir_fd=self.dir_fd)

    def utime(self, name: str, seconds: float) -> None:
        """Give a file its modification time, in seconds since 1970; not what a link leads to."""
        is_by_path = self.dir_fd is None  # where no link can be dated
        os.utime(self.at(name), (seconds, seconds), dir_fd=self.dir_fd, follow_symlinks=is_by_path)

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


class Place(NamedTuple):
    """A name in a folder of the target."""

    folder: Folder
    name: str

    @property
    def path(self) -> str:
        """Return where that is, absolutely, for those who only tell of it."""
        return f"{self.folder.path}{os.sep}{self.name}"

    def exists(self) -> bool:
        """Return whether anything has the name, also a link that leads nowhere."""
        try:
            self.folder.stat(self.name)
        except FileNotFoundError:
            return False
        return True


def is_folder(found: os.stat_result) -> bool:
    """Return whether a folder was looked at, neither a link to one nor a junction."""
    return stat.S_ISDIR(found.st_mode) and not (_HAS_JUNCTIONS and links.is_junction(found))


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
    if is_folder(found) or stat.S_ISLNK(found.st_mode) or links.is_junction(found):
        raise EscapeError(errno.ELOOP, Words("a link is in its path"), path)
    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
