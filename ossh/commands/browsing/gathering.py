"""What a browser wants is asked for in threads: levels are listed and sorted, folders counted.

A thread brings a piece; the next one is asked for once that is taken, as long as it is wanted.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from ossh.catalog.catalog import DELIMITER, Catalog, Prefix, merged
from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import MOST_ENTRIES, Entry, Tally, arranged, entry_of
from ossh.errors import OsshError
from ossh.selection import Matcher
from ossh.store.interruptible import BackgroundCall
from ossh.store.list_page import ListPage

T = TypeVar("T")

_CALLS = 16  # at once
PIECE_SECONDS = 0.3  # after which a piece ends with its page; the first one is a page
_SORT_SECONDS = 0.5  # from one sorting to the next, at least
_SORTING = object()


class Gatherer:
    """Asks a bucket for what a browser wants, in threads that keep no process from ending."""

    def __init__(self, browser: Browser, catalog: Catalog, matches: Matcher) -> None:
        self._browser = browser  # the threads do not touch it
        self._matches = matches
        self._catalog = catalog
        # What is under way for a level, for a folder's name or for the order, and what takes it.
        self._calls: dict[object, tuple[BackgroundCall[Any], Callable[[Any], None]]] = {}
        self._walks: dict[str, Iterator[ListPage]] = {}  # the rest of each folder
        self._counted = 0  # pieces of folders
        self._sorted: tuple[object, ...] = ()  # how, and what, was sorted last
        self._sorted_at = 0.0
        self._is_closed = False

    def close(self) -> None:
        """Let what is under way end with its page."""
        self._is_closed = True

    def take(self) -> None:
        """Take what has been found since the last time."""
        found = [what for what, (call, _take) in self._calls.items() if call.is_done()]
        for what in found:
            call, take = self._calls.pop(what)
            take(call.result())

    def ask(self) -> None:
        """Have listed, sorted and counted what is to be seen."""
        self._list()
        self._sort()
        names = (name for name in self._browser.uncounted if name not in self._calls)
        for name in islice(names, max(0, _CALLS - len(self._calls))):
            self._count(name)

    def _start(self, what: object, run: Callable[[], T], take: Callable[[T], None]) -> None:
        self._calls[what] = BackgroundCall(run), take

    def _list(self) -> None:
        """Have more of the level listed, if more is wanted."""
        level, matches = self._browser.level, self._matches
        listed = len(level.entries)
        is_enough = level.has_ended or 0 <= self._browser.wanted <= listed
        if is_enough or level in self._calls:
            return
        seconds = PIECE_SECONDS if level.pages else 0.0
        pages = level.pages = level.pages or self._catalog.pages(level.prefix, delimiter=DELIMITER)

        def run() -> tuple[list[Entry], int, bool, str]:
            found, is_complete, error = self._next(pages, seconds)
            nodes = [node for page in found for node in merged(page)]
            kept = [entry_of(one) for one in nodes if isinstance(one, Prefix) or matches(one)]
            return kept, len(nodes) - len(kept), is_complete, error

        def take(piece: tuple[list[Entry], int, bool, str]) -> None:
            entries, hidden, level.is_complete, level.error = piece
            level.hidden += hidden
            level.is_cut = listed + len(entries) > MOST_ENTRIES
            self._browser.add(level, entries)

        self._start(level, run, take)

    def _count(self, name: str) -> None:
        matches, known = self._matches, self._browser.tallies.get(name, Tally())
        seconds = PIECE_SECONDS if name in self._walks else 0.0
        walk = self._walks.setdefault(name, self._catalog.pages(name))

        def run() -> Tally:
            found, is_complete, error = self._next(walk, seconds)
            passing = [one for page in found for one in page.objects if matches(one)]
            newest = max((one.last_modified.timestamp() for one in passing), default=0.0)
            return Tally(
                known.objects + len(passing),
                known.size + sum(one.size for one in passing),
                max(known.newest, newest),
                is_complete,
                error,
            )

        def take(tally: Tally) -> None:
            self._browser.tallies[name] = tally
            self._counted += 1

        self._start(name, run, take)

    def _next(self, pages: Iterator[ListPage], seconds: float) -> tuple[list[ListPage], bool, str]:
        """Return the next pages, whether these are the last, and what ended them before."""
        found: list[ListPage] = []
        end = time.monotonic() + seconds
        try:
            for page in pages:
                found.append(page)  # what has come before an error stays
                if self._is_closed or time.monotonic() >= end:
                    break
        except OsshError as error:
            return found, False, str(error)
        return found, not found[-1].token, ""

    def _sort(self) -> None:
        """Have the level sorted again if it has changed, but not all the time."""
        browser = self._browser
        if browser.is_listed_order or _SORTING in self._calls:
            return
        how = (id(browser.level), *browser.sorting)
        what = (len(browser.level.entries), self._counted)
        is_early = time.monotonic() - self._sorted_at < _SORT_SECONDS
        if (how, what) == self._sorted or (is_early and self._sorted[:1] == (how,)):
            return
        self._sorted, self._sorted_at = (how, what), time.monotonic()
        level, entries, tallies = browser.level, browser.level.entries[:], dict(browser.tallies)
        order, is_reversed = browser.sorting

        def show(view: list[int]) -> None:
            if level is browser.level and (order, is_reversed) == browser.sorting:
                browser.arrange(view)

        run = partial(arranged, entries, tallies, order, is_reversed=is_reversed)
        self._start(_SORTING, run, show)
