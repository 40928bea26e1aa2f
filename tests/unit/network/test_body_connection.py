"""Connection: large bodies straight into a buffer, over one connection that is used again."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing

import pycurl
import pytest

from ossh.model import Cause
from ossh.network import (
    BodyConnection,
    Cancelled,
    Http,
    Stalled,
    Timeouts,
    failure_of,
)
from ossh.network.response_parser import MAX_OTHER
from ossh.network.transport_errors import BadAnswerError
from tests.unit.network.peer import Peer, Wire, unused_port

Start = Callable[..., Peer]
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


class Switch:
    """Says whether what a connection waits for has been given up."""

    def __init__(self) -> None:
        self.is_on = False

    def __call__(self) -> bool:
        """Return what it was set to."""
        return self.is_on


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
def connection(http: Http, switch: Switch) -> Iterator[BodyConnection]:
    quick = Http(Timeouts(connect=5.0, stall=0.3, stall_bytes=1000))
    made = BodyConnection(quick, switch)
    yield made
    made.close()
    assert http.timeouts.connect == quick.timeouts.connect


def read(
    connection: BodyConnection, size: int = 512 * 1024, into: bytearray | None = None
) -> bytes:
    """Read a body as streams do: into a buffer, until it ends; what comes is added to `into`."""
    buffer = memoryview(bytearray(size))
    body = bytearray() if into is None else into
    while not connection.is_complete:
        if count := connection.readinto(buffer):
            body += buffer[:count]
        else:
            connection.wait()
    return bytes(body)


def received(
    connection: BodyConnection, url: str, size: int = 512 * 1024, into: bytearray | None = None
) -> bytes:
    """Return what is read of the body that a URL has; arguments are those of `read`."""
    connection.get(url, [])
    return read(connection, size, into)


def body_of(connection: BodyConnection, url: str) -> bytes:
    """Return the body that a URL has."""
    connection.get(url, [])
    return connection.read()


def cause_of(error: BaseException) -> Cause:
    return failure_of(error).cause


def after_request(
    *pieces: bytes, then: Callable[[Wire], None] = Wire.hold
) -> Callable[[Wire], None]:
    """Return a script that sends pieces after a request, then does something else."""

    def script(wire: Wire) -> None:
        wire.request()
        for piece in pieces:
            wire.send(piece)
        then(wire)

    return script


def test_a_body_arrives_whole_in_large_blocks(peer: Start, connection: BodyConnection) -> None:
    body = bytes(range(256)) * 8192
    server = peer(lambda wire: wire.serve(body, "ETag: E1"))

    response = connection.get(f"{server.url}/k", [])

    assert response.status == 200
    assert response.headers["etag"] == "E1"
    assert read(connection) == body


@pytest.mark.skipif(sys.platform != "linux", reason="only there")
def test_a_body_that_comes_in_small_pieces_does_not_wake_its_thread_for_each(
    peer: Start, http: Http
) -> None:
    pieces = 128
    waits = Counter[str]()

    def dribble(wire: Wire) -> None:
        wire.request()
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {pieces * 4096}\r\n\r\n".encode())
        for _ in range(pieces):
            wire.send(bytes(4096))
            wire.wait(0.002)  # a line of 2 MB/s
        wire.hold()

    def count() -> bool:
        waits["all"] += 1
        return False

    with closing(BodyConnection(http, count)) as connection:
        assert len(received(connection, peer(dribble).url)) == pieces * 4096

    assert waits["all"] < pieces / 2


def test_a_request_is_sent_as_it_was_signed(peer: Start, connection: BodyConnection) -> None:
    server = peer(lambda wire: wire.serve())

    connection.get(f"{server.url}/a/../b?x=%2F", ["Date: now", "Range: bytes=0-9"])
    connection.read()
    body_of(connection, server.url)

    assert server.requests[0].decode().split("\r\n") == [
        "GET /a/../b?x=%2F HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: ossh",
        "Accept-Encoding: identity",
        "Date: now",
        "Range: bytes=0-9",
        "",
        "",
    ]
    assert server.requests[1].startswith(b"GET / HTTP/1.1\r\n")


def test_a_connection_is_used_again(peer: Start, connection: BodyConnection) -> None:
    server = peer(lambda wire: wire.serve(b"x" * 100_000))

    for _ in range(3):
        assert len(received(connection, server.url, 1000)) == 100_000

    assert server.connections == 1


def test_a_kept_connection_that_the_server_closed_is_replaced(
    peer: Start, connection: BodyConnection
) -> None:
    server = peer(
        after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", then=lambda _: None),
        lambda wire: wire.serve(b"b"),
    )

    first = body_of(connection, server.url)
    server.wait_closed()
    second = body_of(connection, server.url)

    assert (first, second) == (b"a", b"b")
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_request_is_not_repeated_behind_the_caller_s_back(
    peer: Start, connection: BodyConnection
) -> None:
    def once(wire: Wire) -> None:
        wire.request()
        wire.answer(b"a")
        wire.request()

    server = peer(once)
    body_of(connection, server.url)

    with pytest.raises(Exception, match=r".") as caught:
        connection.get(server.url, [])

    assert cause_of(caught.value) is Cause.RESET
    assert (server.connections, len(server.requests)) == (1, 2)


def test_another_origin_gets_another_connection(peer: Start, connection: BodyConnection) -> None:
    one, two = (peer(lambda wire, name=name: wire.serve(name)) for name in (b"1", b"2"))

    assert body_of(connection, one.url) == b"1"
    assert body_of(connection, two.url) == b"2"

    one.wait_closed()


def test_a_chunked_body_is_put_together(peer: Start, connection: BodyConnection) -> None:
    server = peer(
        after_request(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"3\r\nabc\r\n",
            b"2\r\nde\r\n0\r\n\r\n",
        )
    )

    assert received(connection, server.url) == b"abcde"


@pytest.mark.parametrize("head", [HEAD, CHUNKED + b"186A0\r\n"])
def test_a_body_that_ends_early_is_told_after_what_there_is_of_it(
    peer: Start, connection: BodyConnection, head: bytes
) -> None:
    server = peer(after_request(head + b"x" * 5000, then=lambda _: None))
    body = bytearray()

    with pytest.raises(BadAnswerError) as caught:
        received(connection, server.url, into=body)

    assert (len(body), cause_of(caught.value)) == (5000, Cause.SHORT_BODY)


def test_a_connection_is_not_used_again_before_all_of_an_answer_was_read(
    peer: Start, connection: BodyConnection
) -> None:
    server = peer(after_request(HEAD + b"a"), lambda wire: wire.serve(b"b"))
    connection.get(server.url, [])

    assert body_of(connection, server.url) == b"b"
    assert server.connections == 2


def test_of_the_body_of_an_error_no_more_is_read_than_may_be(
    peer: Start, connection: BodyConnection
) -> None:
    head = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 9999999\r\n\r\n"
    server = peer(after_request(head + b"x" * 1_000_000))

    assert body_of(connection, server.url) == b"x" * MAX_OTHER


def test_a_connection_broken_off_is_a_reset(peer: Start, connection: BodyConnection) -> None:
    headers_are_read = threading.Event()

    def reset(wire: Wire) -> None:
        headers_are_read.wait(60)
        wire.reset()

    server = peer(after_request(HEAD + b"x" * 5000, then=reset))
    connection.get(server.url, [])
    headers_are_read.set()
    server.wait_closed()

    with pytest.raises(pycurl.error) as caught:
        read(connection)

    assert cause_of(caught.value) is Cause.RESET


@pytest.mark.skipif(sys.platform == "win32", reason="Windows drops what a break overtakes")
def test_bytes_that_came_before_a_break_are_handed_on(
    peer: Start, connection: BodyConnection
) -> None:
    body = b"x" * 20_000
    server = peer(
        after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + body, then=Wire.reset)
    )
    connection.get(server.url, [])
    server.wait_closed()

    # in small pieces, so that the reader underneath asks for more than the body
    assert read(connection, size=1000) == body


def test_a_connection_closed_without_an_answer_is_a_reset(
    peer: Start, connection: BodyConnection
) -> None:
    server = peer(after_request(then=lambda _: None))

    with pytest.raises(BadAnswerError) as caught:
        connection.get(server.url, [])

    assert cause_of(caught.value) is Cause.RESET


def test_what_is_no_http_is_a_reset(peer: Start, connection: BodyConnection) -> None:
    server = peer(after_request(b"SSH-2.0-OpenSSH_9.6\r\n"))

    with pytest.raises(Exception, match="SSH") as caught:
        connection.get(server.url, [])

    assert cause_of(caught.value) is Cause.RESET


@pytest.mark.fault("F18")
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", HEAD, HEAD + b"x" * 5000])
def test_silence_at_any_time_is_a_stall(
    peer: Start, connection: BodyConnection, sent: bytes
) -> None:
    server = peer(after_request(sent))

    with pytest.raises(Stalled, match=r"only \d+ bytes arrived in 0.3 s") as caught:
        received(connection, server.url)

    assert cause_of(caught.value) is Cause.STALL


@pytest.mark.fault("F18")
def test_a_trickle_is_a_stall(peer: Start, connection: BodyConnection) -> None:
    def trickle(wire: Wire) -> None:
        while True:
            wire.send(b"x")
            wire.wait(0.05)

    server = peer(after_request(HEAD, then=trickle))

    with pytest.raises(Stalled):
        received(connection, server.url)


@pytest.mark.fault("F18")
def test_interim_answers_are_no_progress(peer: Start, connection: BodyConnection) -> None:
    def trickle(wire: Wire) -> None:
        wire.request()
        while True:
            wire.send(INTERIM * 100)
            wire.wait(0.05)

    with pytest.raises(Stalled):
        connection.get(peer(trickle).url, [])


@pytest.mark.fault("F33")
@pytest.mark.parametrize(
    ("first", "endless"),
    [
        (b"", INTERIM * 1000),
        (CHUNKED + b"4\r\nbody\r\n0\r\n", b"More: of this\r\n" * 1000),
        (CHUNKED, b"1;" + b"x" * 50_000 + b"\r\n!\r\n"),
    ],
    ids=["interim answers", "trailers", "extensions of chunks"],
)
def test_what_is_no_body_comes_to_an_end(
    peer: Start, connection: BodyConnection, first: bytes, endless: bytes
) -> None:
    sent = 0

    def script(wire: Wire) -> None:
        nonlocal sent
        wire.request()
        wire.send(first)
        while True:
            wire.send(endless)
            sent += len(endless)

    server = peer(script)
    with pytest.raises(BadAnswerError) as caught:
        received(connection, server.url)
    connection.close()
    server.wait_closed()

    assert cause_of(caught.value) is Cause.RESET
    assert sent < 32 * 1024 * 1024  # what sockets hold


def test_a_body_may_come_in_the_smallest_chunks(peer: Start, connection: BodyConnection) -> None:
    body = b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n"

    connection.get(peer(after_request(CHUNKED, body)).url, [])

    assert read(connection) == b"x" * 200_000


def test_whoever_waits_can_be_called_off(
    peer: Start, connection: BodyConnection, switch: Switch
) -> None:
    server = peer(after_request(HEAD))
    connection.get(server.url, [])

    switch.is_on = True

    with pytest.raises(Cancelled):
        read(connection)


def test_bytes_that_are_there_are_read_although_called_off(
    peer: Start, connection: BodyConnection, switch: Switch
) -> None:
    server = peer(after_request(HEAD + b"x" * 100_000, then=lambda _: None))
    connection.get(server.url, [])
    server.wait_closed()

    switch.is_on = True

    assert len(read(connection)) == 100_000


def test_a_refused_connection_is_trouble_of_the_network(connection: BodyConnection) -> None:
    for _ in range(2):
        with pytest.raises(pycurl.error) as caught:
            connection.get(f"http://127.0.0.1:{unused_port()}", [])

        assert cause_of(caught.value) is Cause.NETWORK


def test_tls_to_a_port_that_speaks_none_is_an_error_of_its_own(
    peer: Start, connection: BodyConnection
) -> None:
    def plain(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wire.hold()

    with pytest.raises(pycurl.error) as caught:
        connection.get(f"https://127.0.0.1:{peer(plain).port}", [])

    assert cause_of(caught.value) is Cause.TLS


def test_a_proxy_of_the_environment_makes_a_tunnel(
    peer: Start, connection: BodyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proxy(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        wire.serve(b"through a tunnel")

    server = peer(proxy)
    monkeypatch.setenv("http_proxy", server.url)

    body = body_of(connection, "http://bucket.oss.invalid/key")

    assert body == b"through a tunnel"
    assert server.requests[0].startswith(b"CONNECT bucket.oss.invalid:80 HTTP/1.1\r\n")
    assert server.requests[1].startswith(b"GET /key HTTP/1.1\r\nHost: bucket.oss.invalid\r\n")


def test_closing_twice_is_the_same_as_once(peer: Start, connection: BodyConnection) -> None:
    server = peer(lambda wire: wire.serve(b"a"))
    body_of(connection, server.url)

    connection.close()
    connection.close()

    server.wait_closed()
    assert body_of(connection, server.url) == b"a"


@pytest.mark.parametrize("size", [512, 8192, 65536])
def test_a_chunked_body_arrives_whole_however_it_is_cut(
    peer: Start, connection: BodyConnection, size: int
) -> None:
    body = bytes(range(256)) * 4000
    chunks = [body[at : at + size] for at in range(0, len(body), size)]

    def serve(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire.send(b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks))
        wire.send(b"0\r\n\r\n")

    connection.get(peer(serve).url, [])

    assert read(connection) == body


def test_a_connection_whose_end_was_announced_is_not_used_again(
    peer: Start, connection: BodyConnection
) -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.answer(b"hello", "Connection: close")
        wire.hold()

    server = peer(serve, serve)

    assert [received(connection, server.url) for _ in range(2)] == [b"hello"] * 2
    assert server.connections == 2
