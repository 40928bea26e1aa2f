"""Where a run's files are: partial files in a folder of ours, and the way to final names.

Links that others plant are never followed out of the target. A target that vanishes (unplugged,
unmounted) is told from a folder that does.
"""

import contextlib
import errno
import os
import secrets
import stat
import threading
from pathlib import Path

from ossh import patient, regular_files
from ossh.errors import LocalError, reason
from ossh.language import Words, _
from ossh.model import Failure
from ossh.paths import long_path, path_in, plain
from ossh.transfer.disk import disk_errors, links, work_folder
from ossh.transfer.disk.disk_errors import CorruptError, EscapeError, PlantedError
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.work_folder import PROBE

MOST_TRIES = 100  # to make a folder that other jobs, as they end, tidy away each time


class Workspace:
    """The partial files of one job below one target.

    Used by several threads; what is known of folders is only ever added to or looked up again.

    Args:
        target: The local root; created when missing.
        job_id: Names the job's own folder below `TARGET/.ossh`.
        policy: What is kept of what stands at final names.

    Raises:
        LocalError: The target cannot be created or written.
    """

    def __init__(self, target: Path, job_id: str, policy: Policy | None = None) -> None:
        self.target = long_path(str(target))
        self.policy = policy or Policy()
        try:
            os.makedirs(self.target, exist_ok=True)
            self.folder = work_folder.work_folder(self.target, job_id)
            self._make_folder()
            probe = os.path.join(self.folder, f"{PROBE}{secrets.token_hex(4)}")  # others probe too
            os.close(os.open(probe, regular_files.NEW_FLAGS, 0o666))
            patient.discard(probe)
            self._identity = _identity(os.stat(self.target))
        except regular_files.NotRegularError as error:
            text = _("cannot write to '{folder}': {reason}")
            message = text.format(folder=plain(error.filename), reason=reason(error))
            raise LocalError(message, hint=regular_files.hint(error, "")) from error
        except OSError as error:
            raise disk_errors.unusable(str(target), error) from error
        self._removing = threading.Lock()
        self._in_parts: dict[int, tuple[int, int]] = {}  # partial files with parts, by row
        self._known: dict[str, tuple[int, int]] = {}  # folders that were looked at

    def _make_folder(self) -> None:
        """Create the job's folder, also while another job tidies away the empty one around it.

        Raises:
            OSError: It cannot be made.
        """
        for _try in range(MOST_TRIES):
            with contextlib.suppress(FileNotFoundError):
                os.makedirs(self.folder, exist_ok=True)
                return
        os.makedirs(self.folder, exist_ok=True)

    # Partial files

    def partial(self, row: int) -> str:
        """Return the path of a row's partial file."""
        return f"{self.folder}{os.sep}{row}"

    def open(self, row: int, *, fresh: bool, is_part: bool = False) -> int:
        """Return a descriptor of a row's partial file, created when missing.

        Args:
            row: Of the manifest.
            fresh: Whether what it holds is dropped.
            is_part: Whether it may hold other parts, which are lost if something is in its place.

        Raises:
            PlantedError: For a part, as for `existing`; else a new file is made.
            OSError: It cannot be opened; with ENODEV the target is not there any more.
        """
        try:
            descriptor = self._open_or_create(row, fresh=fresh, is_part=is_part)
        except FileNotFoundError:
            self._refuse_gone()
            self._make_folder()  # somebody tidied up
            descriptor = self._open_or_create(row, fresh=fresh, is_part=is_part)
        if is_part:
            self._refuse_another(row, descriptor)
        return descriptor

    def _open_or_create(self, row: int, *, fresh: bool, is_part: bool) -> int:
        path = self.partial(row)
        with contextlib.suppress(FileExistsError):
            return os.open(path, regular_files.NEW_FLAGS, 0o666)
        try:
            descriptor = self.existing(row)
        except PlantedError:
            if is_part:
                raise
            return os.open(path, regular_files.NEW_FLAGS, 0o666)
        if fresh:
            os.ftruncate(descriptor, 0)
        return descriptor

    def existing(self, row: int, *, is_part: bool = False) -> int:
        """Return a descriptor of a row's partial file, which is a regular file with no other name.

        Args:
            row: Of the manifest.
            is_part: Whether it holds parts, so that no other file may take its place from now on.

        Raises:
            PlantedError: Something else was in its place, and has been removed.
            OSError: It is missing, or cannot be opened.
        """
        path = self.partial(row)
        with self._removing:  # what another thread makes next is not removed for what was planted
            try:
                descriptor = regular_files.open_descriptor(Path(path), os.O_RDWR, sole=True)
            except regular_files.NotRegularError as error:
                self._in_parts.pop(row, None)  # first: another thread may make a new one at once
                patient.unlink(path)
                raise PlantedError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
        if is_part or row in self._in_parts:
            self._refuse_another(row, descriptor)
        return descriptor

    def _refuse_another(self, row: int, descriptor: int) -> None:
        """Refuse a partial file that is not the one which holds the row's other parts."""
        found = _identity(os.fstat(descriptor))
        if self._in_parts.setdefault(row, found) != found:
            os.close(descriptor)
            self.drop(row)
            raise PlantedError(errno.ENOENT, os.strerror(errno.ENOENT), self.partial(row))

    def delivered(self, row: int) -> None:
        """Forget a row's partial file, which has its final name now."""
        self._in_parts.pop(row, None)

    def drop(self, row: int) -> None:
        """Remove a row's partial file, if there is one.

        On a disk where nobody can remove it, it stays; what follows overwrites it, or learns why
        not.
        """
        self._in_parts.pop(row, None)
        patient.discard(self.partial(row))

    # Final names

    def place(self, path: str) -> str:
        """Return the final path for a name below the target; its folder exists afterwards.

        Raises:
            EscapeError: A link on the way leads out of the target.
            OSError: The folder cannot be made; with ENODEV the target is not there any more.
        """
        final = path_in(self.target, path)
        parent = final[: final.rindex(os.sep)]
        known = self._known.get(parent)
        if known is None or known != _identity_at(parent):
            self._make(parent)
        return final

    def make_folder(self, path: str) -> None:
        """Create the folder that a key ending in "/" represents."""
        self.place(path.rstrip("/") + "/.")

    def _make(self, parent: str) -> None:
        # Look before making: makedirs would follow a planted link and create folders outside.
        self._refuse_gone()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.lstat(parent)  # too long a path is refused before any of it is made
        nearest = parent
        while not os.path.lexists(nearest):
            nearest = os.path.dirname(nearest)
        self._refuse_escape(nearest)
        try:
            os.makedirs(parent, exist_ok=True)
        except RecursionError as error:  # a member of an archive may lie below thousands of folders
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), parent) from error
        self._refuse_escape(parent)
        if (identity := _identity_at(parent)) is not None:
            self._known[parent] = identity

    def _refuse_escape(self, folder: str) -> None:
        """Refuse a folder of the target if a link on the way to it leads out.

        Raises:
            EscapeError: It does.
        """
        above = folder
        while len(above) > len(self.target) and not links.is_link(above):
            above = os.path.dirname(above)
        if len(above) <= len(self.target):
            return
        real, root = os.path.realpath(folder), os.path.realpath(self.target)
        if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
            message = Words("a link in its path points outside the target")
            raise EscapeError(errno.ELOOP, message, folder)

    # The target itself

    def is_gone(self) -> bool:
        """Return whether the target is missing, or is another folder than when the run began."""
        try:
            return _identity(os.stat(self.target)) != self._identity
        except OSError:
            return True

    def _refuse_gone(self) -> None:
        if self.is_gone():
            raise self._gone()

    def _gone(self) -> OSError:
        text = Words("'{target}' is no longer there", target=plain(self.target))
        return OSError(errno.ENODEV, text, self.target)

    def failure(self, error: OSError | CorruptError) -> Failure:
        """Return what an error means for one object, or for the whole run."""
        return disk_errors.failure_of(self._gone() if self.is_gone() else error)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _identity_at(folder: str) -> tuple[int, int] | None:
    """Return what identifies a folder; None when it is missing, or a link."""
    try:
        found = os.lstat(folder)
    except OSError:
        return None
    return _identity(found) if stat.S_ISDIR(found.st_mode) else None
