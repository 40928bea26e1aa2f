"""Lists one key range, page by page, on a thread of its own, ahead of whoever takes the pages."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from operator import gt

from ossh.language import Words
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.listing import Lister
from ossh.store.page import ListPage
from ossh.transfer.messages import Page, Reply
from ossh.transfer.page_thread import PageThread

MAX_EMPTY_PAGES = 1000  # in a row; the service may send some, when much was deleted


class RangeLister(PageThread):
    """Lists one range of keys.

    Args:
        lister, listing, room, post: See `PageThread`.
        prefix: What the keys start with.
        delimiter: What none of the wanted keys has behind that; "" when they may have anything.
    """

    def __init__(  # noqa: PLR0913 - those of every page thread, and two of its own
        self,
        lister: Lister,
        prefix: str,
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
        *,
        delimiter: str = "",
    ) -> None:
        super().__init__(lister, listing, room, post)
        self._prefix = prefix
        self._delimiter = delimiter
        self._is_ordered = True  # all keys so far

    def shorten(self, end: str) -> None:
        """Stop at a key, since somebody else lists what is behind it."""
        self._listing = replace(self._listing, end=end)

    def _list(self) -> None:
        cursor, token = self._listing.cursor or self._listing.start, ""
        empty = 0
        while not self._ending:
            began = time.monotonic()
            page = self._lister.page(
                self._prefix, delimiter=self._delimiter, start_after=cursor, token=token
            )
            # the first one connects
            self.page_seconds = time.monotonic() - began if token else 0.0
            if isinstance(page, ListPage):
                empty = 0 if page.objects or page.prefixes else empty + 1
                if empty > MAX_EMPTY_PAGES:
                    page = Failure(
                        Cause.CORRUPT, "bad listing", Words("the listing makes no progress")
                    )
            if isinstance(page, Failure):
                self._fail(page)
                return
            token = page.token
            objects, is_beyond = self._within(page, cursor)
            finished = is_beyond or not page.is_truncated
            if objects and self._is_ordered:
                cursor = objects[-1].key
            if self._hand_on(Page(self._listing.row, objects, cursor, finished)):
                return

    def _within(self, page: ListPage, cursor: str) -> tuple[tuple[ObjectInfo, ...], bool]:
        """Return the objects up to the range's end, and whether the page went beyond it.

        Where a listing stands is a key, which says nothing once keys come out of order: from
        then on the cursor stays, so that a listing that must go on later repeats what it may have
        missed, and no key is taken for the last one.
        """
        keys = [cursor, *(info.key for info in page.objects)]
        self._is_ordered = self._is_ordered and not any(map(gt, keys, keys[1:]))
        end = self._listing.end
        if not end or max(keys) <= end:
            return page.objects, False
        return tuple(info for info in page.objects if info.key <= end), self._is_ordered
