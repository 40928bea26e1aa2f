"""What a job would do, gathered while its listing is planned and nothing is downloaded."""

import heapq
import shutil
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ossh.model import Entry, ObjectInfo

LARGEST = 10  # keys shown of each kind
MAX_SUFFIXES = 1000  # told apart; the rest are counted together, so memory stays flat
OTHER_SUFFIXES = "(others)"
ARCHIVE_CLASSES = frozenset({"Archive", "ColdArchive", "DeepColdArchive"})


class Standing(StrEnum):
    """How what is on disk compares with an object."""

    NEW = "new"  # nothing is there
    HERE = "here"  # the same is there
    CHANGED = "changed"  # something older or unfinished is there, to be replaced
    CONFLICT = "conflict"  # something is there that must be kept


@dataclass(slots=True)
class Preflight:
    """The preflight sheet; grows object by object, but not in memory.

    Args:
        first_limit: How many of the first keys are kept.
    """

    first_limit: int = LARGEST
    objects: Counter[Standing] = field(default_factory=Counter)
    size: Counter[Standing] = field(default_factory=Counter)  # bytes
    mapped: int = 0  # objects whose local name is not simply their key
    collisions: int = 0  # of these, those that yield to another object
    archived: int = 0
    archived_size: int = 0  # bytes
    first: list[ObjectInfo | Entry] = field(default_factory=list)
    suffixes: Counter[str] = field(default_factory=Counter)  # objects by suffix
    suffix_size: Counter[str] = field(default_factory=Counter)  # bytes by suffix
    _largest: list[tuple[int, str]] = field(default_factory=list)

    def note(
        self, info: ObjectInfo | Entry, standing: Standing, *, is_mapped: bool, collides: bool
    ) -> None:
        """Count one selected object."""
        self.objects[standing] += 1
        self.size[standing] += info.size
        self.mapped += is_mapped
        self.collisions += collides
        if info.storage_class in ARCHIVE_CLASSES:
            self.archived += 1
            self.archived_size += info.size
        if len(self.first) < self.first_limit:
            self.first.append(info)
        suffix = _suffix(info.key)
        if suffix not in self.suffixes and len(self.suffixes) >= MAX_SUFFIXES:
            suffix = OTHER_SUFFIXES
        self.suffixes[suffix] += 1
        self.suffix_size[suffix] += info.size
        if len(self._largest) < LARGEST:
            heapq.heappush(self._largest, (info.size, info.key))
        elif info.size > self._largest[0][0]:
            heapq.heapreplace(self._largest, (info.size, info.key))

    @property
    def largest(self) -> list[tuple[int, str]]:
        """Return size in bytes and key of the largest objects, the largest first."""
        return sorted(self._largest, reverse=True)

    @property
    def to_fetch(self) -> int:
        """Return the bytes that a `get` would bring."""
        return self.size[Standing.NEW] + self.size[Standing.CHANGED]


def nearest_folder(directory: Path) -> Path:
    """Return the folder itself, or the closest one above it that exists."""
    return next((one for one in (directory, *directory.parents) if one.is_dir()), Path.cwd())


def free_space(directory: Path) -> int:
    """Return the free bytes of the disk that holds a folder, which need not exist yet."""
    return shutil.disk_usage(nearest_folder(directory)).free


def _suffix(key: str) -> str:
    name = key.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}" if dot and stem else ""
