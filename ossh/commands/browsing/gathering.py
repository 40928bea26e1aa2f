"""What a browser wants is asked for in threads: levels are listed and sorted, folders counted.

What they find waits in a queue until the thread that draws takes it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue

from ossh.catalog.catalog import Catalog, Prefix
from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import MOST_ENTRIES, Entry, Level, Tally, arranged, entry_of
from ossh.errors import OsshError
from ossh.selection import Matcher

_COUNTERS = 3  # folders counted at once
_OBJECTS = 1000  # counted between two reports
_SORT_SECONDS = 0.5  # from one sorting to the next, at least


class Gatherer:
    """Asks a bucket for what a browser wants, in threads that keep no process from ending."""

    def __init__(self, browser: Browser, catalog: Catalog, matches: Matcher) -> None:
        self._browser = browser  # the threads do not touch it
        self._matches = matches
        self._catalog = catalog
        self._news: SimpleQueue[Callable[[], None]] = SimpleQueue()  # each takes what was found
        self._changed = threading.Condition()
        self._kept: list[Level] = []  # those that one may come back to, and last the one shown
        self._wanted = 0  # entries; -1 is all
        self._folders: list[str] = []  # to be counted
        self._counting: set[str] = set()
        self._counted = 0  # reports on folders
        self._sorted: tuple[object, ...] = ()  # how, and what, was sorted last
        self._sorted_at = 0.0
        self.is_sorting = self._is_closed = False
        for _ in range(_COUNTERS):
            self._start(self._count_folders)

    def close(self) -> None:
        """Let the threads end as soon as the answer they wait for is there."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    # In the thread that draws

    def take(self) -> bool:
        """Take what has been found since the last time; return whether there was anything."""
        has_found = not self._news.empty()
        while not self._news.empty():
            take = self._news.get()
            take()
        return has_found

    def _add(self, level: Level, entries: Sequence[Entry], hidden: int, *, is_cut: bool) -> None:
        level.hidden += hidden
        level.is_cut = is_cut
        self._browser.add(level, entries)

    def _note(self, name: str, tally: Tally) -> None:
        self._browser.tallies[name] = tally
        self._counted += 1

    def ask(self) -> None:
        """Have listed, counted and sorted what is to be seen.

        The listings of levels above wait; those of any others end.
        """
        browser, level = self._browser, self._browser.level
        with self._changed:
            is_new = level not in self._kept
            self._kept, self._wanted = browser.levels, browser.wanted
            self._folders = browser.uncounted
            self._changed.notify_all()
        if is_new:
            self._start(lambda: self._list(level))
        self._sort()

    def _sort(self) -> None:
        """Have the level sorted again if it has changed, but not all the time."""
        browser = self._browser
        if browser.is_listed_order or self.is_sorting:
            return
        how = (id(browser.level), *browser.sorting)
        what = (len(browser.level.entries), self._counted)
        is_early = time.monotonic() - self._sorted_at < _SORT_SECONDS
        if (how, what) == self._sorted or (is_early and self._sorted[:1] == (how,)):
            return
        self._sorted, self._sorted_at = (how, what), time.monotonic()
        self.is_sorting = True
        level, entries, tallies = browser.level, browser.level.entries[:], dict(browser.tallies)
        order, is_reversed = browser.sorting

        def run() -> None:
            view = arranged(entries, tallies, order, is_reversed=is_reversed)
            self.is_sorting = False
            self._news.put(partial(show, view))

        def show(view: list[int]) -> None:
            if level is browser.level and (order, is_reversed) == browser.sorting:
                browser.arrange(view)

        self._start(run)

    # In threads

    def _start(self, run: Callable[[], None]) -> None:
        threading.Thread(target=run, name="ossh-browse", daemon=True).start()

    def _list(self, level: Level) -> None:
        """List a level as far as it is wanted, page by page."""
        matches, listed = self._matches, 0
        try:
            for nodes in self._catalog.level_pages(level.prefix):
                kept = [one for one in nodes if isinstance(one, Prefix) or matches(one)]
                listed += len(kept)
                is_cut = listed > MOST_ENTRIES
                entries, hidden = [entry_of(one) for one in kept], len(nodes) - len(kept)
                self._news.put(partial(self._add, level, entries, hidden, is_cut=is_cut))
                if is_cut or not self._is_wanted(level, listed):
                    return
            self._news.put(level.end)
        except OsshError as error:
            self._news.put(partial(level.end, str(error)))

    def _is_wanted(self, level: Level, listed: int) -> bool:
        """Wait until more of a level is wanted; return whether it may still be shown."""

        def is_kept() -> bool:
            return not self._is_closed and level in self._kept

        def is_more() -> bool:
            return level is self._kept[-1] and not 0 <= self._wanted <= listed

        with self._changed:
            self._changed.wait_for(lambda: not is_kept() or is_more())
            return is_kept()

    def _count_folders(self) -> None:
        while (name := self._next_folder()) is not None:
            self._count(name)

    def _next_folder(self) -> str | None:
        def uncounted() -> list[str]:
            return [one for one in self._folders if one not in self._counting]

        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or uncounted())
            if self._is_closed:
                return None
            name = uncounted()[0]
            self._counting.add(name)
            return name

    def _count(self, name: str) -> None:
        matches, objects, size, newest = self._matches, 0, 0, 0.0
        try:
            for number, info in enumerate(self._catalog.walk(name), 1):
                if matches(info):
                    objects += 1
                    size += info.size
                    newest = max(newest, info.last_modified.timestamp())
                if number % _OBJECTS == 0:
                    self._news.put(partial(self._note, name, Tally(objects, size, newest)))
                    if not self._goes_on(name):
                        return
            tally = Tally(objects, size, newest, is_complete=True)
        except OsshError as error:
            tally = Tally(objects, size, newest, error=str(error))
        self._news.put(partial(self._note, name, tally))

    def _goes_on(self, name: str) -> bool:
        """Return whether a folder is still wanted; another one may be more urgent."""
        with self._changed:
            is_here = name.startswith(self._kept[-1].prefix)
            if not is_here:
                self._counting.discard(name)
            return is_here and not self._is_closed
