"""Looks up keys that are wanted by name, and posts them as pages, as if they had been listed.

Each is asked for by a listing of one key: the first key that starts with a name is the name itself,
if there is such an object. So facts, failures and pages are those of any listing, and whatever
takes pages plans, compares and goes on as ever. What is not there is told, not left out.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ossh.manifest import ListingRange
from ossh.model import Failure, ObjectInfo
from ossh.store.listing import Lister
from ossh.transfer.messages import Page, Reply
from ossh.transfer.page_thread import AT_ONCE, PageThread

PAGE = 200  # keys in a page


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
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ossh-look") as threads:
            while not self._ending:
                keys = self._keys[start : start + PAGE]
                start += len(keys)
                found = list(threads.map(self._look, keys))
                failure = next((one for one in found if isinstance(one, Failure)), None)
                if failure is not None:
                    self._fail(failure)
                    return
                if self._hand_on(self._page(keys, found, finished=start >= len(self._keys))):
                    return

    def _page(
        self, keys: Sequence[str], found: Sequence[ObjectInfo | Failure | None], *, finished: bool
    ) -> Page:
        objects = tuple(one for one in found if isinstance(one, ObjectInfo))
        absent = tuple(key for key, one in zip(keys, found, strict=True) if one is None)
        cursor = keys[-1] if keys else ""
        return Page(self._listing.row, objects, cursor, finished, absent)
