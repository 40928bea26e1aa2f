"""Listers: threads that post pages ahead of whoever takes them, and what goes wrong."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ossh import demo
from ossh.manifest import Manifest
from ossh.model import Cause, Source
from ossh.network import Http
from ossh.store.credentials import Credentials, Provider
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.listing.listers import PAGES_AHEAD, Listers
from ossh.transfer.listing.range_lister import SLOW_PAGE_SECONDS
from ossh.transfer.messages import Crashed, ListingFailed, Page
from tests import usual
from tests.waiting import wait_until

Listing = Callable[..., Listers]
SLOW = 10 * SLOW_PAGE_SECONDS  # so that a split is wanted long before the end


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True, synthetic={"many": (12_500, 10)}) as running:
        for folder in range(50):
            running.fill(f"{folder:02d}/{{}}.bin", 2, 10)
        yield running


@pytest.fixture
def begun(server: demo.DemoServer, manifest: Manifest, tmp_path: Path) -> Iterator[Listing]:
    """Return what begins to list a bucket."""
    keys = Credentials(server.access_key_id, server.access_key_secret)
    http = Http()

    def begin(bucket: str = "many", signer_of: Callable[[], Signer] | None = None) -> Listers:
        source = Source(server.endpoint, server.region, bucket)
        job = usual.job(tmp_path / "job.toml", source=source)
        lister = Lister(signer_of or (lambda: Signer(source, keys)), http)
        listers = Listers(job, manifest, lister, Provider(lambda: keys, keys), http, lambda: None)
        listers.begin(*listers.unfinished)
        return listers

    yield begin
    http.close()
    server.clear_faults()


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "ossh-lister"]


def test_threads_are_a_few_pages_ahead_and_no_more_and_end_when_told(begun: Listing) -> None:
    listers = begun()
    wait_until(lambda: len(listers.posted) == PAGES_AHEAD)
    listers.begin(*listers.unfinished)
    (thread, another) = threads()
    thread.join(0.2)
    assert len(listers.posted) == PAGES_AHEAD

    page = listers.posted.popleft()
    assert isinstance(page, Page)
    listers.acknowledge(page)
    wait_until(lambda: len(listers.posted) == PAGES_AHEAD)

    listers.end()
    for one in (thread, another):
        one.join(60)
        assert not one.is_alive()
    assert len(listers.posted) == PAGES_AHEAD


def test_a_refused_listing_ends_with_the_reason(begun: Listing) -> None:
    listers = begun("no-such-bucket")
    wait_until(lambda: listers.posted)

    (reply,) = listers.posted

    assert isinstance(reply, ListingFailed)
    assert (reply.listing, reply.failure.cause) == (*listers.unfinished, Cause.NO_BUCKET)


def test_a_bug_travels_with_its_trace(begun: Listing) -> None:
    def signer() -> Signer:
        raise ZeroDivisionError("a bug")

    listers = begun(signer_of=signer)
    wait_until(lambda: listers.posted)

    (reply,) = listers.posted

    assert isinstance(reply, Crashed)
    assert "ZeroDivisionError: a bug" in reply.text
    assert reply.hint is None


def test_a_limit_of_the_machine_travels_with_what_helps(begun: Listing) -> None:
    def signer() -> Signer:
        raise MemoryError

    listers = begun(signer_of=signer)
    wait_until(lambda: listers.posted)

    (reply,) = listers.posted

    assert isinstance(reply, Crashed)
    assert reply.text == "there is not enough memory"
    assert "ulimit -v" in str(reply.hint)


def test_what_is_listed_ahead_of_a_split_is_not_listed_again(
    begun: Listing, server: demo.DemoServer, manifest: Manifest
) -> None:
    server.fault("short-page", keys=1, seconds=SLOW, operation="flat")
    server.fault("hold", operation="level")  # and where is not known for long
    listers = begun(server.bucket)
    keys: list[str] = []
    pieces: list[int] = []

    def faults(name: str) -> int:
        return sum(one["fault"] == name for one in server.requests())

    def is_split() -> bool:
        pieces.extend(listers.split())
        return bool(pieces)

    def take() -> None:
        wait_until(lambda: listers.posted)
        page = listers.posted.popleft()
        assert isinstance(page, Page)
        keys.extend(info.key for info in page.objects)
        manifest.add([], page.listing, page.cursor, finished=page.finished)
        listers.acknowledge(page)

    while not faults("hold"):
        take()
    # none of those is recorded, nor the one that the thread has, which waits for room
    wait_until(lambda: faults("short-page") == len(keys) + PAGES_AHEAD + 1)
    server.clear_faults()
    wait_until(is_split)
    listers.begin(*pieces)
    while not all(one.finished for one in manifest.listing()):
        take()

    assert len(pieces) > 1
    assert sorted(keys) == [f"{folder:02d}/{name}.bin" for folder in range(50) for name in range(2)]
