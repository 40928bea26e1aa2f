"""Asks what objects are now and which CRC64 they have, to compare files with them."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ossh.advice import store_error
from ossh.backoff import Backoff
from ossh.language import _
from ossh.model import Entry, Failure, ObjectInfo, value
from ossh.printable import printable
from ossh.store.credentials import Provider, Renewal
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import Lister
from ossh.store.retries import Retries, retried
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.scheduling.retry_policy import DECISIONS, MAY_PASS, Decision

T = TypeVar("T")

THREADS = 16  # most of the time they wait for an answer; checksums keep few cores busy
_TRIES = 8  # of one request that may succeed later
_RETRIES = Retries(dict.fromkeys(MAY_PASS, _TRIES), Backoff(0.2, 10.0))


@value
class Checksums:
    """Asks about objects; several threads may do so at once."""

    lister: Lister  # signs with what the provider holds
    provider: Provider
    local_files: LocalFiles  # they know when to stop

    def each(self, calls: Iterable[Callable[[], T]]) -> Iterator[list[T]]:
        """Make calls in several threads; yield their results as they end, maybe none of them.

        Raises:
            StoreError: The service does not tell.
            Interrupted: Told to stop.
        """
        with DaemonPool(THREADS, "ossh-checksums") as pool:
            for found in pool.results(calls):
                yield found
                self.local_files.check_stopping()  # calls under way are left behind

    def ask(self, entry: Entry) -> tuple[ObjectInfo, int | None] | None:
        """Return what a HEAD says; None where nobody may know it, which a `get` tells.

        Raises:
            StoreError: The service does not tell.
            Interrupted: Told to stop.
        """

        def ask() -> tuple[ObjectInfo, int | None] | Failure:
            self.local_files.check_stopping()
            return self.lister.checksum(entry.key, entry.version_id)

        rest, mend = self.local_files.rest, Renewal(self.provider)
        answer = retried(ask, _RETRIES, mend=mend, sleep=rest)
        if not isinstance(answer, Failure):
            return answer
        if DECISIONS[answer.cause] is Decision.GIVE_UP:  # it is about this object alone
            return None
        raise store_error(_("compare '{key}'").format(key=printable(entry.key)), answer)
