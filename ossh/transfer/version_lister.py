"""Looks at one version of one object, and posts it as the only page of a listing.

No listing shows versions that were replaced or deleted. Whatever takes pages plans, compares and
continues as usual.
"""

import threading
from collections.abc import Callable

from ossh.manifest import ListingRange
from ossh.model import Cause, Failure
from ossh.store.listing import Lister
from ossh.transfer.messages import Page, Reply
from ossh.transfer.page_thread import PageThread


class VersionLister(PageThread):
    """Posts one page, with one version of one object.

    Args:
        lister, listing, room, post: See `PageThread`.
        key: The object.
        version_id: Of its version.
    """

    def __init__(  # noqa: PLR0913 - what every lister is given, and what this one looks for
        self,
        lister: Lister,
        key: str,
        version_id: str,
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(lister, listing, room, post)
        self._key = key
        self._version_id = version_id

    def _list(self) -> None:
        found = self._lister.look(self._key, self._version_id)
        if isinstance(found, Failure) and found.cause is not Cause.GONE:
            self._fail(found)
        elif isinstance(found, Failure):
            self._hand_on(Page(self._listing.row, (), self._key, True, (self._key,)))  # noqa: FBT003
        else:
            self._hand_on(Page(self._listing.row, (found,), self._key, True))  # noqa: FBT003
