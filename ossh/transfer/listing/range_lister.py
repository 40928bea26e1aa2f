"""Lists one key range, page by page, and finds where a long one can be split.

Pages of one range follow each other, so a service that takes its time for each of them sets the
pace. The levels of a bucket (what a delimiter shows) tell where its keys are without listing them.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ossh.manifest import ListingRange
from ossh.model import Failure
from ossh.store.listing import NO_PROGRESS, Lister, PageQuery
from ossh.transfer.messages import Page, Pages

MAX_EMPTY_PAGES = 1000  # in a row; the service may send some, when much was deleted
SLOW_PAGE_SECONDS = 0.015  # of a page; reading one takes some 5 ms, the rest is waiting
RANGES = 16  # listed at once at most; each costs at least one request
REQUESTS = 8  # spent at most on finding them
_ENOUGH = 4  # prefixes of a level; fewer are looked into


@dataclass(eq=False)
class RangeLister:
    """Lists one range of keys."""

    lister: Lister
    prefix: str
    listing: ListingRange  # the range, and how far it came before
    delimiter: str = ""  # what no wanted key has behind the prefix; "" when it may have anything

    def __post_init__(self) -> None:
        self.page_seconds = 0.0  # what the last page took
        self._last = self.listing.cursor or self.listing.start  # listed so far, recorded or not
        self._cutting = threading.Lock()  # a page is either before a cut or ends with it

    def cut(self, prefixes: Sequence[str]) -> tuple[str, ...]:
        """Stop at the first of some points that are not listed yet; called by another thread.

        The points, of `choose_split_points`, are returned: others list what is behind them.
        """
        with self._cutting:
            points = choose_split_points(prefixes, self._last)
            if points:
                self.listing = replace(self.listing, end=points[0])
        return points

    def pages(self) -> Pages:
        """Yield the pages that are left."""
        cursor, token, empty, finished = self._last, "", 0, False
        while not finished:
            began = time.monotonic()
            page = self.lister.page(PageQuery(self.prefix, self.delimiter, self._last, token))
            # the first one connects
            self.page_seconds = time.monotonic() - began if token else 0.0
            if isinstance(page, Failure):
                yield page
                return
            is_further = self.lister.is_past or page.end > self._last
            empty = 0 if is_further else empty + 1
            if empty > MAX_EMPTY_PAGES:
                yield NO_PROGRESS
                return
            with self._cutting:
                token, self._last = page.token, max(page.end, self._last)
                end = self.listing.end
            objects, is_beyond = page.objects, bool(end) and page.end > end
            if is_beyond:
                objects = tuple(info for info in objects if info.key <= end)
            finished = is_beyond or not page.token
            cursor = max(page.last, objects[-1].key if objects else cursor)
            yield Page(self.listing.row, objects, cursor, finished)


def choose_split_points(prefixes: Sequence[str], after: str) -> tuple[str, ...]:
    """Return up to `RANGES` - 1 of the prefixes, evenly spaced, at which a listing may be split.

    Each, in any order, stands for the keys below it. The listing has come to `after`: what is not
    behind that is of no use.
    """
    behind = sorted({prefix for prefix in prefixes if prefix > after})
    if len(behind) < RANGES:
        return tuple(behind)
    return tuple(behind[number * len(behind) // RANGES] for number in range(1, RANGES))


def find_split_points(lister: Lister, start: str) -> list[str]:
    """Return prefixes of the first level below one that has enough of them; none on a failure.

    Whoever lists meets the failure, too.
    """
    found, requests = [start], 0
    while len(found) < _ENOUGH and requests + len(found) <= REQUESTS:
        below: list[str] = []
        for prefix in found:
            requests += 1
            page = lister.page(PageQuery(prefix, "/"))
            if isinstance(page, Failure):
                return []
            below += page.prefixes
        if not below:
            break
        found = below
    return [prefix for prefix in found if prefix != start]
