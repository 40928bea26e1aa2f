"""What a job would do, gathered while its listing is planned and nothing is downloaded."""

import heapq
import os
import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from ossh.language import Words
from ossh.model import ARCHIVE_CLASSES, Entry, ObjectInfo, Status, Thaw
from ossh.protocol import THAWING_CODE
from ossh.transfer.standing import Standing

LARGEST = 10  # keys shown of each kind
MAX_SUFFIXES = 1000  # counted separately; the rest are counted together, so memory stays flat
OTHER_SUFFIXES = Words("(others)")
# Ages from the oldest, each with the days at which the next, younger one begins.
AGES = (
    Words("older"),
    Words("past year"),
    Words("past month"),
    Words("past week"),
    Words("past day"),
)
_AGE_DAYS = (365, 30, 7, 1)
_FETCHED = (Standing.NEW, Standing.CHANGED)  # by a `get`


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that have something in common."""

    name: str
    objects: int
    size: int  # bytes


@dataclass(slots=True)
class Preflight:
    """The preflight sheet; grows page by page, but not in memory.

    Args:
        first_limit: How many of the first keys are kept.
        now: The moment that ages count from; aware.
        looks_around: Whether files at the target that no object has are counted too.
    """

    first_limit: int = LARGEST
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    looks_around: bool = True
    objects: Counter[Standing] = field(default_factory=Counter)
    size: Counter[Standing] = field(default_factory=Counter)  # bytes
    mapped: int = 0  # objects whose local name is not simply their key
    collisions: int = 0  # of these, those that yield to another object
    archived: Counter[str] = field(default_factory=Counter)  # to be restored, by storage class
    archived_size: Counter[str] = field(default_factory=Counter)  # bytes
    thawing: int = 0  # being restored
    thawing_size: int = 0  # bytes
    absent: int = 0  # keys that were asked for by name, and that the bucket does not have
    only_local: int = 0  # files at the target that no selected object has
    only_local_size: int = 0  # bytes
    first: list[ObjectInfo | Entry] = field(default_factory=list)
    suffixes: Counter[str] = field(default_factory=Counter)  # objects by suffix
    suffix_size: Counter[str] = field(default_factory=Counter)  # bytes by suffix
    _ages: Counter[int] = field(default_factory=Counter)  # objects by place in AGES
    _age_size: Counter[int] = field(default_factory=Counter)  # bytes
    _largest: list[tuple[int, str]] = field(default_factory=list)

    def note(
        self,
        infos: Sequence[ObjectInfo | Entry],
        standings: Sequence[Standing],
        *,
        mapped: int,
        collisions: int,
    ) -> None:
        """Count a page of selected objects.

        Args:
            infos: In the order of the listing.
            standings: How each compares with what is on disk.
            mapped: How many of them have a local name that is not simply their key.
            collisions: How many of these yield to another object.
        """
        sizes = [info.size for info in infos]
        for standing, alike in groupby(zip(standings, sizes, strict=True), itemgetter(0)):
            sizes_of_these = [size for _, size in alike]
            self.objects[standing] += len(sizes_of_these)
            self.size[standing] += sum(sizes_of_these)
        self.mapped += mapped
        self.collisions += collisions
        self.first += infos[: self.first_limit - len(self.first)]
        self._note_archived(infos, standings)
        self._note_suffixes([_suffix(info.key) for info in infos], sizes)
        self._note_ages(infos, sizes)
        self._note_largest(infos, sizes)

    def _note_archived(
        self, infos: Sequence[ObjectInfo | Entry], standings: Sequence[Standing]
    ) -> None:
        for info, standing in zip(infos, standings, strict=True):
            if info.storage_class not in ARCHIVE_CLASSES or standing not in _FETCHED:
                continue
            match _thaw(info):
                case Thaw.NONE:
                    self.archived[info.storage_class] += 1
                    self.archived_size[info.storage_class] += info.size
                case Thaw.ONGOING:
                    self.thawing += 1
                    self.thawing_size += info.size
                case Thaw.DONE:
                    pass

    def _note_suffixes(self, suffixes: Sequence[str], sizes: Sequence[int]) -> None:
        for suffix, alike in groupby(zip(suffixes, sizes, strict=True), itemgetter(0)):
            sizes_of_these = [size for _, size in alike]
            known = suffix
            if suffix not in self.suffixes and len(self.suffixes) >= MAX_SUFFIXES:
                known = OTHER_SUFFIXES
            self.suffixes[known] += len(sizes_of_these)
            self.suffix_size[known] += sum(sizes_of_these)

    def _note_ages(self, infos: Sequence[ObjectInfo | Entry], sizes: Sequence[int]) -> None:
        bounds = [self.now - timedelta(days=days) for days in _AGE_DAYS]
        ages = [bisect_right(bounds, info.last_modified) for info in infos]
        for age, alike in groupby(zip(ages, sizes, strict=True), itemgetter(0)):
            sizes_of_these = [size for _, size in alike]
            self._ages[age] += len(sizes_of_these)
            self._age_size[age] += sum(sizes_of_these)

    def note_only_local(self, target: str, paths: Iterable[str]) -> None:
        """Count files that no selected object has.

        Args:
            target: Local root.
            paths: Below it, segments joined by "/".
        """
        for path in paths:
            self.only_local += 1
            try:
                self.only_local_size += os.lstat(os.path.join(target, path)).st_size
            except OSError:  # removed since
                self.only_local -= 1

    def _note_largest(self, infos: Sequence[ObjectInfo | Entry], sizes: Sequence[int]) -> None:
        """Keep the largest; of those of one size, the first to come."""
        if len(self._largest) == LARGEST and max(sizes, default=0) <= self._largest[0][0]:
            return
        for info in infos:
            if len(self._largest) < LARGEST:
                heapq.heappush(self._largest, (info.size, info.key))
            elif info.size > self._largest[0][0]:
                heapq.heapreplace(self._largest, (info.size, info.key))

    @property
    def largest(self) -> list[tuple[int, str]]:
        """Return size in bytes and key of the largest objects, the largest first."""
        return sorted(self._largest, reverse=True)

    @property
    def by_suffix(self) -> list[Group]:
        """Return the suffixes, the one with the most bytes first."""
        groups = [Group(one, n, self.suffix_size[one]) for one, n in self.suffixes.items()]
        return sorted(groups, key=lambda one: (-one.size, -one.objects, one.name))

    @property
    def by_age(self) -> list[Group]:
        """Return the ages that occur, the youngest first."""
        found = sorted(self._ages.items(), reverse=True)
        return [Group(AGES[age], n, self._age_size[age]) for age, n in found]

    @property
    def to_fetch(self) -> int:
        """Return the bytes that a `get` would bring."""
        return sum(self.size[kind] for kind in _FETCHED)


class Change(StrEnum):
    """How an object of the bucket differs from when it was listed before."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"  # deleted, or not selected any more


@dataclass(slots=True)
class Changes:
    """What a new listing shows beside the one before; grows object by object, but not in memory."""

    objects: Counter[Change] = field(default_factory=Counter)
    first: dict[Change, list[str]] = field(default_factory=dict)  # keys

    def note(self, change: Change, key: str) -> None:
        """Count one object."""
        self.objects[change] += 1
        keys = self.first.setdefault(change, [])
        if len(keys) < LARGEST:
            keys.append(key)


def nearest_folder(directory: Path) -> Path:
    """Return the folder itself, or the closest one above it that exists."""
    return next((one for one in (directory, *directory.parents) if one.is_dir()), Path.cwd())


def free_space(directory: Path) -> int:
    """Return the free bytes of the disk that holds a folder, which need not exist yet."""
    return shutil.disk_usage(nearest_folder(directory)).free


def _suffix(key: str) -> str:
    """Return the end of a key's name from its last dot on; "" without one, or at the start."""
    stem, _, suffix = key.rpartition(".")
    return f".{suffix}" if stem and stem[-1] != "/" and "/" not in suffix else ""


def _thaw(info: ObjectInfo | Entry) -> Thaw:
    """Return how far an object of an archive class is; a row that is not archived is readable."""
    if isinstance(info, ObjectInfo):
        return info.thaw
    if info.status is not Status.ARCHIVED:
        return Thaw.DONE
    is_thawing = info.failure is not None and info.failure.code == THAWING_CODE
    return Thaw.ONGOING if is_thawing else Thaw.NONE
