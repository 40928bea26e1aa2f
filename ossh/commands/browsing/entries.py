"""What a level of a bucket shows: entries, what is known of their sizes, and orders. Pure."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ossh.catalog.catalog import NameMatch, Node, Prefix
from ossh.language import N_
from ossh.model import ObjectInfo
from ossh.paths import folder_of
from ossh.store.list_page import ListPage

# Entries that one level holds: some 200 MB.
MOST_ENTRIES = 1_000_000
_RUN = 20_000  # entries sorted at once: more would keep the keys waiting


class Order(StrEnum):
    """What the entries of a level are sorted by."""

    NAME = N_("by name")
    SIZE = N_("by size")
    AGE = N_("by age")


class Entry(NamedTuple):
    """A folder or an object; a tuple, as there may be a million."""

    name: str  # in full
    size: int  # bytes; of a folder 0
    modified: float  # epoch seconds; of a folder 0
    is_folder: bool = False

    @property
    def match(self) -> NameMatch:
        """Return what a command makes of the name, once it is looked up."""
        if self.is_folder:
            return NameMatch(self.name)
        moment = datetime.fromtimestamp(self.modified, UTC)
        return NameMatch(self.name, ObjectInfo(self.name, self.size, "", moment))


class Tally(NamedTuple):
    """What is known of all that lies below a folder."""

    objects: int = 0
    size: int = 0  # bytes
    newest: float = 0.0  # epoch seconds
    is_complete: bool = False
    error: str = ""


def entry_of(node: Node) -> Entry:
    if isinstance(node, Prefix):
        return Entry(node.prefix, 0, 0.0, is_folder=True)
    return Entry(node.key, node.size, node.last_modified.timestamp())


@dataclass(slots=True, eq=False)
class Level:
    """What has been listed of a prefix, in key order."""

    prefix: str
    entries: list[Entry] = field(default_factory=list)
    uncounted: deque[str] = field(default_factory=deque)  # the folders, less some of the counted
    hidden: int = 0  # objects that the filters leave out
    is_complete: bool = False
    is_cut: bool = False  # it holds more than is shown
    error: str = ""  # why no more is listed
    pages: Iterator[ListPage] | None = None  # that come next; None before the first

    def add(self, entries: Sequence[Entry]) -> None:
        self.entries += entries
        self.uncounted += [entry.name for entry in entries if entry.is_folder]

    @property
    def has_ended(self) -> bool:
        """Return whether no more of it will be listed, for whatever reason."""
        return self.is_complete or self.is_cut or bool(self.error)

    @property
    def folder(self) -> str:
        return folder_of(self.prefix)


def arranged(
    entries: Sequence[Entry], tallies: Mapping[str, Tally], order: Order, *, is_reversed: bool
) -> list[int]:
    """Return the numbers of entries in an order: by name, the largest or the newest first.

    They are sorted in short runs which are then merged, as a thread that sorts a million at once
    lets no other one run meanwhile.
    """
    unknown = Tally()

    def key(number: int) -> tuple[float, int]:
        """Return what sorts the number of an entry; of equal ones the first by name comes first."""
        entry = entries[number]
        if order is Order.NAME:
            return 0.0, number
        if not entry.is_folder:
            return entry.size if order is Order.SIZE else entry.modified, -number
        tally = tallies.get(entry.name, unknown)
        return tally.size if order is Order.SIZE else tally.newest, -number

    is_descending = is_reversed != (order is not Order.NAME)
    runs: Iterable[list[int]] = (
        sorted(range(at, min(at + _RUN, len(entries))), key=key, reverse=is_descending)
        for at in range(0, len(entries), _RUN)
    )
    return list(heapq.merge(*runs, key=key, reverse=is_descending))
