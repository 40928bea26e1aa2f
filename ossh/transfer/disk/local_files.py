"""What is on disk at an object's place, and what the rules say of it."""

import os
import stat
from collections.abc import Callable, Sequence

from ossh.model import Entry, ObjectInfo, Proof
from ossh.paths import path_in
from ossh.transfer.disk import links
from ossh.transfer.disk.file_io import Interrupted, look, md5_in, md5_of
from ossh.transfer.disk.overwrite_rules import (
    UNSAFE_SECONDS,
    Comparison,
    Condition,
    LocalState,
    Policy,
    is_its_time,
    judge,
    size_condition,
    time_conditions,
)

ABSENT = Comparison(LocalState.NEW)  # on a place where there is nothing


class LocalFiles:
    """The target of a job, compared with objects.

    Args:
        target: Local root as the lanes use it; need not exist.
        policy: What holds for all places.
        is_stopping: Asked often while files are read; True ends that with `Interrupted`.
    """

    def __init__(
        self,
        target: str,
        policy: Policy,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.target = target
        self.policy = policy
        self._is_stopping = is_stopping

    def check_stopping(self, _count: int = 0) -> None:
        """Continue, unless told to stop.

        Raises:
            Interrupted: Told to.
        """
        if self._is_stopping():
            raise Interrupted

    def compare_all(
        self, infos: Sequence[ObjectInfo], places: Sequence[str]
    ) -> Sequence[Comparison]:
        """Compare new objects with what is at their places.

        The disk is asked once a folder whether that exists, and only then for each file in it.
        """
        absent = [ABSENT] * len(places)
        if not os.path.isdir(self.target):
            return absent
        folders = [path.rstrip("/").rpartition("/")[0] for path in places]
        exists = {one: os.path.isdir(path_in(self.target, one)) for one in set(folders)}
        if not any(exists.values()):
            return absent
        return [
            self.compare(info, path) if exists[folder] else ABSENT
            for info, path, folder in zip(infos, places, folders, strict=True)
        ]

    def compare(self, info: ObjectInfo | Entry, path: str) -> Comparison:
        """Compare an object with what is at its place.

        Args:
            info: The object; where the job has a row of it, that tells what the job did there.
            path: Its place, below the target.
        """
        local = path_in(self.target, path)
        try:
            found = look(local)
        except OSError:  # what is more than an absent file, the lane meets again and names
            return ABSENT
        conditions = self._conditions(info, path, local, found)
        comparison = judge(conditions)
        is_open = comparison.state is not LocalState.HERE and Condition.SAME_SIZE in conditions
        if is_open and self.policy.reads_bytes and self._has_md5(local, info):
            return judge(conditions | {Condition.PROVED})
        return comparison

    def compare_entry(self, entry: Entry) -> Comparison:
        """Compare an entry with what is at its place, at a glance where its row says it is here."""
        modified = entry.last_modified.timestamp()
        local = path_in(self.target, entry.path)
        if entry.status.is_at_target and is_as_recorded(local, entry.size, modified):
            return Comparison(LocalState.HERE)
        return self.compare(entry, entry.path)

    def _has_md5(self, path: str, info: ObjectInfo | Entry) -> bool:
        """Return whether a file's MD5 is the ETag, where the ETag is an MD5."""
        expected = md5_in(info.etag, info.type)
        try:
            return bool(expected) and md5_of(path, self.check_stopping) == expected
        except OSError:
            return False

    def _conditions(
        self, info: ObjectInfo | Entry, path: str, local: str, found: os.stat_result
    ) -> set[Condition]:
        """Return what is true of a place where something is."""
        conditions = set()
        if self.policy.replace:
            conditions.add(Condition.REPLACE)
        if path.endswith("/"):
            conditions.add(Condition.FOR_FOLDER)
        if info.is_symlink:
            conditions.add(Condition.FOR_LINK)
        if isinstance(info, Entry) and (info.finished is not None or info.status.is_at_target):
            conditions.add(Condition.OURS)
        if stat.S_ISREG(found.st_mode):
            return conditions | self._of_file(info, found)
        if stat.S_ISDIR(found.st_mode) and not links.is_junction(found):
            return conditions | {Condition.FOLDER}
        if not links.is_link(local):
            return conditions | {Condition.ODD}
        return conditions | self._of_link(info, local)

    def _of_file(self, info: ObjectInfo | Entry, found: os.stat_result) -> set[Condition]:
        conditions = {
            Condition.FILE,
            size_condition(found.st_size, info.size),
            *time_conditions(found.st_mtime, info.last_modified.timestamp()),
        }
        if not found.st_mode & 0o222:  # whoever made it so wants to keep it
            conditions.add(Condition.READ_ONLY)
        if not self.policy.is_doubtful and not _went_bad(info):
            conditions.add(Condition.TRUSTED)
        finished = info.finished_seconds if isinstance(info, Entry) else None
        if (
            self.policy.is_doubtful
            and finished is not None
            and abs(found.st_mtime - finished) <= UNSAFE_SECONDS
        ):
            conditions.add(Condition.UNSAFE)
        return conditions

    def _of_link(self, info: ObjectInfo | Entry, local: str) -> set[Condition]:
        conditions = {Condition.LINK}
        if not links.is_inside(local, self.target):
            conditions.add(Condition.OUTSIDE)
        if not isinstance(info, Entry) or info.proof is not Proof.LINK:
            return conditions
        conditions.add(Condition.MADE)
        if info.crc64 is not None and info.crc64 != links.crc64_of(local):
            conditions.add(Condition.BENT)
        if info.crc64 is not None and info.status.is_at_target:
            conditions.add(Condition.CLAIMED)
        return conditions


def is_as_recorded(path: str, size: int, modified: float) -> bool:
    """Return whether a regular file has just this size and mtime; a folder need only be one."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if path.endswith(("/", os.sep)):
        return stat.S_ISDIR(found.st_mode)
    is_same = found.st_size == size and is_its_time(found.st_mtime, modified)
    return is_same and stat.S_ISREG(found.st_mode)


def _went_bad(info: ObjectInfo | Entry) -> bool:
    """Return whether a file is known to lack the bytes that its size and date speak for.

    Its row has lost it, and still names the proof that no longer holds.
    """
    return isinstance(info, Entry) and info.proof is not None and not info.status.is_at_target
