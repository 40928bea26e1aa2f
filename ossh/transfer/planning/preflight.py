"""What a job would do, gathered while its listing is planned and nothing is downloaded."""

import heapq
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter

from ossh.language import Words
from ossh.model import ARCHIVE_CLASSES, Entry, ObjectInfo, Status, Thaw, value
from ossh.paths import path_in
from ossh.protocol import THAWING_CODE
from ossh.transfer.disk.overwrite_rules import LocalState

SHOWN, LARGEST = 5, 10  # keys of each kind: usually shown, and kept
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
_FETCHED = (LocalState.NEW, LocalState.CHANGED, LocalState.TRASHED)  # by a `get`


@value
class Group:
    """Objects that have something in common."""

    name: str
    objects: int
    size: int  # bytes


@dataclass(slots=True)
class Preflight:
    """The preflight sheet, filled page by page in constant memory."""

    # Of the first keys, how many are kept, and how many of each kind are shown.
    first_limit: int = SHOWN
    now: datetime = field(default_factory=lambda: datetime.now(UTC))  # from which ages count; aware
    looks_around: bool = True  # whether files at the target that no object has are counted, too
    objects: Counter[LocalState] = field(default_factory=Counter)
    size: Counter[LocalState] = field(default_factory=Counter)  # bytes
    mapped: int = 0  # objects whose local name is not simply their key
    collisions: int = 0  # of these, those that yield to another object, or to a file of ossh's own
    short: int = 0  # objects with fewer folders than their paths were to leave out
    archived: Counter[str] = field(default_factory=Counter)  # to be restored, by storage class
    archived_size: Counter[str] = field(default_factory=Counter)  # bytes
    thawing: int = 0  # being restored
    thawing_size: int = 0  # bytes
    absent: int = 0  # keys that were asked for by name, and that the bucket does not have
    only_local: int = 0  # files at the target that no selected object has
    only_local_size: int = 0  # bytes
    unread: int = 0  # folders at the target that cannot be read: what is in them is not counted
    first: list[ObjectInfo | Entry] = field(default_factory=list)
    largest: list[tuple[int, str]] = field(default_factory=list)  # bytes and key, largest first
    suffixes: Counter[str] = field(default_factory=Counter)  # objects by suffix
    suffix_size: Counter[str] = field(default_factory=Counter)  # bytes by suffix
    _ages: Counter[str] = field(default_factory=Counter)  # objects by age
    _age_size: Counter[str] = field(default_factory=Counter)  # bytes

    def note(self, infos: Sequence[ObjectInfo | Entry], states: Sequence[LocalState]) -> None:
        """Count a page of selected objects, in the order of the listing."""
        bounds = [self.now - timedelta(days=days) for days in _AGE_DAYS]
        for info, state in zip(infos, states, strict=True):
            size, suffix = info.size, _suffix(info.key)
            if suffix not in self.suffixes and len(self.suffixes) >= MAX_SUFFIXES:
                suffix = OTHER_SUFFIXES
            age = AGES[bisect_right(bounds, info.last_modified)]
            self.objects[state] += 1
            self.size[state] += size
            self.suffixes[suffix] += 1
            self.suffix_size[suffix] += size
            self._ages[age] += 1
            self._age_size[age] += size
            if info.storage_class in ARCHIVE_CLASSES and state in _FETCHED:
                self._note_archived(info)
        self.first += infos[: self.first_limit - len(self.first)]
        found = self.largest + [(info.size, info.key) for info in infos]
        self.largest = sorted(heapq.nlargest(LARGEST, found, itemgetter(0)), reverse=True)

    def _note_archived(self, info: ObjectInfo | Entry) -> None:
        thaw = _thaw(info)
        if thaw is Thaw.NONE:
            self.archived[info.storage_class] += 1
            self.archived_size[info.storage_class] += info.size
        elif thaw is Thaw.ONGOING:
            self.thawing += 1
            self.thawing_size += info.size

    def note_only_local(self, target: str, paths: Iterable[str]) -> None:
        """Count files below a target that no selected object has, as `find_foreign` yields them."""
        for path in paths:
            if path.endswith("/"):
                self.unread += 1
                continue
            try:
                self.only_local_size += os.lstat(path_in(target, path)).st_size
            except (FileNotFoundError, NotADirectoryError):
                continue  # removed since
            except OSError:
                pass  # it is there, and nobody may look at it
            self.only_local += 1

    @property
    def by_suffix(self) -> list[Group]:
        """Return the suffixes, the one with the most bytes first."""
        groups = [Group(one, n, self.suffix_size[one]) for one, n in self.suffixes.items()]
        return sorted(groups, key=lambda one: (-one.size, -one.objects, one.name))

    @property
    def by_age(self) -> list[Group]:
        """Return the ages that occur, the youngest first."""
        found = [age for age in reversed(AGES) if age in self._ages]
        return [Group(age, self._ages[age], self._age_size[age]) for age in found]

    @property
    def objects_to_fetch(self) -> int:
        """Return how many objects a `get` would fetch."""
        return sum(self.objects[kind] for kind in _FETCHED)

    @property
    def to_fetch(self) -> int:
        """Return the bytes that a `get` would fetch."""
        return sum(self.size[kind] for kind in _FETCHED)


class Change(StrEnum):
    """How an object of the bucket differs from when it was listed before."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"  # deleted
    UNSELECTED = "unselected"  # in the bucket, but the filters do not select it any more


@dataclass(slots=True)
class Changes:
    """How a new listing differs from the one before, counted in constant memory."""

    objects: Counter[Change] = field(default_factory=Counter)
    first: dict[Change, list[str]] = field(default_factory=dict)  # keys

    def note(self, change: Change, key: str) -> None:
        """Count one object."""
        self.objects[change] += 1
        keys = self.first.setdefault(change, [])
        if len(keys) < LARGEST:
            keys.append(key)


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
