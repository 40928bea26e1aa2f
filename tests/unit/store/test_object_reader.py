"""Reading an object block by block, and in ranges, from a service that has its moods."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice

import pytest

from ossh import demo
from ossh.demo.content.bodies import body
from ossh.errors import StoreError
from ossh.model import Failure, Source
from ossh.network import Http, Pools, Timeouts
from ossh.store import object_reader
from ossh.store.bulk_reader import BulkReader
from ossh.store.credentials import Credentials
from ossh.store.object_reader import ObjectRanges, Reader
from tests.unit.store.conftest import bulk_reader, lister

SIZE = 1_000_000
KIB = 1024


@pytest.fixture
def bulk(source: Source, keys: Credentials, server: demo.DemoServer) -> Iterator[BulkReader]:
    server.put("k", bucket=source.bucket, size=SIZE)
    with closing(Http(Timeouts(stall=1.0))) as http:
        yield bulk_reader(source, keys, Pools(http))


@pytest.fixture
def reader(bulk: BulkReader, source: Source, server: demo.DemoServer) -> Reader:
    server.clear_requests()
    return Reader(bulk, source.bucket)


@pytest.fixture
def opened(
    bulk: BulkReader, source: Source, keys: Credentials, server: demo.DemoServer
) -> Callable[[str], ObjectRanges]:
    def open_(key: str) -> ObjectRanges:
        info = lister(source, keys).head(key)
        assert not isinstance(info, Failure)
        server.clear_requests()
        return ObjectRanges(bulk, source.bucket, info)

    return open_


def test_ranges_grow_and_no_more_is_asked_for_than_is_wanted(
    reader: Reader, server: demo.DemoServer
) -> None:
    blocks = reader.blocks("k", step=KIB)

    taken = b""
    for most in (1, 2, 4):
        taken = next(blocks)
        assert len(server.requests("k")) <= most

    assert taken == body("k", SIZE)[3 * KIB : 7 * KIB]


def test_ranges_end_with_the_object_and_are_of_one_version(
    reader: Reader, server: demo.DemoServer
) -> None:
    assert b"".join(reader.blocks("k", step=400_000)) == body("k", SIZE)

    requests = server.requests("k")
    assert {request["status"] for request in requests} == {206}
    assert [bool(request["if_match"]) for request in requests] == [False, True]


@pytest.mark.parametrize("step", [0, 4096])
def test_an_empty_object_is_no_block(
    reader: Reader, server: demo.DemoServer, source: Source, step: int
) -> None:
    server.put("empty", b"", bucket=source.bucket)

    assert list(reader.blocks("empty", step=step)) == []


@pytest.mark.parametrize(
    ("fault", "after", "said"),
    [
        ("corrupt", 0, "do not match the service's checksum"),
        ("changed-etag", 1, "replaced"),
    ],
)
def test_what_cannot_be_trusted_or_had_is_an_error(
    reader: Reader, server: demo.DemoServer, fault: str, after: int, said: str
) -> None:
    server.fault(fault, after=after)

    with pytest.raises(StoreError, match=said):
        list(reader.blocks("k", step=KIB if after else 0))


def test_ranges_stay_long_enough_where_every_answer_is_late(
    reader: Reader, source: Source, server: demo.DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_reader, "_PATIENCE", 0.0)  # all are late
    size = 4 * SIZE
    server.put("late", bucket=source.bucket, size=size)

    assert b"".join(islice(reader.blocks("late"), 300)) == body("late", size)


def test_a_service_that_ignores_ranges_gives_no_bytes_twice(
    reader: Reader, server: demo.DemoServer
) -> None:
    server.fault("ignore-range")

    with pytest.raises(StoreError, match="longer than what was asked for"):
        list(reader.blocks("k", step=KIB))
    assert b"".join(reader.blocks("k", step=SIZE)) == body("k", SIZE)  # all came at once


def test_an_archived_object_says_what_to_do(
    reader: Reader, server: demo.DemoServer, source: Source
) -> None:
    server.put("old", b"x", bucket=source.bucket, storage_class="Archive")

    with pytest.raises(StoreError, match="archived") as caught:
        list(reader.blocks("old"))

    assert "restore" in (caught.value.hint or "")


def test_a_version_is_read_to_its_end_in_ranges_too(
    reader: Reader, source: Source, server: demo.DemoServer
) -> None:
    for number in (1, 2):
        headers = {"x-oss-version-id": f"v{number}"}
        server.put("v", size=SIZE + number, version=number, bucket=source.bucket, headers=headers)

    assert b"".join(reader.blocks("v", step=100_000, version_id="v1")) == body("v", SIZE + 1, 1)
    assert b"".join(reader.blocks("v")) == body("v", SIZE + 2, 2)


def test_a_range_is_one_request_for_the_version_that_was_seen(
    opened: Callable[[str], ObjectRanges], server: demo.DemoServer
) -> None:
    assert opened("k").read(1000, 2001) == body("k", SIZE)[1000:2001]

    (request,) = server.requests("k")
    assert request["range"] == "bytes=1000-2000"
    assert request["if_match"]


def test_an_object_that_was_replaced_is_no_mixture(
    opened: Callable[[str], ObjectRanges], source: Source, server: demo.DemoServer
) -> None:
    ranges = opened("k")
    server.put("k", b"other", bucket=source.bucket)

    with pytest.raises(StoreError, match="cannot read 'k'") as caught:
        ranges.read(0, 5)
    assert "open it again" in (caught.value.hint or "")
