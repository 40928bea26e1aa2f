"""Where a run's files are: partial files in a folder of ours, and the way to final names.

Partial files are `TARGET/.ossh/JOBID/ROWID`: on the target's own file system, so that a rename
is atomic, and apart from every key's name. Links that others plant are never followed out of the
target; where `.ossh` or a job's folder in it is one, nothing is written or removed behind it. A
target that vanishes (unplugged, unmounted) is told from a folder that does.
"""

import contextlib
import errno
import os
import secrets
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from ossh import regular
from ossh.errors import LocalError, reason
from ossh.language import N_, Words, _
from ossh.model import Cause, Failure
from ossh.transfer.standing import Policy

WORK_FOLDER = ".ossh"
PROBE = "probe-"  # begins the names of files that show whether a target can be used
TRAIL = "trail-"  # begins the names of files that tell how far the partial files came
TIDIED_AT_MOST = 100  # times in a row that other jobs end just as a folder is made

_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends without it
_NEW: int = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
_CAUSES = {
    errno.ENOSPC: Cause.DISK_FULL,
    errno.EDQUOT: Cause.DISK_FULL,
    errno.EROFS: Cause.READ_ONLY,
    errno.ENODEV: Cause.TARGET_GONE,
    errno.ENXIO: Cause.TARGET_GONE,
    errno.EMFILE: Cause.TOO_MANY_FILES,
    errno.ENFILE: Cause.TOO_MANY_FILES,
    errno.EISDIR: Cause.LOCAL_CONFLICT,
    errno.ENOTDIR: Cause.LOCAL_CONFLICT,
    errno.EEXIST: Cause.LOCAL_CONFLICT,
    errno.ENOTEMPTY: Cause.LOCAL_CONFLICT,
    errno.ELOOP: Cause.LOCAL_CONFLICT,
    errno.EBUSY: Cause.LOCAL_CONFLICT,
    errno.ENOENT: Cause.CORRUPT,  # somebody removed the partial file
}
_TEXTS = {
    errno.EISDIR: Words("there is a folder in its place"),
    errno.ENOTEMPTY: Words("there is a folder in its place"),
    errno.ENOTDIR: Words("there is a file where its folder belongs"),
    errno.EEXIST: Words("there is a file where its folder belongs"),
    errno.EBUSY: Words("the file in its place cannot be replaced: it is in use, or protected"),
    errno.ENOENT: Words("the partial file is no longer there"),
}
_HINT = Words("choose another folder with get --to DIR, or fix its permissions")


class EscapeError(OSError):
    """A folder on the way is a link that leads out of the target."""


class KeptError(OSError):
    """What is in an object's place now must stay."""


class PlantedError(OSError):
    """Something else had the name of a partial file, such as a link, and has been removed."""


class TargetGoneError(OSError):
    """The target is not there any more, or another folder has its name."""


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
            self._root = os.path.realpath(self.target)
            self.folder = _work_folder(self.target, job_id)
            self._make_folder()
            probe = os.path.join(self.folder, f"{PROBE}{secrets.token_hex(4)}")  # others probe too
            os.close(os.open(probe, _NEW, 0o666))
            _remove(probe)
            self._identity = _identity(os.stat(self.target))
        except regular.NotRegularError as error:
            message = _("cannot write to '{folder}': {reason}").format(
                folder=error.filename, reason=reason(error)
            )
            raise LocalError(message, hint=regular.hint(error, "")) from error
        except OSError as error:
            message = _("cannot write to target '{target}': {reason}").format(
                target=target, reason=reason(error)
            )
            raise LocalError(message, hint=_HINT) from error
        self._removing = threading.Lock()
        self._in_parts: dict[int, tuple[int, int]] = {}  # partial files with parts, by row
        self._known: dict[str, tuple[int, int]] = {}  # folders that were looked at

    def _make_folder(self) -> None:
        """Create the job's folder, also while another job tidies away the empty one around it.

        Raises:
            OSError: It cannot be made.
        """
        for _try in range(TIDIED_AT_MOST):
            with contextlib.suppress(FileNotFoundError):
                os.makedirs(self.folder, exist_ok=True)
                return
        os.makedirs(self.folder, exist_ok=True)

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
            TargetGoneError: The target is not there any more.
            OSError: It cannot be opened.
        """
        try:
            descriptor = self._created(row, fresh=fresh, is_part=is_part)
        except FileNotFoundError:
            self._refuse_gone()
            self._make_folder()  # somebody tidied up
            descriptor = self._created(row, fresh=fresh, is_part=is_part)
        if is_part:
            self._refuse_another(row, descriptor)
        return descriptor

    def _refuse_another(self, row: int, descriptor: int) -> None:
        """Refuse a partial file that is not the one which holds the row's other parts."""
        found = _identity(os.fstat(descriptor))
        if self._in_parts.setdefault(row, found) != found:
            os.close(descriptor)
            self.drop(row)
            raise PlantedError(errno.ENOENT, os.strerror(errno.ENOENT), self.partial(row))

    def _created(self, row: int, *, fresh: bool, is_part: bool) -> int:
        path = self.partial(row)
        with contextlib.suppress(FileExistsError):
            return os.open(path, _NEW, 0o666)
        try:
            descriptor = self.existing(row)
        except PlantedError:
            if is_part:
                raise
            return os.open(path, _NEW, 0o666)
        if fresh:
            os.ftruncate(descriptor, 0)
        return descriptor

    def existing(self, row: int) -> int:
        """Return a descriptor of a row's partial file, which is a regular file with no other name.

        Raises:
            PlantedError: Something else was in its place, and has been removed.
            OSError: It is missing, or cannot be opened.
        """
        path = self.partial(row)
        with self._removing:  # what another thread makes next is not removed for what was planted
            try:
                descriptor = regular.opened(Path(path), os.O_RDWR, sole=True)
            except regular.NotRegularError as error:
                self._in_parts.pop(row, None)  # first: another thread may make a new one at once
                _remove(path)
                raise PlantedError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
        if row in self._in_parts:
            self._refuse_another(row, descriptor)
        return descriptor

    def kept(self, row: int) -> int:
        """Return a descriptor of a row's partial file, which holds parts of an earlier run.

        Raises:
            OSError: As for `existing`.
        """
        descriptor = self.existing(row)
        self._refuse_another(row, descriptor)
        return descriptor

    def sealed(self, row: int) -> None:
        """Take note that a row's partial file has its final name."""
        self._in_parts.pop(row, None)

    def place(self, path: str) -> str:
        """Return the final path for a name below the target; its folder exists afterwards.

        Raises:
            EscapeError: A link on the way leads out of the target.
            TargetGoneError: The target is not there any more.
            OSError: The folder cannot be made.
        """
        final = located(self.target, path)
        parent = final[: final.rindex(os.sep)]
        known = self._known.get(parent)
        if known is None or known != _identity_at(parent):
            self._make(parent)
        return final

    def _make(self, parent: str) -> None:
        # Look before making: makedirs would follow a planted link and create folders outside.
        self._refuse_gone()
        self._refuse_escape(self._existing(parent))
        os.makedirs(parent, exist_ok=True)
        self._refuse_escape(parent)
        if (identity := _identity_at(parent)) is not None:
            self._known[parent] = identity

    @staticmethod
    def _existing(folder: str) -> str:
        while not os.path.lexists(folder):
            folder = os.path.dirname(folder)
        return folder

    def _refuse_escape(self, folder: str) -> None:
        real = os.path.realpath(folder)
        if real != self._root and not real.startswith(self._root.rstrip(os.sep) + os.sep):
            message = Words("a link in its path points outside the target")
            raise EscapeError(errno.ELOOP, message, folder)

    def _refuse_gone(self) -> None:
        if self.is_gone():
            message = "the target is no longer there"
            raise TargetGoneError(errno.ENODEV, message, self.target)

    def is_gone(self) -> bool:
        """Return whether the target is missing, or is another folder than when the run began."""
        try:
            return _identity(os.stat(self.target)) != self._identity
        except OSError:
            return True

    def failure(self, error: OSError) -> Failure:
        """Return what an error of the local disk means for one object, or for the whole run."""
        name = errno.errorcode.get(error.errno or 0, "OSError")
        text: str = error.strerror or str(error)
        if isinstance(error, EscapeError):
            return Failure(Cause.LOCAL_CONFLICT, "leaves target", text)
        if isinstance(error, KeptError):
            return Failure(Cause.LOCAL_CONFLICT, "local conflict", text)
        if self.is_gone():
            return Failure(
                Cause.TARGET_GONE,
                name,
                Words("'{target}' is no longer there", target=self.target),
            )
        cause = _CAUSES.get(error.errno or 0, Cause.CANNOT_WRITE)
        return Failure(cause, name, _TEXTS.get(error.errno or 0, text))

    def make_folder(self, path: str) -> None:
        """Create the folder that a key ending in "/" represents."""
        self.place(path.rstrip("/") + "/.")

    def drop(self, row: int) -> None:
        """Remove a row's partial file, if there is one.

        On a disk where nobody can remove it, it stays; what follows overwrites it, or learns why
        not.
        """
        self._in_parts.pop(row, None)
        with contextlib.suppress(OSError):
            os.unlink(self.partial(row))

    def tidy(self) -> None:
        """Remove the job's folder, and `.ossh`, when they hold nothing that is still of use.

        Trails are of use as long as there are partial files.
        """
        with contextlib.suppress(OSError):
            _refuse_links(self.folder)
            names = os.listdir(self.folder)
            useless = (PROBE,) if any(map(str.isdecimal, names)) else (PROBE, TRAIL)
            for name in names:
                if name.startswith(useless):  # a probe is of a process that was killed just then
                    _remove(os.path.join(self.folder, name))
            os.rmdir(self.folder)
            os.rmdir(os.path.dirname(self.folder))


def forget(target: Path, job_id: str, rows: Iterable[int] | None = None) -> None:
    """Remove partial files that no row knows any more.

    Args:
        target: Local root.
        job_id: Of the manifest that knew them.
        rows: That were removed from it; None when it was put aside with all of them.
    """
    names = None if rows is None else set(map(str, rows))
    with contextlib.suppress(OSError):  # what cannot be removed does no harm
        folder = _work_folder(long_path(str(target)), job_id)
        for path in partial_files(target, job_id):
            if names is None or os.path.basename(path) in names:
                os.unlink(path)
        if not partial_files(target, job_id):
            for path in trails(target, job_id):
                os.unlink(path)
        os.rmdir(folder)
        os.rmdir(os.path.dirname(folder))


def partial_files(target: Path, job_id: str) -> list[str]:
    """Return the paths of a job's partial files, none when there is no such folder.

    Args:
        target: Local root.
        job_id: Of a manifest; of one that is not of our making the files are not ours.
    """
    return _files(target, job_id, str.isdecimal)


def trails(target: Path, job_id: str) -> list[str]:
    """Return the paths of what records how far a job's partial files came; see `partial_files`."""
    return _files(target, job_id, lambda name: name.startswith(TRAIL))


def _files(target: Path, job_id: str, is_wanted: Callable[[str], bool]) -> list[str]:
    try:
        folder = _work_folder(long_path(str(target)), job_id)
        return [os.path.join(folder, name) for name in os.listdir(folder) if is_wanted(name)]
    except OSError:
        return []


def _work_folder(target: str, job_id: str) -> str:
    """Return the folder of a job's partial files, which may be missing.

    Raises:
        OSError: It is not of our making; see `_refuse_links`.
    """
    if not job_id.isalnum():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), job_id)
    folder = os.path.join(target, WORK_FOLDER, job_id)
    _refuse_links(folder)
    return folder


def _refuse_links(folder: str) -> None:
    """Refuse a job's folder if it, or `.ossh` around it, is a link: the files there are not ours.

    Raises:
        NotRegularError: Wherever the link leads.
    """
    for path in (os.path.dirname(folder), folder):
        try:
            os.readlink(path)  # also what Windows calls a junction
        except OSError:
            continue
        raise regular.NotRegularError(errno.ELOOP, N_("it is a symbolic link"), path)


def _remove(path: str) -> None:
    """Remove a file, which somebody else may have removed already."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _identity_at(folder: str) -> tuple[int, int] | None:
    """Return what identifies a folder; None when it is missing, or a link."""
    try:
        found = os.lstat(folder)
    except OSError:
        return None
    return _identity(found) if stat.S_ISDIR(found.st_mode) else None


def long_path(path: str) -> str:
    r"""Return an absolute path that Windows accepts beyond 260 characters (`\\?\`)."""
    path = os.path.abspath(path)
    if sys.platform != "win32" or path.startswith("\\\\?\\"):
        return path
    return "\\\\?\\UNC" + path[1:] if path.startswith("\\\\") else "\\\\?\\" + path


def located(target: str, path: str) -> str:
    """Return where a path below the target is; `path` has "/", the result the system's own."""
    return f"{target}/{path}" if os.sep == "/" else os.path.join(target, *path.split("/"))
