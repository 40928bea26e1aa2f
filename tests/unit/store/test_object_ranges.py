"""Ranges of one object, from a service that has its moods."""

from collections.abc import Callable, Iterator

import pytest

from ossh import demo
from ossh.demo.content.bodies import body
from ossh.errors import StoreError
from ossh.model import Failure, Source
from ossh.network import Http, Pools, Timeouts
from ossh.store.bulk_reader import PIECE, BulkReader
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister
from ossh.store.object_ranges import ObjectRanges
from ossh.store.signer import Signer

SIZE = 3_000_000
Opened = Callable[[str], ObjectRanges]


@pytest.fixture
def opened(source: Source, keys: Credentials, server: demo.DemoServer) -> Iterator[Opened]:
    server.put("k", bucket=source.bucket, size=SIZE)
    http, signer = Http(Timeouts(stall=1.0)), Signer(source, keys)
    reader = BulkReader(lambda _bucket: signer, lambda _bucket: lambda _why: False, Pools(http))

    def open_(key: str) -> ObjectRanges:
        info = Lister(lambda: signer, http).head(key)
        assert not isinstance(info, Failure)
        server.clear_requests()
        return ObjectRanges(reader, source.bucket, info)

    yield open_
    http.close()


def test_a_range_is_one_request_for_the_version_that_was_seen(
    opened: Opened, server: demo.DemoServer
) -> None:
    assert opened("k").read(1000, 2001) == body("k", SIZE)[1000:2001]

    (request,) = server.requests("k")
    assert request["range"] == "bytes=1000-2000"
    assert request["if_match"]


def test_a_long_range_is_several_requests_in_order(
    opened: Opened, source: Source, server: demo.DemoServer
) -> None:
    size = 2 * PIECE + 7
    server.put("long", bucket=source.bucket, size=size)

    assert opened("long").read(1, size) == body("long", size)[1:]
    assert len(server.requests("long")) == 3


def test_nothing_is_no_request(opened: Opened, server: demo.DemoServer) -> None:
    assert opened("k").read(5, 5) == b""
    assert server.requests("k") == []


def test_an_object_that_was_replaced_is_no_mixture(
    opened: Opened, source: Source, server: demo.DemoServer
) -> None:
    ranges = opened("k")
    server.put("k", b"other", bucket=source.bucket)

    with pytest.raises(StoreError, match="cannot read 'k'") as caught:
        ranges.read(0, 5)
    assert "open it again" in (caught.value.hint or "")


def test_a_short_answer_of_other_bytes_is_an_error(
    opened: Opened, server: demo.DemoServer, source: Source
) -> None:
    server.put("short", bucket=source.bucket, size=1000)
    ranges = opened("short")
    server.fault("ignore-range")

    with pytest.raises(StoreError, match="longer than what was asked for"):
        ranges.read(1, 900)
