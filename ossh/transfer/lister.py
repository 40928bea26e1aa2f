"""Lists one key range, page by page, on a thread of its own, ahead of whoever takes the pages."""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from operator import gt

from ossh.errors import OsshError
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.listing import Lister
from ossh.store.page import ListPage
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply

MAX_EMPTY_PAGES = 1000  # in a row; the service may send some, when much was deleted
PAGES_AHEAD = 8  # unacknowledged pages of all ranges: more come while these are recorded


class RangeLister(threading.Thread):
    """Posts the pages of one range until it ends, fails or is told to stop.

    Args:
        lister: Asks the bucket.
        prefix: What the keys start with.
        listing: The range, and how far it came before.
        room: For pages that nobody acknowledged yet; all listers of a run share it.
        post: Takes each page, or the failure that ends the thread.
    """

    def __init__(
        self,
        lister: Lister,
        prefix: str,
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(name="ossh-lister", daemon=True)
        self._lister = lister
        self._prefix = prefix
        self._listing = listing
        self._post = post
        self._room = room
        self._ending = False
        self._is_ordered = True  # all keys so far
        self.page_seconds = 0.0  # what the last page took; the first one, which connects, aside

    def shorten(self, end: str) -> None:
        """Stop at a key, since somebody else lists what is behind it."""
        self._listing = replace(self._listing, end=end)

    def acknowledge(self) -> None:
        """Tell that a page has been recorded, so that another may come."""
        self._room.release()

    def end(self) -> None:
        """Post nothing more."""
        self._ending = True
        self._room.release()

    def run(self) -> None:
        """List; a bug travels as `Crashed`."""
        try:
            self._list()
        except OsshError as error:
            failure = Failure(Cause.BAD_CREDENTIALS, "no credentials", str(error))
            self._post(ListingFailed(self._listing.row, failure))
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))

    def _list(self) -> None:
        cursor, token = self._listing.cursor or self._listing.start, ""
        empty = 0
        while not self._ending:
            began = time.monotonic()
            page = self._lister.page(self._prefix, start_after=cursor, token=token)
            self.page_seconds = time.monotonic() - began if token else 0.0
            if isinstance(page, ListPage):
                empty = 0 if page.objects else empty + 1
                if (page.token and page.token == token) or empty > MAX_EMPTY_PAGES:
                    page = Failure(Cause.CORRUPT, "bad listing", "the listing does not get on")
            if isinstance(page, Failure):
                self._post(ListingFailed(self._listing.row, page))
                return
            token = page.token
            objects, is_beyond = self._within(page, cursor)
            finished = is_beyond or not page.is_truncated
            if objects and self._is_ordered:
                cursor = objects[-1].key
            self._room.acquire()
            if self._ending:
                return
            self._post(Page(self._listing.row, objects, cursor, finished))
            if finished:
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
