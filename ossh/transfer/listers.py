"""What lists a job: a thread for each range of keys, more of them when pages come slowly.

How far each range got is in the manifest, so a listing resumes where an earlier run left it.
"""

import threading
from collections import deque
from dataclasses import replace

from ossh.job import Job, keys
from ossh.manifest import Manifest
from ossh.network import Http
from ossh.store.credentials import Provider
from ossh.store.endpoints import endpoint_for
from ossh.store.listing import Lister
from ossh.store.reader import Reader
from ossh.transfer.inventory_lister import InventoryLister
from ossh.transfer.key_lister import KeyLister
from ossh.transfer.lister import RangeLister
from ossh.transfer.messages import Cuts, Page, Reply
from ossh.transfer.page_thread import PAGES_AHEAD, PageThread
from ossh.transfer.scout import SLOW_PAGE_SECONDS, Scout, cuts
from ossh.transfer.signing import Signing
from ossh.transfer.version_lister import VersionLister


class Listers:
    """The threads that list; every method runs on the run's thread.

    Args:
        job: What is listed.
        manifest: Of the run; its ranges say what is still to be listed.
        lister: Asks the bucket.
        provider: Where credentials come from; an inventory may be in another bucket.
        http: Settings of the network.
    """

    def __init__(
        self, job: Job, manifest: Manifest, lister: Lister, provider: Provider, http: Http
    ) -> None:
        self._job = job
        self._manifest = manifest
        self._lister = lister
        self.posted: deque[Reply] = deque()  # pages, and what went wrong
        self._room = threading.Semaphore(PAGES_AHEAD)
        self._threads: dict[int, PageThread] = {}
        ranges = manifest.listing() or manifest.start_listing([("", "")])
        self.unfinished = [one.row for one in ranges if not one.finished]
        self._keys = _wanted_keys(job) if self.unfinished else ()
        self._reader = _inventory_reader(job, provider, http) if job.inventory else None
        # a listing that was cut once, by this run or an earlier one, is in pieces enough
        self._is_scouted = len(ranges) > 1

    def begin(self, row: int) -> None:
        """List a range from where the manifest says it stopped."""
        listing = next(one for one in self._manifest.listing() if one.row == row)
        prefix, post = self._job.source.prefix, self.posted.append
        selection = self._job.selection
        thread: PageThread
        if self._reader is not None:
            thread = InventoryLister(
                self._lister, self._reader, self._job, listing, self._room, post
            )
        elif version_id := self._job.version_id:
            thread = VersionLister(self._lister, prefix, version_id, listing, self._room, post)
        elif self._job.keys or self._job.is_key:
            thread = KeyLister(self._lister, self._keys, listing, self._room, post)
        else:
            start, delimiter = selection.start(prefix), selection.delimiter
            thread = RangeLister(
                self._lister, start, listing, self._room, post, delimiter=delimiter
            )
        self._threads[row] = thread
        thread.start()

    def acknowledge(self, page: Page) -> None:
        """Let another page come, as this one is recorded; look for pieces if they come slowly."""
        thread = self._threads[page.listing]
        thread.acknowledge()
        is_waited_for = not page.finished and not self.posted
        if is_waited_for and not self._is_scouted and thread.page_seconds > SLOW_PAGE_SECONDS:
            self._is_scouted = True
            prefix = self._job.selection.start(self._job.source.prefix)
            Scout(self._lister, prefix, page.listing, self.posted.append).start()

    def cut(self, found: Cuts) -> list[int]:
        """Cut the rest of a range, as far as it is still to be listed; return the new pieces."""
        listing = next(one for one in self._manifest.listing() if one.row == found.listing)
        thread = self._threads.get(listing.row)
        at = cuts(found.keys, listing.cursor)
        if listing.finished or not at or not isinstance(thread, RangeLister):
            return []
        thread.shorten(at[0])
        return [piece.row for piece in self._manifest.cut_listing(listing.row, at)]

    def end(self) -> None:
        """Have no more pages come."""
        for thread in self._threads.values():
            thread.end()


def _wanted_keys(job: Job) -> tuple[str, ...]:
    """Return the keys that are looked up one by one; none when all of a prefix is listed."""
    if job.is_key:
        return (job.source.prefix,)
    return keys.read(job.keys_path) if job.keys_path else ()


def _inventory_reader(job: Job, provider: Provider, http: Http) -> Reader:
    """Return what reads the bucket that a job's inventory is in."""
    source = replace(job.source, bucket=job.inventory_bucket, prefix="")
    if source.addressing == "cname" and source.bucket != job.source.bucket:
        # a bucket's own domain leads to no other; both are of one region
        source = replace(source, endpoint=endpoint_for(source.region), addressing="auto")
    return Reader(Signing(source, provider).present, http, mend=lambda _why: provider.reload())
