"""The threads that list a level, sort it and count its folders; what they find waits in a queue."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from ossh.catalog import Catalog, Prefix
from ossh.commands.browsing.entries import (
    MOST_ENTRIES,
    Entry,
    Level,
    Order,
    Tallies,
    Tally,
    arranged,
    entry_of,
)
from ossh.errors import OsshError
from ossh.selection import Matcher

_COUNTERS = 3  # folders counted at once
_OBJECTS = 1000  # counted between two reports


@dataclass(frozen=True, slots=True)
class Arrived:
    """Entries of a level; the last ones when it is complete."""

    level: Level
    entries: Sequence[Entry] = ()
    hidden: int = 0
    is_complete: bool = False
    is_cut: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known by now of a folder."""

    name: str
    tally: Tally
    round: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """A level in an order."""

    level: Level
    view: list[int]
    order: Order
    is_reversed: bool


News = Arrived | Counted | Sorted


class Gatherer:
    """Asks a bucket for what is shown, in threads that keep no process from ending."""

    def __init__(self, catalog: Catalog, matches: Matcher) -> None:
        self.matches = matches
        self._catalog = catalog
        self._news: SimpleQueue[News] = SimpleQueue()
        self._changed = threading.Condition()
        self._shown: Level | None = None  # the one that is shown
        self._kept: list[Level] = []  # that one, and those it may come back to
        self._wanted = 0  # entries; -1 is all
        self._folders: list[str] = []  # to be counted
        self._counting: set[str] = set()
        self.round = 0  # of counting: what is left of an earlier one counts no more
        self.is_sorting = self._is_closed = False
        for _ in range(_COUNTERS):
            self._start(self._count_folders)

    def news(self) -> list[News]:
        """Return what has been found since the last call."""
        found: list[News] = []
        while True:
            try:
                found.append(self._news.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        """Let the threads end as soon as the answer they wait for is there."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    # What is wanted

    def forget(self, matches: Matcher) -> None:
        """Count everything again, with other filters perhaps."""
        with self._changed:
            self.matches = matches
            self.round += 1
            self._counting.clear()

    def show(self, levels: list[Level], wanted: int, folders: list[str]) -> None:
        """Have the last level listed up to a number of entries, -1 for all, and folders counted.

        The listings of the other levels wait; those of any more end.
        """
        level = levels[-1]
        with self._changed:
            is_new = not any(level is one for one in self._kept)
            self._shown, self._kept, self._wanted, self._folders = level, levels, wanted, folders
            self._changed.notify_all()
        if is_new:
            self._start(lambda: self._list(level))

    def sort(self, level: Level, tallies: Tallies, order: Order, *, is_reversed: bool) -> None:
        """Have a level sorted as it is now, unless that is under way."""
        if self.is_sorting:
            return
        self.is_sorting = True
        entries, known = level.entries[:], dict(tallies)

        def run() -> None:
            view = arranged(entries, known, order, is_reversed=is_reversed)
            self.is_sorting = False
            self._news.put(Sorted(level, view, order, is_reversed))

        self._start(run)

    # In threads

    def _start(self, run: Callable[[], None]) -> None:
        threading.Thread(target=run, name="ossh-browse", daemon=True).start()

    def _list(self, level: Level) -> None:
        """List a level as far as it is wanted, page by page."""
        matches, listed = self.matches, 0
        try:
            for nodes in self._catalog.level_pages(level.prefix):
                kept = [one for one in nodes if isinstance(one, Prefix) or matches(one)]
                listed += len(kept)
                is_cut = listed > MOST_ENTRIES
                entries, hidden = [entry_of(one) for one in kept], len(nodes) - len(kept)
                self._news.put(Arrived(level, entries, hidden, is_cut=is_cut))
                if is_cut or not self._is_wanted(level, listed):
                    return
            self._news.put(Arrived(level, is_complete=True))
        except OsshError as error:
            self._news.put(Arrived(level, error=str(error)))

    def _is_wanted(self, level: Level, listed: int) -> bool:
        """Wait until more of a level is wanted; tell whether it may still be shown."""

        def is_kept() -> bool:
            return not self._is_closed and any(level is one for one in self._kept)

        def is_more() -> bool:
            return level is self._shown and not 0 <= self._wanted <= listed

        with self._changed:
            self._changed.wait_for(lambda: not is_kept() or is_more())
            return is_kept()

    def _count_folders(self) -> None:
        while (found := self._next_folder()) is not None:
            self._count(*found)

    def _next_folder(self) -> tuple[str, int] | None:
        def uncounted() -> list[str]:
            return [one for one in self._folders if one not in self._counting]

        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or uncounted())
            if self._is_closed:
                return None
            name = uncounted()[0]
            self._counting.add(name)
            return name, self.round

    def _count(self, name: str, round_: int) -> None:
        matches, objects, size, newest = self.matches, 0, 0, 0.0
        try:
            for number, info in enumerate(self._catalog.walk(name), 1):
                if matches(info):
                    objects += 1
                    size += info.size
                    newest = max(newest, info.last_modified.timestamp())
                if number % _OBJECTS == 0:
                    self._news.put(Counted(name, Tally(objects, size, newest), round_))
                    if not self._goes_on(name, round_):
                        return
            tally = Tally(objects, size, newest, is_complete=True)
        except OsshError as error:
            tally = Tally(objects, size, newest, error=str(error))
        self._news.put(Counted(name, tally, round_))

    def _goes_on(self, name: str, round_: int) -> bool:
        """Return whether a folder is still wanted; another one may be more urgent."""
        with self._changed:
            if self._is_closed or round_ != self.round:
                return False
            level = self._shown
            if level is None or not name.startswith(level.prefix):
                self._counting.discard(name)
                return False
            return True
