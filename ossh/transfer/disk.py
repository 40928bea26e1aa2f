"""What is on disk at an object's place; `standing` says what becomes of it."""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence

from ossh import paths
from ossh.model import MIB, Entry, ObjectInfo, Proof, Status
from ossh.transfer import links
from ossh.transfer.standing import (
    MTIME_TOLERANCE_SECONDS,
    UNSAFE_SECONDS,
    Found,
    Policy,
    Standing,
    Trait,
    judged,
    size_trait,
    time_traits,
)
from ossh.transfer.workspace import located

HERE = frozenset({Status.DONE, Status.SKIPPED})  # of rows that claim a file
ABSENT = Found(Standing.NEW)  # what is found where there is nothing
_MD5_DIGITS = 32
# What is read between two looks at whether to stop: a large file takes minutes.
_SLICE = 4 * MIB


class Halted(Exception):
    """Told to stop before the end of what takes long."""


class Disk:
    """The target of a job, as it is before anything is fetched.

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
        self.policy = Policy(replace=replace, is_doubtful=is_doubtful)
        self._is_stopping = is_stopping

    def heed(self) -> None:
        """Continue, unless told to stop.

        Raises:
            Halted: Told to.
        """
        if self._is_stopping():
            raise Halted

    def found(self, infos: Sequence[ObjectInfo], taken: Sequence[str]) -> Sequence[Found]:
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
            self.standing(info, path) if exists[folder] else ABSENT
            for info, path, folder in zip(infos, taken, folders, strict=True)
        ]

    def standing(self, info: ObjectInfo | Entry, path: str) -> Found:
        """Compare an object with what is at its place.

        Args:
            info: The object; where the job has a row of it, that tells what the job did there.
            path: Its place, below the target.
        """
        local = self.target if path == paths.TARGET_ITSELF else located(self.target, path)
        try:
            found = _seen(local)
        except OSError:  # what is more than an absent file, the lane meets again and names
            return ABSENT
        traits = self._traits(info, path, local, found)
        one = judged(traits)
        is_open = one.standing is not Standing.HERE and Trait.SAME_SIZE in traits
        if is_open and self._has_md5(local, info):
            return judged(traits | {Trait.PROVED})
        return one

    def reviewed(self, entry: Entry) -> Found:
        """Compare an entry with what is at its place, at a glance where its row says it is here."""
        modified = entry.last_modified.timestamp()
        local = located(self.target, entry.path)
        if entry.status in HERE and is_as_recorded(local, entry.size, modified):
            return Found(Standing.HERE)
        return self.standing(entry, entry.path)

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

    def _traits(
        self, info: ObjectInfo | Entry, path: str, local: str, found: os.stat_result
    ) -> set[Trait]:
        """Return what is true of a place where something is."""
        traits = set()
        if self.policy.replace:
            traits.add(Trait.REPLACE)
        if path.endswith("/"):
            traits.add(Trait.FOR_FOLDER)
        if info.type == "Symlink":
            traits.add(Trait.FOR_LINK)
        if isinstance(info, Entry) and (info.finished is not None or info.status in HERE):
            traits.add(Trait.OURS)
        if stat.S_ISREG(found.st_mode):
            return traits | self._traits_of_file(info, found)
        if stat.S_ISDIR(found.st_mode):
            return traits | {Trait.FOLDER}
        if not os.path.islink(local):
            return traits | {Trait.ODD}
        return traits | self._traits_of_link(info, local)

    def _traits_of_file(self, info: ObjectInfo | Entry, found: os.stat_result) -> set[Trait]:
        traits = {
            Trait.FILE,
            size_trait(found.st_size, info.size),
            *time_traits(found.st_mtime, info.last_modified.timestamp()),
        }
        if not found.st_mode & 0o222:  # whoever made it so wants to keep it
            traits.add(Trait.READ_ONLY)
        if not self.policy.is_doubtful and not _went_bad(info):
            traits.add(Trait.TRUSTED)
        finished = info.finished_seconds if isinstance(info, Entry) else None
        if self.policy.is_doubtful and finished is not None:
            is_of_then = abs(found.st_mtime - finished) <= UNSAFE_SECONDS
            traits |= {Trait.UNSAFE} if is_of_then else set()
        return traits

    def _traits_of_link(self, info: ObjectInfo | Entry, local: str) -> set[Trait]:
        traits = {Trait.LINK}
        if not links.is_inside(local, self.target):
            traits.add(Trait.OUTSIDE)
        if not isinstance(info, Entry) or info.proof is not Proof.LINK:
            return traits
        traits.add(Trait.MADE)
        if info.crc64 is not None and info.crc64 != links.crc64_of(local):
            traits.add(Trait.BENT)
        if info.crc64 is not None and info.status in HERE:
            traits.add(Trait.CLAIMED)
        return traits


def _seen(local: str) -> os.stat_result:
    """Return what is at a place; in that of a folder there may be a file.

    Raises:
        OSError: Nothing is, or it cannot be seen.
    """
    try:
        return os.lstat(local)
    except NotADirectoryError:
        return os.lstat(local.rstrip("/" + os.sep))


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
