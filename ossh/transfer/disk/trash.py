"""What a mirror takes away: it is moved into `TARGET/.ossh/trash/DATE/`, and nothing is deleted.

The trash is on the target's own file system, so that to move a file is to rename it, and a file
keeps its path below the folder of its day. Where that is taken, `DATE.2`, `DATE.3` … have room.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from itertools import count
from pathlib import Path

from ossh import patient
from ossh.model import value
from ossh.transfer.disk import links
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.tree import Place, Tree
from ossh.transfer.disk.work_folder import WORK_FOLDER

_ROOT = f"{WORK_FOLDER}/trash"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\d+)?")


class Trash:
    """Where a target's files go on one day.

    Args:
        tree: The target.
        day: Names the folder.
    """

    def __init__(self, tree: Tree, day: date) -> None:
        self.tree = tree
        self.folder = f"{_ROOT}/{day.isoformat()}"  # the first one of the day, below the target
        self.taken = 0  # files and links

    def take(self, path: str) -> None:
        """Do as `take_now`, with patience for other programs that have the file open."""
        patient.retried(lambda: self.take_now(path))

    def take_now(self, path: str) -> None:
        """Move what is at a path below the target into the trash.

        Raises:
            InUseError: Another program has it open at this moment.
            OSError: It cannot be moved, and is still where it was.
        """
        source = self.tree.place(path)
        self.tree.make_folders(_ROOT)
        places = (self._free_place(number, path) for number in count(1))
        place = next(one for one in places if one is not None)
        source.folder.replace_now(source.name, *place)
        self.taken += 1

    def _free_place(self, number: int, path: str) -> Place | None:
        """Return where a file can go in one of the day's folders; None if that is taken."""
        day = f"{self.folder}.{number}" if number > 1 else self.folder
        try:
            place = self.tree.place(f"{day}/{path}", is_made=True)
        except NotADirectoryError:  # a file of that day has the name of one of its folders
            return None
        return None if place.exists() else place


def remove_if_empty(tree: Tree, path: str, is_wanted: Callable[[str], bool]) -> None:
    """Remove the folder of a path below the target, and those above it, as long as they are empty.

    Folders for which `is_wanted` says so stay; it is given their path, which ends in "/".
    """
    folder = path.rstrip("/")
    with suppress(OSError):  # it is not empty, or has gone
        while folder := folder.rpartition("/")[0]:
            if is_wanted(f"{folder}/"):
                return
            tree.rmdir(folder)


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
    with suppress(OSError), closing(Tree(str(target))) as tree:
        for name in sorted(tree.names(_ROOT)):
            match, way = _DAY.fullmatch(name), f"{_ROOT}/{name}"
            with suppress(ValueError, NotADirectoryError, EscapeError):  # the 31st of February
                if match is not None:
                    day, sizes = date.fromisoformat(match[1]), list(_sizes(tree, way))
                    yield TrashDay(target / way, day, len(sizes), sum(sizes))


def empty(day: TrashDay) -> None:
    """Delete a folder of a trash for good, and the folders around it that are empty then.

    Raises:
        OSError: Some of it cannot be deleted.
    """
    target = day.folder.parents[2]
    with closing(Tree(str(target))) as tree:
        _delete(tree, f"{_ROOT}/{day.folder.name}")
        with suppress(OSError):
            tree.rmdir(_ROOT)
            tree.rmdir(WORK_FOLDER)


def _delete(tree: Tree, way: str) -> None:
    folder = tree.folder(way)
    for name, is_folder in [(one.name, _is_folder(one)) for one in folder.scan()]:
        if is_folder:
            _delete(tree, f"{way}/{name}")
        else:
            folder.unlink(name)
    tree.rmdir(way)


def _sizes(tree: Tree, way: str) -> Iterator[int]:
    """Yield the sizes of the files in a folder and below, in bytes."""
    for one in tree.scan(way):
        if _is_folder(one):
            yield from _sizes(tree, f"{way}/{one.name}")
        else:
            yield one.stat(follow_symlinks=False).st_size


def _is_folder(found: os.DirEntry[str]) -> bool:
    """Return whether a folder was found, not a link to one; `os.walk` may enter junctions."""
    return found.is_dir(follow_symlinks=False) and not links.is_junction(found)
