"""What a mirror takes away: it is moved into `TARGET/.ossh/trash/DATE/`, and nothing is deleted.

The trash is on the target's own file system, so that to move a file is to rename it, and a file
keeps its path below the folder of its day. Where that is taken, `DATE.2`, `DATE.3` … have room.
"""

import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from itertools import count
from pathlib import Path

from ossh import patient
from ossh.model import value
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.folder import Place, is_junction
from ossh.transfer.disk.own_places import WORK_FOLDER
from ossh.transfer.disk.tree import Tree

_ROOT = f"{WORK_FOLDER}/trash"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\d+)?")


class Trash:
    """Where a target's files go on one day, after which their folder is named."""

    def __init__(self, tree: Tree, day: date) -> None:
        self.tree = tree
        self.folder = f"{_ROOT}/{day.isoformat()}"  # the first one of the day, below the target
        self.taken = 0  # files and links

    def take(self, path: str) -> None:
        """Do as `take_now`, with patience for other programs that have the file open."""
        patient.retried(lambda: self.take_now(path))

    def take_now(self, path: str) -> None:
        """Move a file or a link at a path below the target into the trash.

        It replaces an empty file there, which no folder can but on Windows, should there be one by
        now.

        Raises:
            InUseError: Another program has it open at this moment.
            OSError: It cannot be moved, and is still where it was.
        """
        source = self.tree.place(path)
        self.tree.folder(_ROOT, is_made=True)
        places = (self._free_place(number, path) for number in count(1))
        place = next(one for one in places if one is not None)
        try:
            if stat.S_ISDIR(source.stat().st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), source.at)
            source.replace_now(place)
        except OSError:
            place.discard()
            raise
        self.taken += 1

    def _free_place(self, number: int, path: str) -> Place | None:
        """Return an empty file in one of the day's folders; None if its place is taken."""
        day = f"{self.folder}.{number}" if number > 1 else self.folder
        try:
            place = self.tree.place(f"{day}/{path}", is_made=True)
            os.close(place.create())
        except (NotADirectoryError, FileExistsError):
            return None  # a file of that day has its name, or that of one of its folders
        return place


# Emptying it


@value
class OldTrash:
    """What one folder of a target's trash holds from before a day."""

    folder: Path
    before: date
    files: int
    size: int  # bytes


def arrival(found: os.DirEntry[str]) -> date:
    """Return the day on which something in the trash came there, by the clock of its disk.

    To move it there was its last change. Windows remembers no such change of a file; its folder in
    the trash changed when the last one came into it, or left it.

    Raises:
        OSError: It is gone.
    """
    if sys.platform == "win32":
        changed = os.stat(os.path.dirname(found.path)).st_mtime
    else:
        changed = found.stat(follow_symlinks=False).st_ctime
    return date.fromtimestamp(changed)  # noqa: DTZ012 - people name their own days


def old_trash(
    target: Path, before: date, arrived: Callable[[os.DirEntry[str]], date] = arrival
) -> Iterator[OldTrash]:
    """Yield what a target's trash holds from before a day, by folder, the oldest first.

    Both have to be from before it: the day after which a folder is named, and that on which a file
    came there, for the clock may have been wrong. Folders of other names are left alone.
    """
    with suppress(OSError), closing(Tree(str(target))) as tree:
        for way in [f"{_ROOT}/{name}" for name in sorted(tree.folder(_ROOT).names())]:
            if _is_before(way.rpartition("/")[2], before):
                with suppress(NotADirectoryError, EscapeError):
                    found = list(_files(tree, way, arrived))
                    sizes = [size for day, size in found if day < before]
                    if sizes or not found:
                        yield OldTrash(target / way, before, len(sizes), sum(sizes))


def empty(old: OldTrash, arrived: Callable[[os.DirEntry[str]], date] = arrival) -> None:
    """Delete for good what a folder of a trash holds from before a day, and folders that are empty.

    Raises:
        OSError: Some of it cannot be deleted.
    """
    target = old.folder.parents[2]
    with closing(Tree(str(target))) as tree:
        _delete(tree, f"{_ROOT}/{old.folder.name}", lambda one: arrived(one) < old.before)
        with suppress(OSError):
            tree.place(_ROOT).rmdir()
            tree.place(WORK_FOLDER).rmdir()


def _is_before(name: str, before: date) -> bool:
    """Return whether a folder of the trash is named after a day before another one."""
    match = _DAY.fullmatch(name)
    try:
        return match is not None and date.fromisoformat(match[1]) < before
    except ValueError:  # the 31st of February
        return False


def _delete(tree: Tree, way: str, is_old: Callable[[os.DirEntry[str]], bool]) -> bool:
    """Delete what is old in a folder, then the folder if it is empty; return whether it was."""
    folder, is_empty = tree.folder(way), True
    found = [(one.name, _is_folder(one) or is_old(one), _is_folder(one)) for one in folder.scan()]
    for name, is_gone, is_folder in found:  # looked at before any is deleted
        if is_folder:
            is_empty &= _delete(tree, f"{way}/{name}", is_old)
        elif is_gone:
            Place(folder, name).remove()
        else:
            is_empty = False
    if is_empty:
        tree.place(way).rmdir()
    return is_empty


def _files(
    tree: Tree, way: str, arrived: Callable[[os.DirEntry[str]], date]
) -> Iterator[tuple[date, int]]:
    """Yield arrival and size, in bytes, of the files in a folder and below."""
    for one in tree.folder(way).scan():
        if _is_folder(one):
            yield from _files(tree, f"{way}/{one.name}", arrived)
        else:
            yield arrived(one), one.stat(follow_symlinks=False).st_size


def _is_folder(found: os.DirEntry[str]) -> bool:
    """Return whether a folder was found, not a link to one; `os.walk` may enter junctions."""
    return found.is_dir(follow_symlinks=False) and not is_junction(found)
