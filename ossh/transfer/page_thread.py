"""A thread that brings the pages of a listing, and what all of its kind have in common."""

import threading
import traceback
from abc import abstractmethod
from collections.abc import Callable, Sequence

from ossh.errors import OsshError
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.asking import Askers
from ossh.store.listing import Lister
from ossh.store.lookup import hop
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply

AT_ONCE = 16  # requests of those that look keys up
ALONE = 4 * AT_ONCE  # keys asked for one by one, before it is tried again whether they are near
PAGES_AHEAD = 8  # unacknowledged pages of all ranges: more come while these are recorded


class PageThread(threading.Thread):
    """Posts the pages of one range until it ends, fails or is told to stop.

    Args:
        lister: Asks the bucket.
        listing: The range, and how far it came before.
        room: For pages that nobody acknowledged yet; all such threads of a run share it.
        post: Takes each page, or the failure that ends the thread.
    """

    def __init__(
        self,
        lister: Lister,
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(name="ossh-lister", daemon=True)
        self._lister = lister
        self._listing = listing
        self._room = room
        self._post_reply = post
        self._ending = False
        self.page_seconds = 0.0  # what the last page took, where a slow listing could be cut

    def acknowledge(self) -> None:
        """Tell that a page has been recorded, so that another may come."""
        self._room.release()

    def end(self) -> None:
        """Post nothing more."""
        self._ending = True
        self._room.release()

    def run(self) -> None:
        """Bring pages; a bug travels as `Crashed`."""
        try:
            self._list()
        except OsshError as error:
            failure = Failure(Cause.BAD_CREDENTIALS, "no credentials", str(error))
            self._fail(failure)
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post_reply(Crashed(traceback.format_exc()))

    @abstractmethod
    def _list(self) -> None:
        """Hand on page after page."""

    def _hand_on(self, page: Page) -> bool:
        """Post a page once there is room for it; True when that was the last."""
        self._room.acquire()
        if self._ending:
            return True
        self._post_reply(page)
        return page.finished

    def _look(self, key: str) -> ObjectInfo | Failure | None:
        """Return the object with a key, None when there is no such object."""
        if self._ending:
            return None  # nobody will see it
        page = self._lister.page(key, max_keys=1)
        if isinstance(page, Failure):
            return page
        return next((info for info in page.objects if info.key == key), None)

    def _look_up(
        self, keys: Sequence[str], threads: Askers
    ) -> tuple[int, dict[str, ObjectInfo]] | Failure:
        """Return of how many of the keys, from the first, it was asked, and their objects by key.

        Neighbours share a listing. Where it tells of no more keys than can be asked for at once,
        the next ones are asked for alone: that is as quick, and lists nothing that is not wanted.

        Args:
            keys: Sorted, without repetition.
            threads: As many as may ask at once.
        """
        if not keys:
            return 0, {}
        told = hop(self._lister, keys)
        if isinstance(told, Failure) or told[0] >= AT_ONCE:
            return told
        count, found = told
        alone = keys[count : count + ALONE]
        for one in threads.map(self._look, alone):
            if isinstance(one, Failure):
                return one
            if one is not None:
                found[one.key] = one
        return count + len(alone), found

    def _fail(self, failure: Failure) -> None:
        """Post why there is no page."""
        self._post_reply(ListingFailed(self._listing.row, failure))
