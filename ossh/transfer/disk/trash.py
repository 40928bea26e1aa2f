"""What a mirror takes away: it is moved into `TARGET/.ossh/trash/DATE/`, and nothing is deleted.

The trash is on the target's own file system, so that to move a file is to rename it, and a file
keeps its path below the folder of its day. Where that is taken, `DATE.2`, `DATE.3` … have room.
"""

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

from ossh import patient
from ossh.model import value
from ossh.paths import path_in
from ossh.transfer.disk import links
from ossh.transfer.disk.work_folder import WORK_FOLDER, refuse_link

_TRASH = "trash"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\d+)?")


class Trash:
    """Where a target's files go on one day.

    Args:
        target: Local root, as the lanes use it.
        day: Names the folder.
    """

    def __init__(self, target: str, day: date) -> None:
        self._target = target
        self._root = os.path.join(target, WORK_FOLDER, _TRASH)
        self._day = day.isoformat()
        self.folder = os.path.join(self._root, self._day)  # the first one of the day

    def take(self, path: str) -> None:
        """Move what is at a path below the target into the trash.

        Raises:
            OSError: It cannot be moved, and is still where it was.
        """
        self._make(self._root)
        for number in count(1):
            place = path_in(f"{self.folder}.{number}" if number > 1 else self.folder, path)
            try:
                self._make(os.path.dirname(place))
            except (FileExistsError, NotADirectoryError):
                continue  # a file of that day has the name of one of its folders
            if not os.path.lexists(place):
                patient.replace(path_in(self._target, path), place)
                return

    def _make(self, folder: str) -> None:
        """Make a folder in the trash; a link on the way would lead out of it.

        Raises:
            OSError: It cannot be made.
        """
        os.makedirs(folder, exist_ok=True)
        work_folder = os.path.dirname(self._root)
        while len(folder) >= len(work_folder):
            refuse_link(folder)
            folder = os.path.dirname(folder)


def remove_if_empty(target: str, path: str, is_wanted: Callable[[str], bool]) -> None:
    """Remove the folder of a path below the target, and those above it, as long as they are empty.

    Folders for which `is_wanted` says so stay; it is given their path, which ends in "/".
    """
    folder = path.rstrip("/")
    with contextlib.suppress(OSError):  # it is not empty, or has gone
        while folder := folder.rpartition("/")[0]:
            if is_wanted(f"{folder}/"):
                return
            os.rmdir(path_in(target, folder))


# Emptying it


@value
class TrashDay:
    """One folder of a target's trash."""

    folder: Path
    day: date
    files: int
    size: int  # bytes


def days(target: Path) -> Iterator[TrashDay]:
    """Yield the folders of a target's trash, the oldest first; none of other names."""
    root = target / WORK_FOLDER / _TRASH
    try:
        for folder in (root.parent, root):
            refuse_link(str(folder))
        names = sorted(os.listdir(root))
    except OSError:
        return
    for name in names:
        match = _DAY.fullmatch(name)
        folder = root / name
        if match is None or not stat.S_ISDIR(folder.lstat().st_mode):
            continue
        with contextlib.suppress(ValueError):  # the 31st of February
            sizes = [one.stat(follow_symlinks=False).st_size for one in _files(str(folder))]
            yield TrashDay(folder, date.fromisoformat(match[1]), len(sizes), sum(sizes))


def empty(day: TrashDay) -> None:
    """Delete a folder of a trash for good, and the folders around it that are empty then.

    Raises:
        OSError: Some of it cannot be deleted.
    """
    _delete(str(day.folder))
    with contextlib.suppress(OSError):
        os.rmdir(day.folder.parent)
        os.rmdir(day.folder.parent.parent)


def _delete(folder: str) -> None:
    with os.scandir(folder) as entries:
        found = list(entries)
    for one in found:
        if _is_folder(one):
            _delete(one.path)
        else:
            patient.unlink(one.path)
    os.rmdir(folder)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for one in entries:
            if _is_folder(one):
                yield from _files(one.path)
            else:
                yield one


def _is_folder(found: os.DirEntry[str]) -> bool:
    """Return whether a folder was found, not a link to one; `os.walk` may enter junctions."""
    return found.is_dir(follow_symlinks=False) and not links.is_junction(found)
