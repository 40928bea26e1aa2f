"""KeyLister: keys looked up by name, page by page, and what is not there told."""

import queue
import threading
from collections.abc import Iterator, Sequence

import pytest

from ossh import demo
from ossh.errors import StoreError
from ossh.manifest import ListingRange
from ossh.model import Cause, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.key_lister import KeyLister
from ossh.transfer.messages import Crashed, ListingFailed, Page, Reply
from ossh.transfer.page_thread import ALONE, PAGES_AHEAD


@pytest.fixture(scope="module")
def shared() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as running:
        running.fill("{:04d}", 450, 10)
        running.put("a", b"1")
        running.put("a/b", b"2")
        yield running


@pytest.fixture
def server(shared: demo.DemoServer) -> Iterator[demo.DemoServer]:
    yield shared
    shared.clear_faults()


@pytest.fixture
def lister(server: demo.DemoServer) -> Iterator[Lister]:
    http, source = Http(), Source(server.endpoint, server.region, server.bucket)
    keys = Credentials(server.access_key_id, server.access_key_secret)
    yield Lister(lambda: Signer(source, keys), http)
    http.close()


def replies(lister: Lister, keys: Sequence[str], cursor: str = "") -> list[Reply]:
    """Return all that is posted of some keys, each page acknowledged."""
    posted: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    listing = ListingRange(3, "", "", cursor, finished=False)
    thread = KeyLister(lister, keys, listing, threading.Semaphore(PAGES_AHEAD), posted.put)
    thread.start()
    found: list[Reply] = []
    while not found or (isinstance(found[-1], Page) and not found[-1].finished):
        found.append(posted.get(timeout=20.0))
        thread.acknowledge()
    thread.join(20.0)
    assert not thread.is_alive()
    return found


def test_keys_come_in_pages_with_all_their_facts(lister: Lister) -> None:
    keys = [f"{number:04d}" for number in range(450)]

    pages = [page for page in replies(lister, keys) if isinstance(page, Page)]

    assert [info.key for page in pages for info in page.objects] == keys
    assert pages[0].objects[0].size == 10
    assert [page.cursor for page in pages] == ["0449"]


def listings(server: demo.DemoServer) -> list[int]:
    """Return how many keys each listing asked for at most, in order of their arrival."""
    made = [one["query"] for one in server.requests() if "list-type" in one["query"]]
    return [int(query["max-keys"]) for query in made]


def test_neighbours_share_a_listing_by_the_thousand(
    lister: Lister, server: demo.DemoServer
) -> None:
    server.fill("near/{:05d}", 2500, 1)
    keys = [f"near/{number:05d}" for number in range(2500)]
    server.clear_requests()

    pages = [page for page in replies(lister, keys) if isinstance(page, Page)]

    assert [info.key for page in pages for info in page.objects] == keys
    assert listings(server) == [1000, 1000, 1000]


def test_keys_far_apart_are_asked_for_alone_and_once(
    lister: Lister, server: demo.DemoServer
) -> None:
    server.fill("far/{:06d}", 150_000, 1)
    keys = [f"far/{number:06d}" for number in range(0, 150_000, 1000)]
    server.clear_requests()

    pages = [page for page in replies(lister, keys) if isinstance(page, Page)]

    assert [info.key for page in pages for info in page.objects] == keys
    assert [page.cursor for page in pages] == [keys[ALONE], keys[2 * ALONE + 1], keys[-1]]
    asked = listings(server)
    assert len(asked) == len(keys)
    assert asked.count(1000) == 3


def test_what_is_near_and_what_is_far_are_told_apart_in_one_list(
    lister: Lister, server: demo.DemoServer
) -> None:
    server.fill("mix/{:06d}", 150_000, 1)
    near = [f"mix/{number:06d}" for number in range(400, 1600)]
    far = [f"mix/{number:06d}" for number in range(10_000, 50_000, 1000)]
    absent = [f"{key}x" for key in near[::5]]
    server.clear_requests()

    pages = [
        page for page in replies(lister, sorted([*near, *far, *absent])) if isinstance(page, Page)
    ]

    assert [info.key for page in pages for info in page.objects] == [*near, *far]
    assert [key for page in pages for key in page.absent] == absent
    assert len(listings(server)) < 3 + len(far)


def test_it_goes_on_behind_its_cursor(lister: Lister) -> None:
    [page] = replies(lister, ["0001", "0002", "0003"], cursor="0002")

    assert isinstance(page, Page)
    assert [info.key for info in page.objects] == ["0003"]


def test_nothing_left_is_a_last_empty_page(lister: Lister) -> None:
    assert replies(lister, ["0001"], cursor="0001") == [Page(3, (), "", finished=True)]


def test_a_key_that_only_begins_others_is_absent(lister: Lister) -> None:
    [page] = replies(lister, ["000", "a", "a/", "a/b", "b"])

    assert isinstance(page, Page)
    assert [info.key for info in page.objects] == ["a", "a/b"]
    assert page.absent == ("000", "a/", "b")


def test_a_look_that_fails_ends_the_page_and_records_nothing_of_it(
    lister: Lister, server: demo.DemoServer
) -> None:
    server.fault("status", operation="list", status=500, after=1, times=1)
    server.fault("short-page", keys=1)

    [reply] = replies(lister, ["0001", "0002", "0003"])

    assert isinstance(reply, ListingFailed)
    assert reply.failure.cause is Cause.SERVER


def test_no_credentials_fail_the_listing_and_a_bug_travels() -> None:
    def refuse() -> Signer:
        raise StoreError("no credentials found")

    def break_down() -> Signer:
        raise ZeroDivisionError

    http = Http()
    [failed] = replies(Lister(refuse, http), ["a"])
    [crashed] = replies(Lister(break_down, http), ["a"])

    assert isinstance(failed, ListingFailed)
    assert isinstance(crashed, Crashed)
    assert "ZeroDivisionError" in crashed.trace


def test_one_that_is_told_to_end_posts_nothing_more(lister: Lister) -> None:
    posted: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    listing = ListingRange(3, "", "", "", finished=False)
    thread = KeyLister(lister, ["0001"], listing, threading.Semaphore(1), posted.put)
    thread.end()

    thread.start()
    thread.join(20.0)

    assert posted.empty()
