"""Scout: where a long listing may be cut, found from its first levels."""

import queue
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import demo
from ossh.model import Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.signer import Signer
from ossh.transfer.messages import Cuts, Reply
from ossh.transfer.scout import RANGES, Scout, cuts


@given(prefixes=st.lists(st.text(max_size=4)), after=st.text(max_size=4), most=st.integers(1, 20))
def test_cuts_are_few_in_order_and_behind_where_the_listing_stands(
    prefixes: list[str], after: str, most: int
) -> None:
    found = cuts(prefixes, after, most)

    assert len(found) < most
    assert list(found) == sorted(set(found))
    assert all(key in prefixes and key > after for key in found)


def test_cuts_are_evenly_spaced() -> None:
    found = cuts([f"{number:03d}/" for number in range(100)], "", 4)

    assert found == ("025/", "050/", "075/")


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as running:
        for year in ("2025", "2026"):
            for month in range(1, 13):
                running.put(f"logs/{year}/{month:02d}/a.gz", b"x")
        running.fill("flat/{:03d}.bin", 20, 10)
        yield running


def scouted(server: demo.DemoServer, prefix: str) -> list[Reply]:
    """Return what a scout posts."""
    http = Http()
    source = Source(server.endpoint, server.region, server.bucket)
    keys = Credentials(server.access_key_id, server.access_key_secret)
    posted: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    scout = Scout(Lister(lambda: Signer(source, keys), http), prefix, 3, posted.put)
    scout.start()
    scout.join(20.0)
    http.close()
    return [posted.get() for _ in range(posted.qsize())]


def test_levels_with_few_prefixes_are_looked_into(server: demo.DemoServer) -> None:
    (found,) = scouted(server, "logs/")

    assert isinstance(found, Cuts)
    assert found.listing == 3
    assert len(found.keys) == 24 > RANGES
    assert found.keys[:2] == ("logs/2025/01/", "logs/2025/02/")


def test_keys_without_levels_give_nothing_to_cut_at(server: demo.DemoServer) -> None:
    assert scouted(server, "flat/") == []


def test_a_listing_that_fails_is_left_to_the_lister(server: demo.DemoServer) -> None:
    server.fault("status", operation="list", status=403, times=1)

    assert scouted(server, "logs/") == []
