"""What is on disk at an object's place: the object itself, another one, or what must be kept."""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence

from ossh import paths
from ossh.model import MIB, Cause, Entry, Failure, ObjectInfo, Proof, Status
from ossh.transfer import links
from ossh.transfer.preflight import Standing
from ossh.transfer.workspace import located

MTIME_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
HERE = frozenset({Status.DONE, Status.SKIPPED})  # of rows that claim a file
ABSENT = (Standing.NEW, None)  # what is found where there is nothing
_MD5_DIGITS = 32
# What is read between two looks at whether to stop: a large file takes minutes.
_SLICE = 4 * MIB


class Halted(Exception):
    """Told to stop before the end of what takes long."""


class Disk:
    """The target of a job, as it stands before anything is fetched.

    Args:
        target: Local root as the lanes use it; need not exist.
        replace: Whether a file that would be kept is replaced.
        is_doubtful: Whether a file of the right size and mtime may hold other bytes all the same;
            see `doubt`.
        is_stopping: Asked often while files are read; True ends that with `Halted`.
    """

    def __init__(
        self,
        target: str,
        *,
        replace: bool,
        is_doubtful: bool = False,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.target = target
        self.is_doubtful = is_doubtful
        self._replace = replace
        self._is_stopping = is_stopping

    def heed(self) -> None:
        """Go on, unless told to stop.

        Raises:
            Halted: Told to.
        """
        if self._is_stopping():
            raise Halted

    def found(
        self, infos: Sequence[ObjectInfo], taken: Sequence[str]
    ) -> Sequence[tuple[Standing, Proof | None]]:
        """Compare new objects with what is at their places.

        The disk is asked once a folder whether that exists, and only then for each file in it.
        """
        absent = [ABSENT] * len(taken)
        if not os.path.isdir(self.target):
            return absent
        folders = [path.rstrip("/").rpartition("/")[0] for path in taken]
        exists = {one: os.path.isdir(located(self.target, one)) for one in set(folders)}
        if not any(exists.values()):
            return absent
        return [
            self.standing(info, path, is_ours=False) if exists[folder] else ABSENT
            for info, path, folder in zip(infos, taken, folders, strict=True)
        ]

    def standing(
        self, info: ObjectInfo | Entry, path: str, *, is_ours: bool
    ) -> tuple[Standing, Proof | None]:
        """Compare an object with what is at its place.

        A file is the object when size and mtime agree and nothing casts doubt on that, or when
        its MD5 is the ETag. One that differs is kept when somebody changed it: after this job
        wrote it (`is_ours`), or else later than the object itself; and when somebody made it
        read-only. A link is one that a job recorded when it stands for a symlink and leads to
        another place of the target.
        """
        local = self.target if path == paths.TARGET_ITSELF else located(self.target, path)
        try:
            found = os.lstat(local)
        except OSError:  # what is more than an absent file, the lane meets again and names
            return Standing.NEW, None
        if path.endswith("/"):
            return (Standing.HERE if stat.S_ISDIR(found.st_mode) else Standing.CONFLICT), None
        if not stat.S_ISREG(found.st_mode):
            return self._standing_of_link(info, local), None
        later = found.st_mtime - info.last_modified.timestamp()
        looks_same = found.st_size == info.size and abs(later) <= MTIME_TOLERANCE_SECONDS
        if looks_same and not self.is_doubtful and not _went_bad(info):
            return Standing.HERE, None
        if found.st_size == info.size and self._has_md5(local, info):
            return Standing.HERE, Proof.MD5
        is_short = is_ours and found.st_size < info.size
        is_long = found.st_size > info.size  # whatever its time: an edit may follow at once
        is_later = abs(later) > MTIME_TOLERANCE_SECONDS
        was_changed = (is_later or is_long) if is_ours else later > 0
        is_theirs = was_changed or _is_read_only(found)
        must_stay = is_theirs and not (looks_same or is_short or self._replace)
        return (Standing.CONFLICT if must_stay else Standing.CHANGED), None

    def _has_md5(self, path: str, info: ObjectInfo | Entry) -> bool:
        """Return whether a file's MD5 is the ETag, where the ETag is an MD5."""
        if info.type != "Normal" or len(info.etag) != _MD5_DIGITS:
            return False
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with open(path, "rb") as file:
                while block := file.read(_SLICE):
                    self.heed()
                    digest.update(block)
        except OSError:
            return False
        return digest.hexdigest().upper() == info.etag.upper()

    def _standing_of_link(self, info: ObjectInfo | Entry, local: str) -> Standing:
        """Compare an object with the local link at its place; whatever else is there must stay."""
        known, is_done, is_symlink = None, False, info.type == "Symlink"
        if isinstance(info, Entry) and info.proof is Proof.LINK:
            known, is_done = info.crc64, info.status in HERE
        is_ours = os.path.islink(local) and links.is_inside(local, self.target)
        if not is_ours or (known is None and not is_symlink):
            return Standing.CONFLICT
        if known is not None and known != links.crc64_of(local):
            return Standing.CHANGED if self._replace else Standing.CONFLICT
        is_here = known is not None and is_done and is_symlink
        return Standing.HERE if is_here else Standing.CHANGED

    def conflict(self, path: str) -> Failure:
        """Return the failure of an object whose place is taken by something that must be kept."""
        local = located(self.target, path)
        if os.path.islink(local):
            text = "a link stands in its place"
        elif os.path.isdir(local):
            text = "a folder stands in its place"
        elif path.endswith("/"):
            text = "a file stands in the place of the folder"
        elif os.path.isfile(local) and _is_read_only(os.lstat(local)):
            text = "the local file is read-only and differs from the object"
        else:
            text = "the local file is newer than the object, or was edited since it was downloaded"
        return Failure(Cause.LOCAL_CONFLICT, "local conflict", text)


def is_as_recorded(path: str, size: int, modified: float) -> bool:
    """Return whether a regular file has just this size and mtime; a folder need only be one."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if path.endswith(("/", os.sep)):
        return stat.S_ISDIR(found.st_mode)
    is_same = found.st_size == size and abs(found.st_mtime - modified) <= MTIME_TOLERANCE_SECONDS
    return is_same and stat.S_ISREG(found.st_mode)


def _went_bad(info: ObjectInfo | Entry) -> bool:
    """Return whether a file is known to lack the bytes that its size and date speak for.

    Its row has lost it, and still names the proof that no longer holds.
    """
    return isinstance(info, Entry) and info.proof is not None and info.status not in HERE


def _is_read_only(found: os.stat_result) -> bool:
    """Return whether nobody may write a file: who made it so wants to keep it."""
    return not found.st_mode & 0o222
