"""Looks up keys that are wanted by name, and posts them as pages, as if they had been listed.

They are asked for by listings: of up to a thousand keys where they are near each other, else of the
first key that starts with a name, which is the name itself if there is such an object. So facts,
failures and pages are those of any listing, and whatever takes pages plans, compares and goes on as
ever. What is not there is told, not left out.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from ossh.manifest import ListingRange
from ossh.model import Failure, ObjectInfo
from ossh.store.asking import Askers
from ossh.store.listing import MAX_KEYS, Lister
from ossh.transfer.messages import Page, Reply
from ossh.transfer.page_thread import AT_ONCE, PageThread


class KeyLister(PageThread):
    """Posts pages of keys until they end, one fails or it is told to stop.

    Args:
        lister, room, post: See `PageThread`.
        keys: Sorted; those up to the range's cursor came before.
        listing: The range, which has no bounds.
    """

    def __init__(
        self,
        lister: Lister,
        keys: Sequence[str],
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(lister, listing, room, post)
        self._keys = keys

    def _list(self) -> None:
        start = bisect_right(self._keys, self._listing.cursor)
        with Askers(AT_ONCE, "ossh-look") as threads:
            while not self._ending:
                keys = self._keys[start : start + MAX_KEYS]
                told = self._look_up(keys, threads)
                if isinstance(told, Failure):
                    self._fail(told)
                    return
                count, found = told
                start += count
                is_last = start >= len(self._keys)
                if self._hand_on(self._page(keys[:count], found, finished=is_last)):
                    return

    def _page(
        self, keys: Sequence[str], found: Mapping[str, ObjectInfo], *, finished: bool
    ) -> Page:
        objects = tuple(found[key] for key in keys if key in found)
        absent = tuple(key for key in keys if key not in found)
        cursor = keys[-1] if keys else ""
        return Page(self._listing.row, objects, cursor, finished, absent)
