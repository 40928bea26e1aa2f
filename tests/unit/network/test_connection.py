"""Connection: large bodies, handed on to a sink as they come."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from ossh.model import Cause
from ossh.network import Http, Pool, ResponseParser, Timeouts
from ossh.network.connection import BLOCK
from tests.unit.network.collector import Collector
from tests.unit.network.peer import InTwo, Peer, Wire, after_request, hang_up

Start = Callable[..., Peer]
DEADLINE_SECONDS = 60.0
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture
def pool(http: Http) -> Iterator[Pool]:
    quick = Http(Timeouts(connect=5.0, stall=0.3, stall_bytes=1000))
    with closing(Pool(quick)) as made:
        made.idle_limit = 8
        yield made
    assert http.timeouts.connect == quick.timeouts.connect


def ask(pool: Pool, url: str, wants: int = sys.maxsize, space: int = BLOCK) -> Collector:
    """Begin a request for a body that may be long; for what its sink wants see `Collector`."""
    sink = Collector(wants, space)
    pool.start(url, [], sink, limit=sys.maxsize, sink=sink)
    return sink


def poll_until(pool: Pool, is_reached: Callable[[], object]) -> list[ResponseParser]:
    """Return the answers that come until something is true."""
    answers: list[ResponseParser] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_reached():
        assert time.monotonic() < deadline
        answers += pool.poll(0.05)
    return answers


def answer_of(pool: Pool) -> ResponseParser:
    """Return the answer to the one request under way."""
    (answer,) = poll_until(pool, lambda: not pool)
    return answer


def fetched(pool: Pool, url: str) -> bytes:
    """Return the body that a URL has."""
    sink = ask(pool, url)
    answer = answer_of(pool)
    assert answer.failure is None
    assert answer.body == b""
    return bytes(sink.data)


def cause_of(answer: ResponseParser) -> Cause | None:
    return answer.failure.cause if answer.failure is not None else None


def test_a_body_arrives_whole_in_large_blocks(peer: Start, pool: Pool) -> None:
    body = bytes(range(256)) * 8192
    server = peer(lambda wire: wire.serve(body, "ETag: E1"))
    sink = ask(pool, f"{server.url}/k")

    answer = answer_of(pool)

    assert (answer.status, answer.headers["etag"], answer.received) == (200, "E1", len(body))
    assert bytes(sink.data) == body
    assert max(sink.blocks) <= BLOCK


@pytest.mark.skipif(sys.platform != "linux", reason="only there")
def test_a_body_that_comes_in_small_pieces_does_not_wake_its_thread_for_each(
    peer: Start, pool: Pool
) -> None:
    pieces = 128

    def dribble(wire: Wire) -> None:
        wire.request()
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {pieces * 4096}\r\n\r\n".encode())
        for _ in range(pieces):
            wire.send(bytes(4096))
            wire.wait(0.002)  # a line of 2 MB/s
        wire.hold()

    sink = ask(pool, peer(dribble).url)
    answer_of(pool)

    assert len(sink.data) == pieces * 4096
    assert len(sink.blocks) < pieces / 2


def test_what_comes_slowly_is_handed_on_before_there_is_much_of_it(peer: Start, http: Http) -> None:
    script = InTwo(LONG + b"x" * 300_000, b"y" * 10)

    with closing(Pool(http)) as pool:
        sink = ask(pool, peer(script).url)
        poll_until(pool, lambda: len(sink.data) == 300_000)
        script.go_on()

        poll_until(pool, lambda: sink.data.endswith(b"y" * 10))


def test_after_a_large_body_a_small_one_is_not_waited_for(peer: Start, http: Http) -> None:
    """Nothing keeps a connection from telling of few bytes that is used again."""
    server = peer(lambda wire: wire.serve(b"x" * 1_000_000), lambda wire: wire.serve(b""))
    with closing(Pool(http)) as pool:
        pool.idle_limit = 1
        ask(pool, server.url)
        answer_of(pool)
        pool.start(server.url, [], "head", head=True)

        began = time.monotonic()
        answer = answer_of(pool)

    assert answer.status == 200
    assert time.monotonic() - began < 60
    assert server.connections == 1


def test_what_comes_after_a_body_is_not_the_answer_to_the_next_request(
    peer: Start, pool: Pool
) -> None:
    """Even if that body ends while an idle connection is looked for."""
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"
    too_much = InTwo(HEAD + b"x" * 50_000, b"x" * 50_000 + stray)
    server = peer(too_much, lambda wire: wire.serve(b"good"))
    long = ask(pool, server.url)
    poll_until(pool, lambda: len(long.data) == 50_000)
    ask(pool, server.url)
    poll_until(pool, lambda: pool.idle)
    too_much.go_on()

    sink = ask(pool, server.url)
    poll_until(pool, lambda: not pool)

    assert bytes(sink.data) == b"good"


def test_a_sink_sees_the_head_of_a_success_alone(peer: Start, pool: Pool) -> None:
    def refuse(wire: Wire) -> None:
        wire.request()
        wire.answer(b"<Error/>", status="404 Not Found")
        wire.serve(b"x")

    server = peer(refuse)

    refused = ask(pool, server.url)
    answer = answer_of(pool)

    assert (answer.status, answer.body, refused.status) == (404, b"<Error/>", 0)
    assert fetched(pool, server.url) == b"x"
    assert server.connections == 1


@pytest.mark.parametrize(("wants", "taken"), [(-1, 0), (1, 1)])
def test_what_a_sink_does_not_want_ends_its_connection(
    peer: Start, pool: Pool, wants: int, taken: int
) -> None:
    server = peer(after_request(HEAD + b"a", then=Wire.hold), lambda wire: wire.serve(b"b"))
    sink = ask(pool, server.url, wants=wants)

    answer = answer_of(pool)

    assert (answer.status, answer.failure, len(sink.data)) == (200, None, taken)
    assert fetched(pool, server.url) == b"b"
    assert server.connections == 2


def test_a_sink_without_room_is_waited_for_and_no_stall(peer: Start, pool: Pool) -> None:
    body = b"x" * 200_000
    sink = ask(pool, peer(lambda wire: wire.serve(body)).url, space=1000)
    poll_until(pool, lambda: sink.data)
    sink.space = 0

    began = time.monotonic()
    poll_until(pool, lambda: time.monotonic() > began + 3 * 0.3)
    here = len(sink.data)
    sink.space = BLOCK

    assert here < len(body)
    assert cause_of(answer_of(pool)) is None
    assert bytes(sink.data) == body


def test_a_sink_without_room_is_no_excuse_for_one_who_sends_nothing(
    peer: Start, pool: Pool
) -> None:
    sink = ask(pool, peer(after_request(LONG, b"x" * 5000)).url)
    poll_until(pool, lambda: len(sink.data) == 5000)
    pool.poll(0.0)  # sees that there is no more
    sink.space = 0

    assert cause_of(answer_of(pool)) is Cause.STALL


def test_what_came_while_its_thread_was_away_is_read_before_it_counts_as_a_stall(
    peer: Start, pool: Pool
) -> None:
    script = InTwo(LONG + b"x" * 500, b"y" * 50_000)
    sink = ask(pool, peer(script).url)
    poll_until(pool, lambda: len(sink.data) == 500)
    pool.poll(0.0)  # sees that there is no more
    script.go_on()
    time.sleep(2 * 0.3)  # at a slow disk, for longer than a stall takes

    poll_until(pool, lambda: not pool)

    assert len(sink.data) == 50_500


def test_what_was_asked_after_a_slow_write_has_all_its_time(peer: Start, pool: Pool) -> None:
    class SlowDisk(Collector):
        """A sink whose second block takes longer to write than a stall takes."""

        def write(self, data: memoryview) -> bool:
            if self.data:
                time.sleep(2 * 0.3)
            return super().write(data)

    def thinking(wire: Wire) -> None:
        wire.request()
        wire.answer()
        wire.request()
        wire.wait(0.15)
        wire.answer(b"here")

    in_two, slow = InTwo(HEAD + b"x" * 5000, b"x" * 5000), SlowDisk()
    server = peer(in_two, thinking)
    pool.start(server.url, [], slow, limit=sys.maxsize, sink=slow)
    poll_until(pool, lambda: slow.data)
    ask(pool, server.url)
    poll_until(pool, lambda: pool.idle)
    in_two.go_on()

    sink = ask(pool, server.url)  # after a look at what has come
    poll_until(pool, lambda: sink.data or not pool)

    assert sink.data == b"here"


def test_sinks_that_share_some_room_have_a_turn_each(peer: Start, pool: Pool) -> None:
    """However ready one connection always is, the others go on, too."""
    server = peer(lambda wire: wire.serve(b"x" * 2_000_000))
    ready = set[int]()
    room = [0]

    class Sharing(Collector):
        """A sink that takes all the room there is."""

        def room(self) -> int:
            ready.add(id(self))
            found, room[0] = room[0], 0
            return found

    sinks = [Sharing() for _ in range(3)]
    for sink in sinks:
        pool.start(server.url, [], sink, limit=sys.maxsize, sink=sink)
    poll_until(pool, lambda: len(ready) == len(sinks))
    for _ in range(150):
        room[0] = 1000
        pool.poll(0.05)

    assert min(len(sink.data) for sink in sinks) > 40_000


@pytest.mark.parametrize("size", [1, 512, 8192, 65536])
def test_a_chunked_body_arrives_whole_however_it_is_cut(peer: Start, pool: Pool, size: int) -> None:
    body = bytes(range(256)) * (4000 if size > 1 else 800)
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    sent = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks)

    assert fetched(pool, peer(after_request(CHUNKED, sent, b"0\r\n\r\n")).url) == body


@pytest.mark.parametrize("head", [HEAD, CHUNKED + b"186A0\r\n"])
def test_a_body_that_ends_early_is_told_after_what_there_is_of_it(
    peer: Start, pool: Pool, head: bytes
) -> None:
    sink = ask(pool, peer(after_request(head + b"x" * 5000, then=hang_up)).url)

    assert cause_of(answer_of(pool)) is Cause.SHORT_BODY
    assert len(sink.data) == 5000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows drops what a break overtakes")
def test_bytes_that_came_before_a_break_are_handed_on(peer: Start, pool: Pool) -> None:
    server = peer(after_request(HEAD + b"x" * 50_000, then=Wire.reset))
    sink = ask(pool, server.url, space=1000)  # less than what is there
    poll_until(pool, lambda: sink.status)
    server.wait_closed()

    assert cause_of(answer_of(pool)) is Cause.RESET
    assert len(sink.data) == 50_000


@pytest.mark.fault("F18")
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", HEAD, HEAD + b"x" * 5000])
def test_silence_at_any_time_is_a_stall(peer: Start, pool: Pool, sent: bytes) -> None:
    ask(pool, peer(after_request(sent)).url)

    answer = answer_of(pool)

    assert cause_of(answer) is Cause.STALL
    assert "bytes arrived in 0.3 s" in str(answer.failure)


@pytest.mark.fault("F18")
@pytest.mark.parametrize("pause", [0.001, 0.05, 0.15])
@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_a_trickle_is_a_stall(peer: Start, pool: Pool, size: int, pause: float) -> None:
    def trickle(wire: Wire) -> None:
        while True:
            wire.send(b"x")
            wire.wait(pause)

    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    ask(pool, peer(after_request(head, then=trickle)).url)

    assert cause_of(answer_of(pool)) is Cause.STALL


def test_what_is_under_way_can_be_dropped(peer: Start, pool: Pool) -> None:
    sink = ask(pool, peer(after_request(HEAD + b"x" * 5000)).url)
    poll_until(pool, lambda: len(sink.data) == 5000)

    assert pool.under_way == [(sink, 5000)]
    assert pool.abort() == [sink]
    assert not pool


def test_a_proxy_of_the_environment_makes_a_tunnel(
    peer: Start, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proxy(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        wire.serve(b"through a tunnel")

    server = peer(proxy)
    monkeypatch.setenv("http_proxy", server.url)

    body = fetched(pool, "http://bucket.oss.invalid/key")

    assert body == b"through a tunnel"
    assert server.requests[0].startswith(b"CONNECT bucket.oss.invalid:80 HTTP/1.1\r\n")
    assert server.requests[1].startswith(b"GET /key HTTP/1.1\r\nHost: bucket.oss.invalid\r\n")
