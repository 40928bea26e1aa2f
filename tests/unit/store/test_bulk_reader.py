"""Many objects at once, from a service that has its moods."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from ossh import demo
from ossh.backoff import Backoff
from ossh.demo.content.bodies import body
from ossh.errors import StoreError
from ossh.model import Cause, Source
from ossh.network import Http, Pools, Timeouts
from ossh.store.bulk_reader import CONNECTIONS, MEMORY, PIECE, BulkReader
from ossh.store.credentials import Credentials
from ossh.store.retries import Retries
from ossh.store.wanted import Wanted
from tests.unit.network.peer import Peer, Wire
from tests.unit.store.conftest import bulk_reader

SIZE = 2 * PIECE + 7


@pytest.fixture
def reader(source: Source, keys: Credentials, server: demo.DemoServer) -> Iterator[BulkReader]:
    server.clear_requests()
    with closing(Http(Timeouts(stall=1.0))) as http:
        yield bulk_reader(source, keys, Pools(http))


@pytest.fixture
def whole(source: Source, server: demo.DemoServer) -> Wanted:
    """Return what wants all of an object of three pieces."""
    server.put("k", bucket=source.bucket, size=SIZE)
    return Wanted(source.bucket, "k")


def only(reader: BulkReader, wanted: Wanted) -> Wanted:
    (read,) = reader.read([wanted])
    return read


def failed(read: Wanted) -> StoreError:
    assert read.error is not None
    return read.error


def test_many_are_one_request_each(
    reader: BulkReader, source: Source, server: demo.DemoServer
) -> None:
    keys = [f"many/{number:03d}" for number in range(3 * CONNECTIONS)]
    for key in keys:
        server.put(key, key.encode(), bucket=source.bucket)

    for _round in range(2):
        read = list(reader.read(Wanted(source.bucket, key) for key in keys))

        assert sorted(one.key for one in read) == keys
        assert all(one.data == one.key.encode() for one in read)
    assert len(server.requests()) == 2 * len(keys)


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, SIZE])
def test_a_whole_object_is_one_request_for_each_piece(
    reader: BulkReader, source: Source, server: demo.DemoServer, size: int
) -> None:
    server.put("k", bucket=source.bucket, size=size)

    assert only(reader, Wanted(source.bucket, "k")).data == body("k", size)
    requests = server.requests("k")
    assert len(requests) == max(1, -(-size // PIECE))
    assert all(request["if_match"] for request in requests[1:])


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 0), (5, 9), (9, 5), (0, SIZE + 5), (PIECE - 1, 2 * PIECE), (SIZE, None)]
)
def test_a_range_is_what_a_slice_is(
    reader: BulkReader, source: Source, server: demo.DemoServer, start: int, stop: int | None
) -> None:
    server.put("k", bucket=source.bucket, size=SIZE)

    read = only(reader, Wanted(source.bucket, "k", start=start, stop=stop))

    assert read.data == body("k", SIZE)[start:stop]
    assert read.error is None


@pytest.mark.parametrize("size", [PIECE - 1, SIZE])
def test_bytes_that_are_not_those_of_the_object_are_an_error(
    reader: BulkReader, source: Source, server: demo.DemoServer, size: int
) -> None:
    server.put("k", bucket=source.bucket, size=size)
    server.fault("corrupt")

    assert "checksum" in str(failed(only(reader, Wanted(source.bucket, "k"))))


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        ("cut", {"bytes": 1000}),
        ("cut", {"bytes": 1000, "abrupt": True}),
        ("cut", {"bytes": 0}),
        ("stall", {"bytes": 1000}),
        ("reset", {}),
        ("status", {"status": 503}),
        ("close", {}),
        ("chunked", {}),
    ],
)
def test_what_breaks_off_is_asked_for_again(
    reader: BulkReader, whole: Wanted, server: demo.DemoServer, fault: str, details: dict[str, Any]
) -> None:
    server.fault(fault, times=2, **details)

    assert only(reader, whole).data == body("k", SIZE)


def test_what_fails_for_a_while_is_given_up(
    reader: BulkReader, whole: Wanted, server: demo.DemoServer
) -> None:
    server.fault("status", status=500)

    assert failed(only(reader, whole)).cause == Cause.SERVER
    assert len(server.requests("k")) == 3


def test_an_object_that_is_replaced_between_two_pieces_is_no_mixture(
    reader: BulkReader, source: Source, server: demo.DemoServer
) -> None:
    server.put("k", bucket=source.bucket, size=SIZE)
    pieces: list[int] = []

    def write(start: int, _data: bytes) -> None:
        if not pieces:
            server.put("k", b"another", bucket=source.bucket)
        pieces.append(start)

    assert failed(only(reader, Wanted(source.bucket, "k", write))).cause == Cause.CHANGED
    assert pieces == [0]


def test_a_service_that_ignores_which_version_is_wanted_gives_no_mixture(
    peer: Callable[..., Peer], keys: Credentials
) -> None:
    def script(wire: Wire) -> None:
        while head := wire.request():
            start, stop = map(int, re.findall(rb"bytes=(\d+)-(\d+)", head)[0])
            stop = min(stop, SIZE - 1)
            wire.send(
                b"HTTP/1.1 206 Partial Content\r\nx-oss-request-id: 1\r\n"
                + f'ETag: "{start}"\r\nContent-Length: {stop - start + 1}\r\n'.encode()
                + f"Content-Range: bytes {start}-{stop}/{SIZE}\r\n\r\n".encode()
                + bytes(stop - start + 1)
            )

    assert failed(read_from(peer(script).url, keys)).cause == Cause.CHANGED


@pytest.mark.parametrize("start", [0, 100])
def test_what_is_no_answer_of_the_service_does_not_make_an_object_empty(
    reader: BulkReader, source: Source, server: demo.DemoServer, start: int
) -> None:
    server.put("k", bucket=source.bucket, size=5000)
    server.fault("portal", status=416)

    assert failed(only(reader, Wanted(source.bucket, "k", start=start))).cause == Cause.NOT_OSS


def test_a_checksum_that_was_told_once_is_not_forgotten(
    reader: BulkReader, whole: Wanted, server: demo.DemoServer
) -> None:
    server.fault("corrupt", times=1)
    server.fault("no-crc")

    assert "checksum" in str(failed(only(reader, whole)))


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n",  # ends with its connection, nobody knows where
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n"
        b"Content-Range: bytes 0-8/" + b"9" * 5000 + b"\r\n",
    ],
    ids=["no length", "no range", "a size of 5,000 digits"],
)
def test_an_answer_that_does_not_say_what_it_is_is_none(
    peer: Callable[..., Peer], keys: Credentials, head: bytes
) -> None:
    def script(wire: Wire) -> None:
        if wire.request():
            wire.send(head + b"x-oss-request-id: 1\r\nConnection: close\r\n\r\n123456789")

    assert failed(read_from(peer(script).url, keys)).cause == Cause.CORRUPT


def test_an_answer_with_fewer_bytes_than_its_range_has_is_asked_for_again(
    peer: Callable[..., Peer], keys: Credentials
) -> None:
    bodies = [b"12345", b"123456789"]

    def script(wire: Wire) -> None:
        while bodies and wire.request():
            range_said = ("x-oss-request-id: 1", "Content-Range: bytes 0-8/9")
            wire.answer(bodies.pop(0), *range_said, status="206 Partial Content")

    read = read_from(peer(script).url, keys)

    assert (read.data, bodies) == (b"123456789", [])


def test_a_size_beyond_all_measure_takes_no_memory(
    peer: Callable[..., Peer], keys: Credentials
) -> None:
    def script(wire: Wire) -> None:
        if wire.request():
            sizes = b"Content-Length: %d\r\nContent-Range: bytes 0-%d/%d\r\n\r\n"
            wire.send(b"HTTP/1.1 206 Partial Content\r\nx-oss-request-id: 1\r\n")
            wire.send(sizes % (PIECE, PIECE - 1, 2 * 10**12) + bytes(PIECE))
        while wire.request():
            body = b"<Error><Code>NoSuchKey</Code></Error>"
            wire.answer(body, "x-oss-request-id: 1", status="404 Not Found")

    tracemalloc.start()
    try:
        error = failed(read_from(peer(script).url, keys))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert error.cause == Cause.GONE
    assert peak < MEMORY + 10 * PIECE


def read_from(endpoint: str, keys: Credentials) -> Wanted:
    """Read an object from a server of our own."""
    source = Source(endpoint, "cn-hangzhou", "bucket", addressing="path")
    with closing(Pools(Http())) as pools:
        return only(bulk_reader(source, keys, pools), Wanted("bucket", "k"))


def test_what_rests_keeps_its_room(
    source: Source, keys: Credentials, server: demo.DemoServer
) -> None:
    asked, most, ended = 0, 0, 0
    server.put("k", b"1", bucket=source.bucket)
    server.fault("status", status=503, code="SlowDown", times=5 * CONNECTIONS)
    patient = Retries({Cause.THROTTLED: 100}, Backoff(0.01, 0.01))

    def many() -> Iterator[Wanted]:
        nonlocal asked, most
        for _number in range(5 * CONNECTIONS):
            asked += 1
            most = max(most, asked - ended)
            yield Wanted(source.bucket, "k")

    with closing(Pools(Http())) as pools:
        for one in bulk_reader(source, keys, pools, patient).read(many()):
            ended += 1
            assert one.error is None

    assert most <= 2 * CONNECTIONS  # those that ended, and those that are under way


def test_a_clock_that_is_wrong_is_set(
    reader: BulkReader, source: Source, server: demo.DemoServer
) -> None:
    keys = [f"k{number}" for number in range(CONNECTIONS)]  # all refused before the first tells
    for key in keys:
        server.put(key, b"1", bucket=source.bucket)
    for seconds in (7200, 0, -7200):  # and set again
        server.set_clock(seconds)

        read = list(reader.read(Wanted(source.bucket, key) for key in keys))

        assert {one.data for one in read} == {b"1"}
        assert {one.error for one in read} == {None}


def test_no_more_is_asked_for_than_memory_is_meant_to_hold(
    reader: BulkReader, source: Source, server: demo.DemoServer
) -> None:
    server.put("k", bucket=source.bucket, size=PIECE)
    begun, came, most = 0, 0, 0

    def write(_start: int, _data: bytes) -> None:
        nonlocal came
        came += 1

    def many() -> Iterator[Wanted]:
        nonlocal begun, most
        for _number in range(3 * MEMORY // PIECE):
            begun += 1
            most = max(most, begun - came)
            yield Wanted(source.bucket, "k", write)

    assert len(list(reader.read(many()))) == 3 * MEMORY // PIECE
    assert most <= MEMORY // PIECE


def test_whoever_stops_leaves_nothing_behind_for_the_next(
    reader: BulkReader, source: Source, server: demo.DemoServer
) -> None:
    for number in range(10):
        server.put(f"k{number}", bytes([number]) * 1000, bucket=source.bucket)
    first = reader.read(Wanted(source.bucket, f"k{number}") for number in range(10))
    next(first)
    first.close()  # type: ignore[attr-defined] # it is a generator

    assert only(reader, Wanted(source.bucket, "k7")).data == b"\7" * 1000
