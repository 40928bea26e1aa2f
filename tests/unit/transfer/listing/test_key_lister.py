"""Objects looked up by name, page by page, and what is not there told."""

from collections.abc import Iterator, Sequence

import pytest

from ossh.demo import DemoServer
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure
from ossh.network import Http
from ossh.store.listing import Lister
from ossh.transfer.listing.key_lister import ALONE, page_of_version, pages_of_keys
from ossh.transfer.messages import Page
from tests import usual


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    server.fill("{:04d}", 450, 10)
    server.put("a", b"1")
    server.put("a/b", b"2")
    return server


@pytest.fixture
def lister(server: DemoServer) -> Iterator[Lister]:
    http, signer = Http(), usual.signer(server)
    yield Lister(lambda: signer, http)
    http.close()


def replies(lister: Lister, keys: Sequence[str], cursor: str = "") -> list[Page | Failure]:
    """Return all pages of some keys."""
    listing = ListingRange(3, "", "", cursor, finished=False)
    return list(pages_of_keys(lister, keys, listing, lambda: False))


def listings(server: DemoServer) -> list[int]:
    """Return how many keys each listing asked for at most, in order of their arrival."""
    made = [one["query"] for one in server.requests() if "list-type" in one["query"]]
    return [int(query["max-keys"]) for query in made]


def test_neighbours_share_a_listing_by_the_thousand(lister: Lister, server: DemoServer) -> None:
    server.fill("near/{:05d}", 2500, 1)
    keys = [f"near/{number:05d}" for number in range(2500)]
    server.clear_requests()

    pages = [page for page in replies(lister, keys) if isinstance(page, Page)]

    assert [info.key for page in pages for info in page.objects] == keys
    assert listings(server) == [1000, 1000, 1000]


def test_keys_far_apart_are_asked_for_alone_and_once(lister: Lister, server: DemoServer) -> None:
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
    lister: Lister, server: DemoServer
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
    lister: Lister, server: DemoServer
) -> None:
    server.fault("status", operation="list", status=500, after=1, times=1)
    server.fault("short-page", keys=1)

    [reply] = replies(lister, ["0001", "0002", "0003"])

    assert isinstance(reply, Failure)
    assert reply.cause is Cause.SERVER


def test_one_that_is_told_to_end_asks_nothing_more(lister: Lister, server: DemoServer) -> None:
    listing = ListingRange(3, "", "", "", finished=False)
    server.clear_requests()

    assert list(pages_of_keys(lister, ["0001"], listing, lambda: True)) == []
    assert listings(server) == []


# One version of one object


@pytest.fixture
def versions(server: DemoServer) -> DemoServer:
    server.put("k", b"first", headers={"x-oss-version-id": "v1"})
    server.put("k", b"second!", headers={"x-oss-version-id": "v2"})
    server.delete("k", marker="v3")
    return server


def version(server: DemoServer, version_id: str) -> Page | Failure:
    """Return what is posted of a version of `k`."""
    http, signer = Http(), usual.signer(server)
    listing = ListingRange(3, "", "", "", finished=False)
    (reply,) = page_of_version(Lister(lambda: signer, http), "k", version_id, listing)
    http.close()
    return reply


@pytest.mark.parametrize(("version_id", "size"), [("v1", 5), ("v2", 7)])
def test_a_version_is_the_only_object_of_the_only_page(
    versions: DemoServer, version_id: str, size: int
) -> None:
    page = version(versions, version_id)

    assert isinstance(page, Page)
    assert [(info.key, info.size) for info in page.objects] == [("k", size)]
    assert (page.listing, page.cursor, page.finished, page.absent) == (3, "k", True, ())


@pytest.mark.parametrize("version_id", ["v3", "v9"])
def test_a_delete_marker_and_a_version_that_is_none_are_told_as_absent(
    versions: DemoServer, version_id: str
) -> None:
    page = version(versions, version_id)

    assert isinstance(page, Page)
    assert (page.objects, page.absent, page.finished) == ((), ("k",), True)


def test_a_refused_version_is_a_listing_that_failed(versions: DemoServer) -> None:
    versions.fault("status", key="k", status=500, times=1)

    failed = version(versions, "v1")

    assert isinstance(failed, Failure)
    assert failed.cause is Cause.SERVER
