"""VersionLister: one version of one object, as a page of a listing."""

import queue
import threading
from collections.abc import Iterator

import pytest

from ossh import demo
from ossh.manifest import ListingRange
from ossh.model import Cause, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.messages import ListingFailed, Page, Reply
from ossh.transfer.version_lister import VersionLister


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as running:
        running.put("k", b"first", headers={"x-oss-version-id": "v1"})
        running.put("k", b"second!", headers={"x-oss-version-id": "v2"})
        running.delete("k", marker="v3")
        yield running


def reply(server: demo.DemoServer, version_id: str) -> Reply:
    """Return what is posted of a version of `k`."""
    source = Source(server.endpoint, server.region, server.bucket)
    signer = Signer(source, Credentials(server.access_key_id, server.access_key_secret))
    posted: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    listing, http = ListingRange(3, "", "", "", finished=False), Http()
    thread = VersionLister(
        Lister(lambda: signer, http), "k", version_id, listing, threading.Semaphore(1), posted.put
    )
    thread.start()
    thread.join(20.0)
    http.close()
    return posted.get(timeout=20.0)


@pytest.mark.parametrize(("version_id", "size"), [("v1", 5), ("v2", 7)])
def test_a_version_is_the_only_object_of_the_only_page(
    server: demo.DemoServer, version_id: str, size: int
) -> None:
    page = reply(server, version_id)

    assert isinstance(page, Page)
    assert [(info.key, info.size) for info in page.objects] == [("k", size)]
    assert (page.listing, page.cursor, page.finished, page.absent) == (3, "k", True, ())


@pytest.mark.parametrize("version_id", ["v3", "v9"])
def test_a_delete_marker_and_a_version_that_is_none_are_told_as_absent(
    server: demo.DemoServer, version_id: str
) -> None:
    page = reply(server, version_id)

    assert isinstance(page, Page)
    assert (page.objects, page.absent, page.finished) == ((), ("k",), True)


def test_a_refusal_is_a_listing_that_failed(server: demo.DemoServer) -> None:
    server.fault("status", key="k", status=500, times=1)

    failed = reply(server, "v1")

    assert isinstance(failed, ListingFailed)
    assert failed.failure.cause is Cause.SERVER
