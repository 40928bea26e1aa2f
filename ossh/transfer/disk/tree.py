"""The folder of a target, entered without following a link below it.

Whoever can write to a folder may swap it for a link at any moment, also between a look and what
follows the look. So a path is not handed to the system as a whole: each folder on it is opened in
the one above, unless it is a link, and files are made, read, renamed and removed in an open folder.
Where that cannot be done, on Windows, each folder on the way is looked at just before.

The target itself may be a link, or lie behind some: that is what the user wished.
"""

import contextlib
import errno
import os
import stat
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

from ossh import patient, regular_files
from ossh.language import Words
from ossh.paths import ancestors, long_path, path_in, plain
from ossh.transfer.disk import links
from ossh.transfer.disk.disk_errors import EscapeError

MOST_OPEN = 32  # folders that are kept open, the target's among them
HAS_DESCRIPTORS = {os.open, os.stat, os.mkdir, os.rename, os.unlink} <= os.supports_dir_fd

_FOLDER_FLAGS: int = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_REFUSALS = {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}  # of a link, on one system or another
_HAS_JUNCTIONS = sys.platform == "win32"
_NO_NAMES = frozenset({"", ".", ".."})
_MOST_TRIES = 100  # to make a folder that others, as they end, tidy away each time

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
            return Folder(path, None, _identity(_looked_at(path, os.lstat(path))))
        try:
            return _opened(path, os.open(name, _FOLDER_FLAGS | _NO_LINK, dir_fd=self.dir_fd))
        except OSError as error:
            if error.errno in _REFUSALS:
                _looked_at(path, self.stat(name), was_refused=True)
            raise

    def is_same(self, found: os.stat_result) -> bool:
        """Return whether what was looked at is this folder, not a link to it."""
        return (found.st_dev, found.st_ino) == self.identity and _is_folder(found)

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
        """
        patient.replace_now(self.at(name), folder.at(new_name), self.dir_fd, folder.dir_fd)

    def unlink(self, name: str) -> None:
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
        descriptor = os.open(".", _FOLDER_FLAGS, dir_fd=self.dir_fd)
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


class Tree:
    """A target and what is below it; used by several threads.

    Paths are below the target, as `Entry.path` has them: segments joined by "/", that of a folder
    may end in one. A folder on the way that is a link raises `EscapeError`, wherever it leads. A
    target that was there before and is missing, or another folder, raises ENODEV.

    A few folders are kept open. Before one is used again, a look tells whether its path still leads
    to it, through no link; in between it may be moved, and then takes with it what is put there.

    Args:
        target: The local root; need not exist.
    """

    def __init__(self, target: str) -> None:
        self.target = long_path(target)
        self._descriptors = HAS_DESCRIPTORS  # else folders are only looked at
        self._identity: Identity | None = None  # of the target, once it was entered
        self._root: Folder | None = None
        self._open: dict[str, Folder] = {}  # by path, the one entered first comes first
        self._changing = threading.Lock()

    def close(self) -> None:
        """Keep no folder open; whatever is asked for afterwards is entered again."""
        with self._changing:
            self._open.clear()
            self._root = None

    def is_gone(self) -> bool:
        """Return whether the target is missing, or is another folder than when it was entered."""
        try:
            found = _identity(os.stat(self.target))
        except OSError:
            return True
        return self._identity is not None and found != self._identity

    # Folders

    def folder(self, path: str = "") -> Folder:
        """Return a folder below the target, or the target itself.

        Raises:
            EscapeError: It is a link, or another folder on the way is.
            OSError: It is missing, or no folder.
        """
        way = _trimmed(path)
        return self._as_before(way) or self._walk(way)

    def make_folders(self, path: str) -> Folder:
        """Return a folder below the target; it and those on the way are made as needed.

        Raises:
            EscapeError: It is a link, or another folder on the way is.
            OSError: It cannot be made.
        """
        way = _trimmed(path)
        return self._as_before(way) or self._made(way)

    def _made(self, path: str) -> Folder:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.lstat(self._at(path))  # too long a path is refused before any of it is made
        for _try in range(_MOST_TRIES):
            with contextlib.suppress(FileNotFoundError):  # a folder on the way was removed
                return self._walk(path, is_made=True)
        return self._walk(path, is_made=True)

    def _as_before(self, path: str) -> Folder | None:
        """Return a folder that is open, if its path still leads to it."""
        known = self._open.get(path)
        if known is None:
            return None
        try:
            if not known.is_same(os.lstat(known.path)):
                return None
            if known.above is None:
                known.above = tuple(map(self._at, ancestors(path)))
            for above in known.above:
                if not _is_folder(os.lstat(above)):
                    return None
        except OSError:
            return None
        return known

    def _walk(self, path: str, *, is_made: bool = False) -> Folder:
        """Enter one folder after the other, from the target on."""
        folder, way = self._entered_root(), ""
        for name in path.split("/") if path else ():
            _refuse_odd(name)
            way = f"{way}/{name}" if way else name
            known = self._open.get(way)
            if known is not None and folder.holds(name, known):
                folder = known
                continue
            try:
                folder = folder.enter(name)
            except FileNotFoundError:
                if not is_made:
                    raise
                folder.make(name)
                folder = folder.enter(name)
            self._keep(way, folder)
        return folder

    def _entered_root(self) -> Folder:
        if self._identity is not None and self.is_gone():
            raise self.gone()
        root = self._root or self._enter_root()
        if root.identity != self._identity:
            raise self.gone()
        return root

    def _enter_root(self) -> Folder:
        if self._descriptors:
            root = _opened(self.target, os.open(self.target, _FOLDER_FLAGS))
        else:
            found = os.stat(self.target)
            if not stat.S_ISDIR(found.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.target)
            root = Folder(self.target, None, _identity(found))
        with self._changing:
            self._identity = self._identity or root.identity
            self._root = root
        return root

    def gone(self) -> OSError:
        """Return the error to raise where the target is gone."""
        text = Words("'{target}' is no longer there", target=plain(self.target))
        return OSError(errno.ENODEV, text, self.target)

    def _keep(self, path: str, folder: Folder) -> None:
        with self._changing:
            self._open.pop(path, None)
            self._open[path] = folder
            if len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]  # closed when nobody uses it any more

    # What is in them

    def place(self, path: str, *, is_made: bool = False) -> Place:
        """Return the folder of a path and the name in there.

        Args:
            path: Below the target; nothing need be there.
            is_made: Whether its folder, and those on the way, are made as needed.

        Raises:
            EscapeError: A folder on the way is a link.
            OSError: A folder is missing, or cannot be made.
        """
        way, _, name = _trimmed(path).rpartition("/")
        _refuse_odd(name)
        folder = self._as_before(way) or (self._made(way) if is_made else self._walk(way))
        return Place(folder, name)

    def stat(self, path: str) -> os.stat_result:
        """Return what is at a path, without following a link."""
        folder, name = self.place(path)
        return folder.stat(name)

    def exists(self, path: str) -> bool:
        """Return whether anything is at a path, also a link that leads nowhere.

        Raises:
            EscapeError: A folder on the way is a link.
            OSError: Nobody can tell.
        """
        try:
            self.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def readlink(self, path: str) -> str:
        """Return where a link leads, as it is written there."""
        folder, name = self.place(path)
        return folder.readlink(name)

    def open(self, path: str, flags: int, mode: int = 0o666) -> int:
        """Return a descriptor of a file; see `Folder.open`."""
        folder, name = self.place(path)
        return folder.open(name, flags, mode)

    def open_regular(self, path: str, flags: int, *, sole: bool = False) -> int:
        """Return a descriptor of a regular file; see `regular_files.open_descriptor`."""
        folder, name = self.place(path)
        return folder.open_regular(name, flags, sole=sole)

    def replace_now(self, source: str, destination: str) -> None:
        """Move a file to another path below the target; see `Folder.replace_now`."""
        folder, name = self.place(source)
        folder.replace_now(name, *self.place(destination))

    def replace(self, source: str, destination: str) -> None:
        """Do as `replace_now`, with patience for other programs that have a file open."""
        patient.retried(lambda: self.replace_now(source, destination))

    def unlink(self, path: str) -> None:
        """Remove a file or a link, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            folder, name = self.place(path)
            folder.unlink(name)

    def discard(self, path: str) -> None:
        """Remove a file that is of no more use; where that is not possible at once, it stays."""
        with contextlib.suppress(OSError):
            folder, name = self.place(path)
            folder.discard(name)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        folder, name = self.place(path)
        folder.rmdir(name)

    def symlink(self, to: str, path: str) -> None:
        """Make a link at a path, which leads to `to`."""
        folder, name = self.place(path)
        folder.symlink(to, name)

    def utime(self, path: str, seconds: float) -> None:
        """Give a file its modification time, in seconds since 1970."""
        folder, name = self.place(path)
        folder.utime(name, seconds)

    def scan(self, path: str = "") -> Iterator[os.DirEntry[str]]:
        """Yield what is in a folder; each entry can be looked at until the next is asked for."""
        return self.folder(path).scan()

    def names(self, path: str = "") -> list[str]:
        """Return the names in a folder."""
        return [one.name for one in self.scan(path)]

    def _at(self, path: str) -> str:
        return path_in(self.target, path)


def _is_folder(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and not (_HAS_JUNCTIONS and links.is_junction(found))


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def _opened(path: str, descriptor: int) -> Folder:
    try:
        return Folder(path, descriptor, _identity(os.fstat(descriptor)))
    except OSError:
        os.close(descriptor)
        raise


def _looked_at(path: str, found: os.stat_result, *, was_refused: bool = False) -> os.stat_result:
    """Return what was looked at if it is a folder; one that was refused was a link just then.

    Raises:
        EscapeError: It is a link.
        NotADirectoryError: It is anything else.
    """
    is_folder = _is_folder(found)
    if is_folder and not was_refused:
        return found
    if is_folder or stat.S_ISLNK(found.st_mode) or links.is_junction(found):
        raise EscapeError(errno.ELOOP, Words("a link is in its path"), path)
    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)


def _trimmed(path: str) -> str:
    """Return a path without "./" before it or "/" behind it."""
    if path.endswith("/"):
        path = path.rstrip("/")
    return "" if path == "." else path.removeprefix("./")


def _refuse_odd(name: str) -> None:
    """Refuse what is not the name of anything in a folder, and could lead elsewhere."""
    if name in _NO_NAMES or (os.sep != "/" and not {os.sep, ":"}.isdisjoint(name)):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
