"""Multi: many requests at once on one thread."""

import time
from collections.abc import Callable, Iterator

import pytest

from ossh.model import Cause
from ossh.network import Answer, Http, Multi, parse_headers
from ossh.network.multi import MAX_BODY
from tests.unit.network.peer import Peer, Wire, unused_port

Start = Callable[..., Peer]
DEADLINE_SECONDS = 20.0


@pytest.fixture
def multi(http: Http) -> Iterator[Multi]:
    made = Multi(http)
    made.set_connections(8)
    yield made
    made.close()


def collect(multi: Multi) -> list[Answer]:
    """Return all answers of what is under way."""
    answers: list[Answer] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(multi):
        assert time.monotonic() < deadline
        answers += multi.poll(0.1)
    return answers


def cause_of(answer: Answer) -> Cause | None:
    return answer.failure.cause if answer.failure is not None else None


def test_requests_run_at_once_and_each_answer_brings_its_token(peer: Start, multi: Multi) -> None:
    def echo(wire: Wire) -> None:
        while head := wire.request():
            wire.answer(head.split()[1])

    server = peer(echo)
    for number in range(20):
        multi.start(f"{server.url}/{number}", [f"X-Number: {number}"], number)
    assert len(multi) == 20

    answers = collect(multi)

    assert {one.token: one.body for one in answers} == {
        number: f"/{number}".encode() for number in range(20)
    }
    assert {(one.status, one.failure) for one in answers} == {(200, None)}


def test_connections_are_used_again(peer: Start, multi: Multi) -> None:
    server = peer(lambda wire: wire.serve(b"x"))

    for number in range(5):
        multi.start(server.url, [], number)
        assert [one.body for one in collect(multi)] == [b"x"]

    assert (server.connections, len(server.requests)) == (1, 5)


def test_headers_of_one_request_are_not_sent_with_the_next(peer: Start, multi: Multi) -> None:
    server = peer(lambda wire: wire.serve(b"x"))

    multi.start(server.url, ["Authorization: secret"], 1)
    collect(multi)
    multi.start(server.url, [], 2)
    collect(multi)

    assert b"secret" in server.requests[0]
    assert b"secret" not in server.requests[1]


def test_a_head_of_a_large_object_is_followed_by_a_get_on_the_same_connection(
    peer: Start, multi: Multi
) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_BODY * 100}\r\n\r\n".encode())
        wire.serve(b"body")

    server = peer(script)
    multi.start(server.url, [], "head", head=True)
    (head,) = collect(multi)
    multi.start(server.url, [], "get")
    (get,) = collect(multi)

    assert (head.status, head.body, head.failure) == (200, b"", None)
    assert parse_headers(head.lines)["content-length"] == str(MAX_BODY * 100)
    assert get.body == b"body"
    assert [one.split()[0] for one in server.requests] == [b"HEAD", b"GET"]
    assert server.connections == 1


def test_a_body_in_pieces_is_put_together(peer: Start, multi: Multi) -> None:
    body = bytes(range(256)) * 400
    multi.start(peer(lambda wire: wire.serve(body)).url, [], 1)

    (answer,) = collect(multi)

    assert len(answer.chunks) > 1
    assert answer.body == body


def test_answers_of_any_status_are_answers(peer: Start, multi: Multi) -> None:
    def refuse(wire: Wire) -> None:
        wire.request()
        wire.answer(b"<Error/>", status="404 Not Found")

    multi.start(peer(refuse).url, [], 1)
    (answer,) = collect(multi)

    assert (answer.status, answer.body, answer.failure) == (404, b"<Error/>", None)


def test_a_refused_connection_is_trouble_of_the_network(multi: Multi) -> None:
    multi.start(f"http://127.0.0.1:{unused_port()}", [], 1)

    assert [cause_of(one) for one in collect(multi)] == [Cause.NETWORK]


def test_failures_leave_the_other_requests_alone(peer: Start, multi: Multi) -> None:
    def cut(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    def hang_up(wire: Wire) -> None:
        wire.request()

    multi.start(peer(cut).url, [], "cut")
    multi.start(peer(hang_up).url, [], "hang up")
    multi.start(peer(lambda wire: wire.serve(b"well")).url, [], "well")

    causes = {one.token: cause_of(one) for one in collect(multi)}

    assert causes == {"cut": Cause.SHORT_BODY, "hang up": Cause.RESET, "well": None}


def test_a_body_beyond_the_limit_is_refused(peer: Start, multi: Multi) -> None:
    multi.start(peer(lambda wire: wire.serve(b"x" * (MAX_BODY + 1))).url, [], 1)

    assert [cause_of(one) for one in collect(multi)] == [Cause.CORRUPT]


def test_silence_is_a_stall(peer: Start, multi: Multi) -> None:
    def stall(wire: Wire) -> None:
        wire.request()
        wire.hold()

    multi.start(peer(stall).url, [], 1)

    assert [cause_of(one) for one in collect(multi)] == [Cause.STALL]


def test_a_request_on_a_kept_connection_is_sent_once(peer: Start, multi: Multi) -> None:
    def once(wire: Wire) -> None:
        wire.request()
        wire.answer(b"first")
        wire.request()

    server = peer(once)
    multi.start(server.url, [], 1)
    collect(multi)

    multi.start(server.url, [], 2)
    (answer,) = collect(multi)

    assert cause_of(answer) is Cause.RESET
    assert len(server.requests) == 2


def test_a_connection_whose_end_was_announced_is_not_used_again(peer: Start, multi: Multi) -> None:
    def once(wire: Wire) -> None:
        wire.request()
        wire.answer(b"a", "Connection: close")

    server = peer(once)
    for number in range(3):
        multi.start(server.url, [], number)
        assert [one.body for one in collect(multi)] == [b"a"]
        server.wait_closed()

    assert server.connections == 3


def test_what_is_dropped_is_told_and_the_rest_works_on(peer: Start, multi: Multi) -> None:
    def stall(wire: Wire) -> None:
        wire.request()
        wire.hold()

    silent = peer(stall)
    for number in range(3):
        multi.start(silent.url, [], number)
    multi.poll(0.0)

    assert sorted(multi.abort()) == [0, 1, 2]
    assert len(multi) == 0
    multi.start(peer(lambda wire: wire.serve(b"x")).url, [], 9)

    assert [one.token for one in collect(multi)] == [9]


def test_polling_for_nothing_returns_nothing(multi: Multi) -> None:
    assert multi.poll(0.0) == []


def test_closing_drops_what_is_under_way(peer: Start, http: Http) -> None:
    server = peer(lambda wire: wire.serve(b"x"), Wire.hold)
    multi = Multi(http)
    multi.start(server.url, [], 1)
    collect(multi)
    multi.start(server.url, [], 2)
    multi.poll(0.0)

    multi.close()

    assert len(multi) == 0
    server.wait_closed()
