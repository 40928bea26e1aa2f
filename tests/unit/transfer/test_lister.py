"""RangeLister: pages of one key range, ahead of whoever takes them."""

import queue
import threading
from collections.abc import Callable, Iterator
from itertools import chain, pairwise

import pytest

from ossh import demo
from ossh.errors import StoreError
from ossh.manifest import ListingRange
from ossh.model import Cause, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.lister import RangeLister
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply
from ossh.transfer.page_thread import PAGES_AHEAD

COUNT = 12_500
PAGE = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True, synthetic={"many": (COUNT, 10)}) as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http()
    yield made
    made.close()


class Rig:
    """Listers of one bucket, and what they post."""

    def __init__(self, server: demo.DemoServer, http: Http, bucket: str = "many") -> None:
        source = Source(server.endpoint, server.region, bucket)
        keys = Credentials(server.access_key_id, server.access_key_secret)
        self.lister = Lister(lambda: Signer(source, keys), http)
        self.room = threading.Semaphore(PAGES_AHEAD)
        self.posted: queue.SimpleQueue[Reply] = queue.SimpleQueue()

    def begin(
        self, start: str = "", end: str = "", cursor: str = "", prefix: str = ""
    ) -> RangeLister:
        """Begin to list a range."""
        listing = ListingRange(3, start, end, cursor, finished=False)
        lister = RangeLister(self.lister, prefix, listing, self.room, self.posted.put)
        lister.start()
        return lister

    def pages(self, lister: RangeLister) -> list[Page]:
        """Take all pages of a range, each acknowledged."""
        pages: list[Page] = []
        while not pages or not pages[-1].finished:
            reply = self.posted.get(timeout=20.0)
            assert isinstance(reply, Page)
            pages.append(reply)
            lister.acknowledge()
        lister.join(20.0)
        return pages

    def keys(self, lister: RangeLister) -> list[str]:
        """Return the keys of a range."""
        return [info.key for page in self.pages(lister) for info in page.objects]


@pytest.fixture
def rig(server: demo.DemoServer, http: Http) -> Rig:
    return Rig(server, http)


@pytest.fixture
def every(rig: Rig) -> list[str]:
    return rig.keys(rig.begin())


def test_a_range_comes_in_pages_that_say_how_far_they_go(rig: Rig, every: list[str]) -> None:
    pages = rig.pages(rig.begin())

    assert [len(page.objects) for page in pages] == [PAGE] * 12 + [500]
    assert [page.cursor for page in pages] == [page.objects[-1].key for page in pages]
    assert [page.finished for page in pages] == [False] * 12 + [True]
    assert {page.listing for page in pages} == {3}
    assert len(set(every)) == COUNT
    assert every == sorted(every)


def test_a_listing_goes_on_after_its_cursor(rig: Rig, every: list[str]) -> None:
    assert rig.keys(rig.begin(cursor=every[6000])) == every[6001:]


def test_a_range_starts_after_its_first_key_and_ends_with_its_last(
    rig: Rig, every: list[str]
) -> None:
    assert rig.keys(rig.begin(start=every[10], end=every[2500])) == every[11:2501]


def test_ranges_that_meet_list_each_key_once(rig: Rig, every: list[str]) -> None:
    edges = ["", every[999], every[3000], ""]
    ranges = [rig.keys(rig.begin(*pair)) for pair in pairwise(edges)]

    assert list(chain(*ranges)) == every


def test_a_range_that_ends_before_the_next_key_is_finished_without_one(
    rig: Rig, every: list[str]
) -> None:
    (page,) = rig.pages(rig.begin(start=every[10], end=every[10] + "\0"))

    assert (page.objects, page.cursor, page.finished) == ((), every[10], True)


def test_a_prefix_without_keys_is_finished_at_once(rig: Rig) -> None:
    (page,) = rig.pages(rig.begin(prefix="no/such/"))

    assert (page.objects, page.cursor, page.finished) == ((), "", True)


def test_a_lister_is_a_few_pages_ahead_and_no_more(rig: Rig) -> None:
    lister = rig.begin()
    for _ in range(PAGES_AHEAD):
        assert isinstance(rig.posted.get(timeout=20.0), Page)

    with pytest.raises(queue.Empty):
        rig.posted.get(timeout=0.2)
    lister.acknowledge()
    assert isinstance(rig.posted.get(timeout=20.0), Page)

    lister.end()
    lister.join(20.0)
    assert not lister.is_alive()
    assert rig.posted.empty()


def test_a_refused_listing_ends_with_the_reason(server: demo.DemoServer, http: Http) -> None:
    rig = Rig(server, http, "no-such-bucket")
    rig.begin()

    reply = rig.posted.get(timeout=20.0)

    assert isinstance(reply, ListingFailed)
    assert (reply.listing, reply.failure.cause) == (3, Cause.NO_BUCKET)


def raising(error: Exception) -> Callable[[], Signer]:
    """Return what gives no signer."""

    def signer() -> Signer:
        raise error

    return signer


def test_missing_credentials_are_a_failure_of_the_listing(rig: Rig, http: Http) -> None:
    rig.lister = Lister(raising(StoreError("no credentials found")), http)
    rig.begin()

    reply = rig.posted.get(timeout=20.0)

    assert isinstance(reply, ListingFailed)
    assert reply.failure.cause is Cause.BAD_CREDENTIALS
    assert reply.failure.message == "no credentials found"


def test_a_bug_travels_with_its_trace(rig: Rig, http: Http) -> None:
    rig.lister = Lister(raising(ZeroDivisionError("a bug")), http)
    rig.begin()

    reply = rig.posted.get(timeout=20.0)

    assert isinstance(reply, Crashed)
    assert "ZeroDivisionError: a bug" in reply.trace
