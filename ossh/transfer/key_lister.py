"""Looks up keys that are wanted by name, and posts them as pages, as if they had been listed.

Each is asked for by a listing of one key: the first key that starts with a name is the name itself,
if there is such an object. So facts, failures and pages are those of any listing, and whatever
takes pages plans, compares and goes on as ever. What is not there is told, not left out.
"""

import threading
import traceback
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ossh.errors import OsshError
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.listing import Lister
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply

PAGE = 200  # keys in a page
AT_ONCE = 16  # requests


class KeyLister(threading.Thread):
    """Posts pages of keys until they end, one fails or it is told to stop.

    Args:
        lister: Asks the bucket.
        keys: Sorted; those up to the range's cursor came before.
        listing: The range, which has no bounds.
        room: For pages that nobody acknowledged yet.
        post: Takes each page, or the failure that ends the thread.
    """

    page_seconds = 0.0  # there is no slow listing to be cut

    def __init__(
        self,
        lister: Lister,
        keys: Sequence[str],
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(name="ossh-lister", daemon=True)
        self._lister = lister
        self._keys = keys
        self._listing = listing
        self._post = post
        self._room = room
        self._ending = False

    def acknowledge(self) -> None:
        """Tell that a page has been recorded, so that another may come."""
        self._room.release()

    def end(self) -> None:
        """Post nothing more."""
        self._ending = True
        self._room.release()

    def run(self) -> None:
        """Look all keys up; a bug travels as `Crashed`."""
        try:
            self._list()
        except OsshError as error:
            failure = Failure(Cause.BAD_CREDENTIALS, "no credentials", str(error))
            self._post(ListingFailed(self._listing.row, failure))
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))

    def _list(self) -> None:
        start = bisect_right(self._keys, self._listing.cursor)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ossh-look") as threads:
            while not self._ending:
                keys = self._keys[start : start + PAGE]
                start += len(keys)
                found = list(threads.map(self._look, keys))
                self._room.acquire()
                if self._ending:
                    return
                reply = self._reply(keys, found, finished=start >= len(self._keys))
                self._post(reply)
                if isinstance(reply, ListingFailed) or reply.finished:
                    return

    def _look(self, key: str) -> ObjectInfo | Failure | None:
        """Return the object of a key, None when there is none."""
        if self._ending:
            return None  # nobody will see it
        page = self._lister.page(key, max_keys=1)
        if isinstance(page, Failure):
            return page
        return next((info for info in page.objects if info.key == key), None)

    def _reply(
        self, keys: Sequence[str], found: Sequence[ObjectInfo | Failure | None], *, finished: bool
    ) -> Page | ListingFailed:
        objects = []
        for one in found:
            if isinstance(one, Failure):
                return ListingFailed(self._listing.row, one)
            if one is not None:
                objects.append(one)
        absent = tuple(key for key, one in zip(keys, found, strict=True) if one is None)
        cursor = keys[-1] if keys else ""
        return Page(self._listing.row, tuple(objects), cursor, finished, absent)
