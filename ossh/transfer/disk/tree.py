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
import threading
from collections import deque
from collections.abc import Iterator

from ossh.language import Words
from ossh.paths import ancestors, long_path, path_in, plain
from ossh.transfer.disk.folder import (
    FOLDER_FLAGS,
    Folder,
    Identity,
    Place,
    identity_of,
    is_folder,
    opened,
)

MOST_OPEN = 32  # folders that are kept open, the target's among them
HAS_DESCRIPTORS = {os.open, os.stat, os.mkdir, os.rename, os.unlink} <= os.supports_dir_fd

_NO_NAMES = frozenset({"", ".", ".."})
_MOST_TRIES = 100  # to make a folder that others, as they end, tidy away each time


class Tree:
    """A target and what is below it; used by several threads.

    Paths are below the target, as `Entry.path` has them: segments joined by "/", that of a folder
    may end in one. A folder on the way that is a link raises `EscapeError`, wherever it leads; one
    that is missing, or cannot be made, another OSError. A target that was there before and is
    missing, or another folder, raises ENODEV.

    A few folders are kept open. Before one is used again, a look tells whether its path still leads
    to it, through no link; in between it may be moved, and then takes with it what is put there.

    The target need not exist.
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
            found = identity_of(os.stat(self.target))
        except OSError:
            return True
        return self._identity is not None and found != self._identity

    # Folders

    def folder(self, path: str = "", *, is_made: bool = False) -> Folder:
        """Return a folder below the target, or the target itself.

        With `is_made`, it and those on the way are made as needed.
        """
        way = _trimmed(path)
        return self._as_before(way) or (self._made(way) if is_made else self._walk(way))

    def other_disk(self, path: str) -> str:
        """Return the first folder on the way into one that is on another disk than the target.

        It is absolute, and "" if there is none, as far as there are folders. On Windows another
        disk is behind a junction, which is no folder here.
        """
        if not self._descriptors:
            return ""
        with contextlib.suppress(OSError):
            steps = self._steps(_trimmed(path))
            disk, _ = next(steps).identity
            for folder in steps:
                if folder.identity[0] != disk:
                    return folder.path
        return ""

    def in_the_way(self, path: str) -> str:
        """Return the first on the way of a path that is no folder; "" if there is no such thing.

        A path that ends in "/" is itself on the way. What is missing counts as a folder, and so do
        those that nobody can look at.
        """
        with contextlib.suppress(OSError):
            for way in ancestors(f"{path}."):
                if not is_folder(self.stat(way)):
                    return way
        return ""

    def _made(self, path: str) -> Folder:
        try:
            os.lstat(self._at(path))  # too long a path is refused before any of it is made
        except (FileNotFoundError, NotADirectoryError):
            pass
        except ValueError:  # which Python raises where Windows could not even be asked
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path) from None
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
                if not is_folder(os.lstat(above)):
                    return None
        except OSError:
            return None
        return known

    def _walk(self, path: str, *, is_made: bool = False) -> Folder:
        return deque(self._steps(path, is_made=is_made), maxlen=1).pop()  # the last one is kept

    def _steps(self, path: str, *, is_made: bool = False) -> Iterator[Folder]:
        """Enter one folder after the other, from the target on, and yield each."""
        folder, way = self._entered_root(), ""
        yield folder
        for name in path.split("/") if path else ():
            _refuse_odd(name)
            way = f"{way}/{name}" if way else name
            known = self._open.get(way)
            if known is not None and folder.holds(name, known):
                folder = known
            else:
                folder = _entered(folder, name, is_made=is_made)
                self._keep(way, folder)
            yield folder

    def _entered_root(self) -> Folder:
        if self._identity is not None and self.is_gone():
            raise self.gone()
        root = self._root or self._enter_root()
        if root.identity != self._identity:
            raise self.gone()
        return root

    def _enter_root(self) -> Folder:
        if self._descriptors:
            root = opened(self.target, os.open(self.target, FOLDER_FLAGS))
        else:
            found = os.stat(self.target)
            if not stat.S_ISDIR(found.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.target)
            root = Folder(self.target, None, identity_of(found))
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

        Nothing need be there. With `is_made`, its folder and those on the way are made as needed.
        """
        way, _, name = _trimmed(path).rpartition("/")
        _refuse_odd(name)
        return Place(self.folder(way, is_made=is_made), name)

    def stat(self, path: str) -> os.stat_result:
        """Return what is at a path, without following a link; the target itself may be one."""
        if not _trimmed(path):
            return os.stat(self.target)
        return self.place(path).stat()

    def exists(self, path: str) -> bool:
        """Return whether anything is at a path, also a link that leads nowhere.

        Raises:
            OSError: Nobody can tell.
        """
        try:
            self.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def _at(self, path: str) -> str:
        return path_in(self.target, path)


def _trimmed(path: str) -> str:
    """Return a path without "./" before it or "/" behind it."""
    if path.endswith("/"):
        path = path.rstrip("/")
    return "" if path == "." else path.removeprefix("./")


def _entered(folder: Folder, name: str, *, is_made: bool) -> Folder:
    """Return a folder in another, made if it is missing and that is wished."""
    try:
        return folder.enter(name)
    except FileNotFoundError:
        if not is_made:
            raise
        folder.make(name)
        return folder.enter(name)


def _refuse_odd(name: str) -> None:
    """Refuse what is not the name of anything in a folder, and could lead elsewhere."""
    if name in _NO_NAMES or (os.sep != "/" and not {os.sep, ":"}.isdisjoint(name)):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
