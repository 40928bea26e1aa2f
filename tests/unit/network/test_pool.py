"""Pool: many requests at once on one thread."""

import os
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pycurl
import pytest

from ossh.model import Cause
from ossh.network import Http, Pool, Pools, Response, ResponseParser, Timeouts
from ossh.network.response_parser import MAX_OTHER
from tests.unit.network.peer import Peer, Wire, after_request, hang_up, unused_port

Start = Callable[..., Peer]
DEADLINE_SECONDS = 60.0


@pytest.fixture
def pool(http: Http) -> Iterator[Pool]:
    made = Pool(http)
    made.idle_limit = 8
    yield made
    made.close()


def collect(pool: Pool) -> list[ResponseParser]:
    """Return all answers of what is under way."""
    answers: list[ResponseParser] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(pool):
        assert time.monotonic() < deadline
        answers += pool.poll(0.1)
    return answers


def cause_of(answer: ResponseParser) -> Cause | None:
    return answer.failure.cause if answer.failure is not None else None


def test_requests_run_at_once_and_each_answer_brings_its_token(peer: Start, pool: Pool) -> None:
    def echo(wire: Wire) -> None:
        while head := wire.request():
            wire.answer(head.split()[1])

    server = peer(echo)
    for number in range(20):
        pool.start(f"{server.url}/{number}", [f"X-Number: {number}"], number)
    assert len(pool) == 20

    answers = collect(pool)

    assert {one.token: one.body for one in answers} == {
        number: f"/{number}".encode() for number in range(20)
    }
    assert {(one.status, one.failure) for one in answers} == {(200, None)}


def test_a_head_of_a_large_object_is_followed_by_a_get_on_the_same_connection(
    peer: Start, pool: Pool
) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_OTHER * 100}\r\n\r\n".encode())
        wire.serve(b"body")

    server = peer(script)
    pool.start(server.url, [], "head", head=True)
    (head,) = collect(pool)
    pool.start(server.url, [], "get")
    (get,) = collect(pool)

    assert (head.status, head.body, head.failure) == (200, b"", None)
    assert head.headers["content-length"] == str(MAX_OTHER * 100)
    assert get.body == b"body"
    assert [one.split()[0] for one in server.requests] == [b"HEAD", b"GET"]
    assert server.connections == 1


def test_a_refused_connection_is_trouble_of_the_network(pool: Pool) -> None:
    pool.start(f"http://127.0.0.1:{unused_port()}", [], 1)

    assert [cause_of(one) for one in collect(pool)] == [Cause.NETWORK]


def test_failures_leave_the_other_requests_alone(peer: Start, pool: Pool) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
    pool.start(peer(after_request(cut, then=hang_up)).url, [], "cut")
    pool.start(peer(after_request(then=hang_up)).url, [], "hang up")
    pool.start(peer(lambda wire: wire.serve(b"well")).url, [], "well")

    causes = {one.token: cause_of(one) for one in collect(pool)}

    assert causes == {"cut": Cause.SHORT_BODY, "hang up": Cause.RESET, "well": None}


@pytest.mark.fault("F18")
def test_interim_answers_are_no_progress(peer: Start, pool: Pool) -> None:
    def trickle(wire: Wire) -> None:
        wire.request()
        while True:
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
            wire.wait(0.05)

    pool.start(peer(trickle).url, [], 1)

    assert [cause_of(one) for one in collect(pool)] == [Cause.STALL]


def test_a_request_on_a_kept_connection_is_sent_once(peer: Start, pool: Pool) -> None:
    def once(wire: Wire) -> None:
        wire.request()
        wire.answer(b"first")
        wire.request()

    server = peer(once)
    pool.start(server.url, [], 1)
    collect(pool)

    pool.start(server.url, [], 2)
    (answer,) = collect(pool)

    assert cause_of(answer) is Cause.RESET
    assert len(server.requests) == 2


def test_what_is_dropped_is_told_and_the_rest_works_on(peer: Start, pool: Pool) -> None:
    silent = peer(after_request())
    for number in range(3):
        pool.start(silent.url, [], number)
    pool.poll(0.0)

    assert sorted(pool.abort()) == [0, 1, 2]
    assert len(pool) == 0
    pool.start(peer(lambda wire: wire.serve(b"x")).url, [], 9)

    assert [one.token for one in collect(pool)] == [9]


def test_polling_for_nothing_returns_nothing(pool: Pool) -> None:
    assert pool.poll(0.0) == []


def test_closing_drops_what_is_under_way(peer: Start, http: Http) -> None:
    server = peer(lambda wire: wire.serve(b"x"), Wire.hold)
    pool = Pool(http)
    pool.start(server.url, [], 1)
    collect(pool)
    pool.start(server.url, [], 2)
    pool.poll(0.0)

    pool.close()

    assert len(pool) == 0
    server.wait_closed()


def test_a_request_larger_than_the_connection_takes_at_once_is_sent_in_pieces(peer: Start) -> None:
    size = 8 * 1024 * 1024  # beyond any socket's buffer

    def script(wire: Wire) -> None:
        length = len(wire.request())
        wire.answer(str(length).encode())

    patience = Timeouts(connect=5.0, stall=30.0, stall_bytes=1024)  # it takes a while to send
    with closing(Http(patience)) as http, closing(Pool(http)) as pool:
        pool.start(peer(script).url, [f"X-Long: {'x' * size}"], 1)
        (answer,) = collect(pool)

    assert int(answer.body) > size


@pytest.mark.parametrize("headers", [(), ("Connection: close",)], ids=["no word", "announced"])
def test_a_connection_that_ended_is_not_used_again(
    peer: Start, pool: Pool, headers: tuple[str, ...]
) -> None:
    def once(wire: Wire) -> None:
        wire.request()
        wire.answer(b"hello", *headers)

    server = peer(once)
    for number in range(5):
        pool.start(server.url, [], number)
        (answer,) = collect(pool)
        assert (answer.body, answer.failure) == (b"hello", None)
        server.wait_closed()

    assert server.connections == 5


def test_bytes_nobody_asked_for_are_no_answer(peer: Start, pool: Pool) -> None:
    told = threading.Event()

    def serve(wire: Wire) -> None:
        while wire.request():
            wire.answer(b"hello")
            wire.answer(b"", status="404 Not Found")
            told.set()

    server = peer(*[serve] * 5)
    for number in range(5):
        told.clear()
        pool.start(server.url, [], number)
        (answer,) = collect(pool)
        assert answer.status in {200, 0}  # never the stray one
        assert told.wait(DEADLINE_SECONDS)


def test_a_borrowed_pool_comes_back_with_its_connections(peer: Start, http: Http) -> None:
    server = peer(lambda wire: wire.serve(b"body"))
    with closing(Pools(http)) as pools:
        for _round in range(2):
            with pools.borrowed(4) as pool:
                for number in range(4):
                    pool.start(server.url, [], number)
                assert len(collect(pool)) == 4

    assert server.connections == 4


def test_after_an_error_nobody_has_a_pool_again(peer: Start, http: Http) -> None:
    server = peer(lambda wire: wire.serve(b"body"))

    def ask(pool: Pool) -> None:
        pool.start(server.url, [], 0)
        assert len(collect(pool)) == 1

    with closing(Pools(http)) as pools:
        with suppress(KeyboardInterrupt), pools.borrowed(4) as pool:
            ask(pool)
            raise KeyboardInterrupt
        with pools.borrowed(4) as pool:
            ask(pool)

    assert server.connections == 2


def test_what_is_under_way_ends_with_the_loan(peer: Start, http: Http) -> None:
    server = peer(lambda wire: wire.serve(b"body"))
    with closing(Pools(http)) as pools:
        with pools.borrowed(4) as pool:
            pool.start(server.url, [], "left behind")
        with pools.borrowed(4) as pool:
            pool.start(server.url, [], "wanted")

            assert [answer.token for answer in collect(pool)] == ["wanted"]


if sys.platform != "win32":  # which has no fork

    def test_a_forked_process_uses_connections_of_its_own(peer: Start, http: Http) -> None:
        server = peer(lambda wire: wire.serve(b"body"))
        pools = Pools(http)

        def ask() -> bool:
            with pools.borrowed(4) as pool:
                pool.start(server.url, [], 0)
                (answer,) = collect(pool)
            response = http.request(server.url, [])
            return isinstance(response, Response) and answer.body == response.body == b"body"

        assert ask()
        if (child := os.fork()) == 0:
            os._exit(0 if ask() else 1)
        _pid, status = os.waitpid(child, 0)

        assert status == 0
        assert ask()
        assert server.connections == 4
        pools.close()


def test_ctrl_c_within_libcurl_is_not_lost(
    peer: Start, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_descriptor: int, _event: int) -> None:
        raise KeyboardInterrupt

    server = peer(lambda wire: wire.serve(b"body"))
    with closing(Pool(http)) as pool:
        monkeypatch.setattr(pool._selector, "register", interrupted)
        pool.start(server.url, [], 0)

        with pytest.raises(KeyboardInterrupt):
            collect(pool)


def test_no_memory_for_connections_is_told_as_that(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise pycurl.error("initializing curl-multi failed")

    monkeypatch.setattr(pycurl, "CurlMulti", refuse)

    with pytest.raises(MemoryError):
        Pool(http)


def test_libcurl_and_selectors_number_events_alike() -> None:
    read, write = selectors.EVENT_READ, selectors.EVENT_WRITE

    assert (read, write, read | write) == (pycurl.POLL_IN, pycurl.POLL_OUT, pycurl.POLL_INOUT)
    assert (read, write) == (pycurl.CSELECT_IN, pycurl.CSELECT_OUT)
