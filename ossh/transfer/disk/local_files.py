"""The files of a target, compared with objects: the one judge of what stands there.

`get`, `verify`, `preview`, `--adopt`, a mirror and the last look before a rename all ask it.
"""

import os
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from ossh.errors import reason
from ossh.language import Words
from ossh.model import Entry, ObjectInfo, OwnFile
from ossh.paths import TARGET_ITSELF, path_in, plain
from ossh.printable import printable
from ossh.transfer.disk import durability
from ossh.transfer.disk.disk_errors import EscapeError, on_another_disk, unusable
from ossh.transfer.disk.file_io import Interrupted, Meter
from ossh.transfer.disk.folder import Folder
from ossh.transfer.disk.occupant import Claim, Occupant, Wanted, wanted
from ossh.transfer.disk.overwrite_rules import Comparison, LocalState, Policy, is_its_date
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree

if TYPE_CHECKING:  # it brings SQLite, which a process that fetches does without
    from ossh.manifest import FileRow

ABSENT = Comparison(LocalState.NEW)  # on a place where there is nothing

Claims = Mapping[str, Sequence[Claim]]
"""What other jobs have, by path below the target."""


@dataclass(eq=False)
class LocalFiles:
    """The target of a job, compared with objects."""

    tree: Tree
    policy: Policy
    # asked often while files are read; True ends that with `Interrupted`
    is_stopping: Callable[[], bool] = lambda: False
    claims_of: Callable[[Sequence[str]], Claims] = lambda _paths: {}  # of other jobs on places

    def __post_init__(self) -> None:
        self.trash = Trash(self.tree, self.policy.day)  # of the day on which the run began
        self._last_asked = "", ""  # a folder, and the one on its way that is on another disk

    def use_day(self, day: date) -> None:
        """Name what goes to the trash after another day."""
        self.policy = replace(self.policy, day=day)
        self.trash = Trash(self.tree, day)

    def check_stopping(self, _count: int = 0) -> None:
        """Raise `Interrupted` if told to stop."""
        if self.is_stopping():
            raise Interrupted

    def rest(self, seconds: float) -> None:
        """Wait; raise `Interrupted` when told to stop."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.check_stopping()
            time.sleep(min(left, 0.1))

    # Many at a time

    def compare_all(
        self, infos: Sequence[ObjectInfo], paths: Sequence[str]
    ) -> Sequence[Comparison]:
        """Compare new objects with what is at their places, asking the disk once a folder."""
        if not os.path.isdir(self.tree.target):
            return [ABSENT] * len(paths)
        folders = list(map(_folder_of, paths))
        may_hold = {one: self._may_hold(one) for one in set(folders)}
        is_elsewhere = {one: bool(self.tree.other_disk(one)) for one in may_hold}
        blocked = {one: self._blocked(one) for one, holds in may_hold.items() if holds is None}
        compared = [blocked.get(one, ABSENT) for one in folders]
        taken = [
            number
            for number, (path, folder) in enumerate(zip(paths, folders, strict=True))
            if is_elsewhere[folder] or (may_hold[folder] and self._is_taken(path))
        ]
        if taken:
            known = self._knowing(self.claims_of([paths[number].rstrip("/") for number in taken]))
            for number in taken:
                compared[number] = known.compare(infos[number], paths[number])
        return compared

    def _knowing(self, claims: Claims) -> "LocalFiles":
        """Return this, which knows what was asked for together."""
        known = copy(self)
        known.claims_of = lambda _paths: claims
        return known

    def _may_hold(self, folder: str) -> bool | None:
        """Return whether anything may be in a folder: it exists, or a link is in its path.

        None stands for a folder that cannot be made, as something else has its place.
        """
        try:
            self.tree.folder(folder)
        except NotADirectoryError:
            return None
        except OSError as error:
            return isinstance(error, EscapeError)
        return True

    def _blocked(self, folder: str) -> Comparison:
        """Return what the rules say of all objects of a folder, if a file has its place."""
        try:
            return self.obstacle(f"{folder}/")
        except OSError:
            return ABSENT

    def _is_taken(self, path: str) -> bool:
        """Return whether something is, or seems to be, in a place."""
        try:
            return path == TARGET_ITSELF or self.tree.exists(path)
        except OSError:
            return True

    def differing(self, rows: "Iterable[FileRow]") -> "Iterator[FileRow]":
        """Yield the files that are not, at a glance, as their rows say."""
        folder: Folder | None = None
        last = None
        for row in rows:
            way, _, name = row[2].rstrip("/").rpartition("/")
            if way != last:
                folder, last = None, way
                with suppress(OSError):
                    folder = self.tree.folder(way)
            if folder is None or not _is_as_recorded(folder, name, row):
                yield row

    def contested(self, rows: "Iterable[FileRow]") -> "tuple[LocalFiles, list[FileRow]]":
        """Return the files that are here by size and date only, and may be other jobs' objects.

        With them comes this, which knows what these jobs have there.
        """
        by_date = [row for row in rows if row[4] is None and not row[2].endswith("/")]
        claims = self.claims_of([row[2] for row in by_date]) if by_date else {}
        found = [
            row
            for row in by_date
            if any(one.is_of_another(row[1]) for one in claims.get(row[2], ()))
        ]
        return self._knowing(claims), found

    def has_its_size(self, entry: Entry) -> bool:
        """Return whether a regular file of its size is in the place of an object."""
        found = self._regular(entry)
        return found is not None and found.st_size == entry.size

    def may_be_torn(self, entry: Entry) -> bool:
        """Return whether a file of its date is in an object's place, whole or too short."""
        found, modified = self._regular(entry), entry.last_modified.timestamp()
        is_dated = found is not None and is_its_date(found.st_mtime, modified)
        return is_dated and found is not None and found.st_size <= entry.size

    def _regular(self, entry: Entry) -> os.stat_result | None:
        try:
            found = self.tree.stat(entry.path)
        except OSError:
            return None
        return found if stat.S_ISREG(found.st_mode) else None

    # One by one

    def compare(self, info: ObjectInfo | Entry, path: str = "") -> Comparison:
        """Compare an object with what is at its place, for a plan.

        What cannot be looked at counts as absent: it is met again, and named, when its object
        comes. No object comes into a folder on another disk: it could not be moved there.

        The place is by default that of the entry.
        """
        try:
            found = self.look(info, path)
        except OSError:
            found = ABSENT
        path = path or wanted(info).path
        if found.state in {LocalState.HERE, LocalState.CONFLICT} or path.endswith("/"):
            return found
        if other := self._other_disk(_folder_of(path)):
            why = on_another_disk(other, self.tree.target)
            return Comparison(LocalState.CONFLICT, why=why)
        return found

    def _other_disk(self, folder: str) -> str:
        """Do as `Tree.other_disk`; most rows are in the folder of the one before."""
        if folder != self._last_asked[0]:
            self._last_asked = folder, self.tree.other_disk(folder)
        return self._last_asked[1]

    def look(self, info: ObjectInfo | Entry, path: str = "") -> Comparison:
        """Do as `compare`; what cannot be looked at is an error.

        Raises:
            OSError: Nobody can tell what is there.
        """
        one = wanted(info, path)
        if info.is_symlink and self.policy.records_links:
            one = replace(one, is_link=True)
        try:
            return self._examined(one, self.check_stopping, reads=False)
        except NotADirectoryError:
            return self.obstacle(one.path)
        except EscapeError as error:
            return Comparison(LocalState.CONFLICT, why=reason(error))

    def examine(
        self,
        one: Wanted,
        meter: Meter | None = None,
        *,
        reads: bool = False,
    ) -> Comparison:
        """Compare an object with what is at its place.

        The meter is told what is read. With `reads` every byte is read, and nothing is taken for
        the object by its time.

        Raises:
            EscapeError: A link is in its path.
            OSError: It cannot be looked at, or read.
            Interrupted: By the meter, or as told to stop.
        """
        try:
            return self._examined(one, meter or self.check_stopping, reads=reads)
        except NotADirectoryError:
            return ABSENT

    def _examined(self, one: Wanted, meter: Meter, *, reads: bool) -> Comparison:
        if one.path == TARGET_ITSELF:
            return Comparison(LocalState.HERE) if os.path.isdir(self.tree.target) else ABSENT
        try:
            found = self.tree.stat(one.path)
        except FileNotFoundError:
            return ABSENT
        there = Occupant(self.tree, self.policy, found, one)
        if one.key and not there.is_as_left:
            place = one.path.rstrip("/")
            there = there.claimed(self.claims_of([place]).get(place, ()), meter)
        if there.is_link and one.is_link and there.one.own is None and one.crc64 is None:
            return ABSENT  # only where the object leads to will tell whether it is that link
        return there.compared(meter, reads=reads)

    def obstacle(self, path: str) -> Comparison:
        """Return what the rules say of a path on whose way there may be a file.

        It is judged as if an object that represents a folder were to come there.

        Raises:
            OSError: It cannot be looked at.
            Interrupted: As told to stop.
        """
        if not (way := self.tree.in_the_way(path)):
            return ABSENT
        found = self.examine(Wanted(f"{way}/", key=path))
        if found.state is LocalState.HERE:  # by now
            return ABSENT
        if found.why:
            file = printable(plain(path_in(self.tree.target, way)))
            return replace(found, why=Words("{why}: '{file}'", why=found.why, file=file))
        return found

    # What follows

    def write_out(self, paths: Collection[str]) -> None:
        """Wait until files outlast a power cut, if the job wants that; their rows may say so then.

        Raises:
            LocalError: The disk failed.
        """
        if not self.policy.durable or not paths:
            return
        try:
            durability.write_out(self.tree, paths)
        except OSError as error:
            raise unusable(plain(self.tree.target), error) from error

    def dated(self, path: str, own: OwnFile, modified: float) -> OwnFile:
        """Give a file that was proved just now the date of its object, and return it as left.

        A file that has other names keeps its own date: they may be somebody else's. The date is in
        epoch seconds; `own` is the file as it was proved.

        Raises:
            OSError: It cannot be dated.
        """
        found = self.tree.stat(path)
        is_same = (found.st_size, found.st_mtime_ns) == (own.size, own.modified)
        if found.st_nlink > 1 or not is_same or found.st_mtime == modified:
            return own
        self.tree.place(path).utime(modified)
        return replace(own, modified=self.tree.stat(path).st_mtime_ns)


def _folder_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def _is_as_recorded(folder: Folder, name: str, row: "FileRow") -> bool:
    """Return whether a regular file has just this size and time; a folder need only be one."""
    _, _, path, size, modified, of_object = row
    try:
        found = folder.stat(name)
    except OSError:
        return False
    if path.endswith("/"):
        return stat.S_ISDIR(found.st_mode)
    if found.st_size != size or not stat.S_ISREG(found.st_mode):
        return False
    if modified is None:
        return is_its_date(found.st_mtime, of_object)
    return found.st_mtime_ns == modified
