"""What lists a job: a thread for each range of keys, more of them when pages come slowly.

How far each range got is in the manifest, so a listing resumes where an earlier run left it.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import InitVar, dataclass, replace
from functools import partial

from ossh.job import Job, key_list
from ossh.manifest import ListingRange, Manifest
from ossh.model import Failure
from ossh.network import Http, Pools
from ossh.store.bulk_reader import BulkReader
from ossh.store.credentials import Provider, Renewal
from ossh.store.endpoint_kinds import endpoint_for
from ossh.store.interruptible import BackgroundCall
from ossh.store.listing import Lister
from ossh.store.object_reader import Reader
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.listing.inventory_lister import InventoryLister
from ossh.transfer.listing.key_lister import page_of_version, pages_of_keys
from ossh.transfer.listing.range_lister import SLOW_PAGE_SECONDS, RangeLister, find_split_points
from ossh.transfer.messages import ListingFailed, Page, Pages, Reply, bugs_posted

PAGES_AHEAD = 8  # unacknowledged pages of all ranges: others arrive while these are recorded


@dataclass(eq=False)
class Listers:
    """The threads that list; every public method runs on the run's thread."""

    job: Job
    manifest: Manifest
    lister: Lister  # asks the job's bucket; an inventory may be in another one
    provider: InitVar[Provider]
    http: InitVar[Http]
    on_post: Callable[[], None]  # called after something was posted

    def __post_init__(self, provider: Provider, http: Http) -> None:
        job, manifest = self.job, self.manifest
        self.posted: deque[Reply] = deque()  # pages, and what went wrong
        self._room = threading.Semaphore(PAGES_AHEAD)  # of all threads together
        self._ending = threading.Event()
        self._ranges: dict[int, RangeLister] = {}  # by row, where there are any
        ranges = manifest.listing() or manifest.start_listing([("", "")])
        self.unfinished = [one.row for one in ranges if not one.finished]
        self._keys = _wanted_keys(job) if self.unfinished else ()
        self._reader = _inventory_reader(job, provider, http) if job.inventory else None
        self._search: tuple[int, BackgroundCall[list[str]]] | None = None  # where to split a row
        # a listing that was split once, by this run or an earlier one, is in pieces enough
        self._is_split = len(ranges) > 1

    def begin(self, *rows: int) -> None:
        """List ranges from where the manifest says they stopped."""
        for row in rows:
            parts = row, self._pages(row)
            threading.Thread(target=self._list, args=parts, name="ossh-lister", daemon=True).start()

    def _list(self, row: int, pages: Pages) -> None:
        """Post the pages of one range until they end, fail or are no longer wanted."""
        with bugs_posted(self._post), closing(pages):
            for page in pages:
                if isinstance(page, Failure):
                    self._post(ListingFailed(row, page))
                    return
                self._room.acquire()
                if self._ending.is_set():
                    self._room.release()  # so that the next thread notices, too
                    return
                self._post(page)

    def _post(self, reply: Reply) -> None:
        self.posted.append(reply)
        self.on_post()

    def _listing(self, row: int) -> ListingRange:
        return next(one for one in self.manifest.listing() if one.row == row)

    def _pages(self, row: int) -> Pages:
        job, lister, is_ending = self.job, self.lister, self._ending.is_set
        listing = self._listing(row)
        if self._reader is not None:
            return InventoryLister(lister, self._reader, job, listing, is_ending).pages()
        if job.version_id:
            return page_of_version(lister, job.source.prefix, job.version_id, listing)
        if job.keys or job.is_key:
            return pages_of_keys(lister, self._keys, listing, is_ending)
        start, delimiter = job.selection.start(job.source.prefix), job.selection.delimiter
        self._ranges[row] = RangeLister(lister, start, listing, delimiter=delimiter)
        return self._ranges[row].pages()

    def acknowledge(self, page: Page) -> None:
        """Make room for another page, as this one is recorded; split a range that is slow."""
        self._room.release()
        listed = self._ranges.get(page.listing)
        if self._is_split or page.finished or self.posted or listed is None:
            return
        if listed.page_seconds > SLOW_PAGE_SECONDS:
            self._is_split = True
            prefix = self.job.selection.start(self.job.source.prefix)
            search = BackgroundCall(partial(find_split_points, self.lister, prefix))
            self._search = page.listing, search

    def split(self) -> list[int]:
        """Split the rest of a slow range once it is known where; return the new pieces, if any."""
        if self._search is None or not self._search[1].is_done():
            return []
        (row, search), self._search = self._search, None
        points = self._ranges[row].cut(search.result())
        if self._listing(row).finished or not points:
            return []
        return [piece.row for piece in self.manifest.cut_listing(row, points)]

    def end(self) -> None:
        """End the listing: no more pages arrive."""
        self._ending.set()
        self._room.release()


def _wanted_keys(job: Job) -> tuple[str, ...]:
    """Return the keys that are looked up one by one; none when all of a prefix is listed."""
    if job.is_key:
        return (job.source.prefix,)
    return key_list.read(job.keys_path) if job.keys_path else ()


def _inventory_reader(job: Job, provider: Provider, http: Http) -> Reader:
    """Return what reads the bucket that a job's inventory is in."""
    source = replace(job.source, bucket=job.inventory_bucket, prefix="")
    if source.addressing == "cname" and source.bucket != job.source.bucket:
        # a bucket's own domain leads to no other; both are of one region
        source = replace(source, endpoint=endpoint_for(source.region), addressing="auto")
    signing = Signing(source, provider)
    reader = BulkReader(
        lambda _bucket: signing.current_signer(), lambda _bucket: Renewal(provider), Pools(http)
    )
    return Reader(reader, source.bucket)
