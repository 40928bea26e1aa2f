"""Finds where a long listing can be cut, so that its key ranges are listed at once.

Pages of one range follow each other, so a service that takes its time for each of them sets the
pace. The levels of a bucket (what a delimiter shows) tell where its keys are without listing them.
"""

import threading
import traceback
from collections.abc import Callable, Sequence

from ossh.errors import OsshError
from ossh.model import Failure
from ossh.store.listing import Lister
from ossh.transfer.messages import Crashed, Cuts, Reply

SLOW_PAGE_SECONDS = 0.015  # of a page; reading one takes some 5 ms, the rest is waiting
RANGES = 16  # listed at once at most; each costs at least one request
REQUESTS = 8  # spent at most on finding them
_ENOUGH = 4  # prefixes of a level; fewer are looked into


def cuts(prefixes: Sequence[str], after: str, most: int = RANGES) -> tuple[str, ...]:
    """Return up to `most` - 1 of the prefixes, evenly spaced, at which a listing may be cut.

    Args:
        prefixes: In any order; each stands for the keys below it.
        after: The listing has come so far; what is not behind it is of no use.
        most: Ranges wanted.
    """
    behind = sorted({prefix for prefix in prefixes if prefix > after})
    if len(behind) < most:
        return tuple(behind)
    return tuple(behind[number * len(behind) // most] for number in range(1, most))


class Scout(threading.Thread):
    """Looks at the first levels below a prefix and posts where to cut; nothing when it cannot.

    Args:
        lister: Asks the bucket.
        prefix: What the keys start with.
        listing: Row of the range to be cut.
        post: Takes the `Cuts`.
    """

    def __init__(
        self, lister: Lister, prefix: str, listing: int, post: Callable[[Reply], None]
    ) -> None:
        super().__init__(name="ossh-scout", daemon=True)
        self._lister = lister
        self._prefix = prefix
        self._listing = listing
        self._post = post

    def run(self) -> None:
        """Look; a bug travels as `Crashed`, a failure is the lister's to meet."""
        try:
            if found := self._look():
                self._post(Cuts(self._listing, tuple(sorted(found))))
        except OsshError:
            return  # no credentials: the lister says so
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))

    def _look(self) -> list[str]:
        """Return prefixes of the first level that has enough of them."""
        found = [self._prefix]
        requests = 0
        while found and len(found) < _ENOUGH and requests + len(found) <= REQUESTS:
            below: list[str] = []
            for prefix in found:
                requests += 1
                page = self._lister.page(prefix, delimiter="/")
                if isinstance(page, Failure):
                    return []
                below += page.prefixes
            if not below:
                break
            found = below
        return [prefix for prefix in found if prefix != self._prefix]
