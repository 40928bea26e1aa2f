"""Where a run's files are: partial files in a folder of ours, and the way to final names.

A target that vanishes (unplugged, unmounted) is told from a folder that does.
"""

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ossh import regular_files
from ossh.model import Failure
from ossh.paths import path_in
from ossh.transfer.disk import disk_errors, own_places, work_folder
from ossh.transfer.disk.disk_errors import ConflictError, CorruptError, PlantedError
from ossh.transfer.disk.folder import Folder, Identity, Place, identity_of
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState, Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import PROBE

T = TypeVar("T")


class Workspace:
    """The partial files of one job below one target, made if missing; used by several threads.

    Raises:
        LocalError: The target cannot be created or written.
    """

    def __init__(self, target: Path, job_id: str, policy: Policy | None = None) -> None:
        self.tree = Tree(str(target))
        self.target = self.tree.target
        self.job_id = job_id
        self.policy = policy or Policy()
        self.local_files = LocalFiles(self.tree, self.policy)
        self._removing = threading.Lock()
        self._clearing = threading.Lock()
        self._in_parts: dict[int, Identity] = {}  # partial files with parts, by row
        self._folder: Folder | None = None  # of the partial files
        try:
            os.makedirs(self.target, exist_ok=True)
            self._way = work_folder.work_folder(job_id)
            probe = f"{PROBE}{secrets.token_hex(4)}"  # others probe too
            os.close(self.make(probe))
            self.discard(probe)
        except OSError as error:
            raise disk_errors.unusable(str(target), error) from error

    def release(self) -> None:
        """Keep no folder open; what is used afterwards is opened again."""
        self._folder = None
        self.tree.close()

    def close(self) -> None:
        """Keep no folder open, and remove that of the partial files if there are none."""
        work_folder.tidy(self.tree, self.job_id)
        self.release()

    # Partial files

    @property
    def folder(self) -> str:
        """Return the absolute path of the folder of partial files, for those who tell of it."""
        return path_in(self.target, self._way)

    def _entered(self) -> Folder:
        """Return the folder of partial files, made again if it has gone."""
        self._folder = folder = self.tree.folder(self._way, is_made=True)
        return folder

    def partial(self, row: int) -> str:
        """Return the absolute path of a row's partial file."""
        return f"{self.folder}{os.sep}{row}"

    def draft(self, row: int) -> Place:
        """Return the place of a row's partial file."""
        return Place(self._folder or self._entered(), str(row))

    def make(self, name: str) -> int:
        """Return a descriptor of a new file beside the partial files.

        If somebody moves their folder, it may be made there, and comes from there in the end.
        """
        try:
            return Place(self._folder or self._entered(), name).create()
        except FileNotFoundError:  # somebody tidied up
            return Place(self._entered(), name).create()

    def names(self) -> list[str]:
        """Return the names in the folder of partial files."""
        return self.tree.folder(self._way).names()

    def discard(self, name: str) -> None:
        """Remove a file in the folder of partial files, if there is one and nobody has it open."""
        with contextlib.suppress(OSError):
            Place(self._folder or self._entered(), name).discard()

    def open(self, row: int, *, is_part: bool = False) -> int:
        """Return a descriptor of a row's partial file, created when missing.

        What it holds is dropped, unless a part comes: that may have others beside it in the file,
        which are lost if something is in its place.

        Raises:
            PlantedError: For a part, as for `existing`; else a new file is made.
            OSError: It cannot be opened; with ENODEV the target is not there any more.
        """
        try:
            descriptor = self._open_or_create(row, is_part=is_part)
        except FileNotFoundError:  # it was removed between two looks
            descriptor = self._open_or_create(row, is_part=is_part)
        if is_part:
            self._refuse_another(row, descriptor)
        return descriptor

    def _open_or_create(self, row: int, *, is_part: bool) -> int:
        with contextlib.suppress(FileExistsError):
            return self.make(str(row))
        try:
            descriptor = self.existing(row)
        except PlantedError:
            if is_part:
                raise
            return self.make(str(row))
        if not is_part:
            os.ftruncate(descriptor, 0)
        return descriptor

    def existing(self, row: int, *, is_part: bool = False) -> int:
        """Return a descriptor of a row's partial file, which is a regular file with no other name.

        Once it holds a part, no other file may take its place.

        Raises:
            PlantedError: Something else was in its place, and has been removed.
            OSError: It is missing, or cannot be opened.
        """
        place = Place(self._entered(), str(row))
        with self._removing:  # what another thread makes next is not removed for what was planted
            try:
                descriptor = place.open_regular(os.O_RDWR, sole=True)
            except regular_files.NotRegularError as error:
                self._in_parts.pop(row, None)  # first: another thread may make a new one at once
                place.remove()
                raise self.planted(row) from error
        if is_part or row in self._in_parts:
            self._refuse_another(row, descriptor)
        return descriptor

    def _refuse_another(self, row: int, descriptor: int) -> None:
        """Refuse a partial file that is not the one which holds the row's other parts."""
        found = identity_of(os.fstat(descriptor))
        if self._in_parts.setdefault(row, found) != found:
            os.close(descriptor)
            self.drop(row)
            raise self.planted(row)

    def planted(self, row: int) -> PlantedError:
        """Return the error to raise where something else had the name of a row's partial file."""
        return PlantedError(errno.ENOENT, os.strerror(errno.ENOENT), self.partial(row))

    def delivered(self, row: int) -> None:
        """Forget a row's partial file, which has its final name now."""
        self._in_parts.pop(row, None)

    def empty(self, row: int) -> None:
        """Drop what a row's partial file holds; it stays the file that other processes know."""
        with (
            contextlib.suppress(OSError),
            open(self.existing(row), "rb+", buffering=0) as file,
        ):
            file.truncate(0)

    def drop(self, row: int) -> None:
        """Remove a row's partial file, if there is one.

        On a disk where nobody can remove it, it stays; what follows overwrites it, or learns why
        not.
        """
        self._in_parts.pop(row, None)
        self.discard(str(row))

    # Final names

    def place(self, path: str) -> Place:
        """Return the final place of a path below the target; its folder exists.

        Raises:
            ConflictError: It is ossh's own place: the job was planned before that was so. Or a file
                that must be kept is where a folder belongs.
            EscapeError: A link is on the way.
            OSError: The folder cannot be made; with ENODEV the target is not there any more.
        """
        return self.cleared_place(path)[0]

    def cleared_place(self, path: str) -> tuple[Place, bool]:
        """Do as `place`; return also whether a file made way for its folder, to the trash."""
        return self._with_way(path, lambda: self.tree.place(path, is_made=True))

    def make_folder(self, path: str) -> bool:
        """Create the folder that a key ending in "/" represents; errors are those of `place`.

        Return whether a file made way for it, to the trash.
        """
        return self._with_way(path, lambda: self.tree.folder(path, is_made=True))[1]

    def _with_way(self, path: str, make: Callable[[], T]) -> tuple[T, bool]:
        self._refuse_own(path)
        try:
            return make(), False
        except NotADirectoryError:
            with self._clearing:  # one at a time: another must not move what one has made
                has_moved = self._clear_way(path)
                return make(), has_moved

    def _clear_way(self, path: str) -> bool:
        """Move what is on the way of a path to the trash, if the rules say so."""
        found, way = self.local_files.obstacle(path), self.tree.in_the_way(path)
        if found.state is LocalState.CONFLICT:
            raise ConflictError(errno.ENOTDIR, found.why, path_in(self.target, way))
        if found.state is LocalState.TRASHED and way:
            # others may be faster: a folder that they have made there stays
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self.local_files.trash.take_now(way)
                return True
        return False

    def _refuse_own(self, path: str) -> None:
        if self.policy.own is not None and self.policy.own.has(path):
            raise ConflictError(errno.EEXIST, own_places.WHY, path_in(self.target, path))

    def failure(self, error: OSError | CorruptError) -> Failure:
        """Return what an error means for one object, or for the whole run."""
        return disk_errors.failure_of(self.tree.gone() if self.tree.is_gone() else error)
