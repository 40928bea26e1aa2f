"""Http: whole answers and their limits."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pycurl
import pytest

from ossh.model import Cause, Failure
from ossh.network import Http, Pool, Response
from ossh.network.http import AHEAD, MAX_ANSWER, parse_headers
from tests.unit.network.peer import Peer, Script, Wire, after_request, hang_up, unused_port

Start = Callable[..., Peer]
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"  # of a body of 10 bytes


def serve(body: bytes = b"hello", *headers: str) -> Callable[[Wire], None]:
    return lambda wire: wire.serve(body, *headers)


def got(answer: Response | Failure) -> Response:
    assert isinstance(answer, Response), answer
    return answer


def cause_of(answer: Response | Failure) -> Cause:
    assert isinstance(answer, Failure)
    assert answer.code
    assert answer.message
    return answer.cause


# Answers


def test_an_answer_comes_whole_with_lower_case_header_names(peer: Start, http: Http) -> None:
    answer = http.request(peer(serve(b"hello", "X-Oss-Request-Id: 5C3D")).url, [])

    assert answer == Response(200, {"content-length": "5", "x-oss-request-id": "5C3D"}, b"hello")


def test_headers_are_sent_as_they_are_signed(peer: Start, http: Http) -> None:
    server = peer(serve())

    http.request(f"{server.url}/a/../b?c=%2F", ["Authorization: OSS4 x", "Date: now"])

    head = server.requests[0].decode()
    assert head.startswith("GET /a/../b?c=%2F HTTP/1.1\r\n")
    assert "Authorization: OSS4 x\r\nDate: now\r\n" in head
    assert "User-Agent: ossh\r\n" in head
    http.request(server.url, [])
    assert b"OSS4" not in server.requests[1]


@pytest.mark.fault("F20")
def test_answers_of_any_status_are_answers_and_redirects_are_not_followed(
    peer: Start, http: Http
) -> None:
    def redirect(wire: Wire) -> None:
        wire.request()
        wire.answer(b"no", "Location: http://127.0.0.1:1/", status="302 Found")

    answer = got(http.request(peer(redirect).url, []))

    assert (answer.status, answer.body) == (302, b"no")


def test_a_head_has_no_body_and_the_next_get_has_one(peer: Start, http: Http) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        wire.serve(b"body")

    server = peer(script)
    head = got(http.request(server.url, [], method="HEAD"))
    get = got(http.request(server.url, []))

    assert (head.headers["content-length"], head.body) == ("999", b"")
    assert get.body == b"body"
    assert [one.split()[0] for one in server.requests] == [b"HEAD", b"GET"]
    assert server.connections == 1


def test_several_threads_may_ask_at_once(peer: Start, http: Http) -> None:
    server = peer(serve(b"x" * 1000))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: http.request(server.url, []), range(40)))

    assert {isinstance(one, Response) and len(one.body) for one in answers} == {1000}
    assert len(server.requests) == 40
    assert server.connections <= 4


def test_closing_lets_go_of_kept_connections(peer: Start, http: Http) -> None:
    server = peer(serve())
    http.request(server.url, [])

    http.close()
    server.wait_closed()
    http.request(server.url, [])

    assert server.connections == 2


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_asked(
    peer: Start, http: Http, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy = peer(serve(b"by proxy"))
    monkeypatch.setenv(name, proxy.url)

    answer = got(http.request("http://bucket.oss.invalid/key", []))

    assert answer.body == b"by proxy"
    assert proxy.requests[0].startswith(b"GET http://bucket.oss.invalid/key HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("name", "value"), [("NO_PROXY", "localhost,127.0.0.1"), ("REQUEST_METHOD", "GET")]
)
def test_a_proxy_in_upper_case_is_left_for_its_exceptions_and_in_a_cgi_program(
    peer: Start, http: Http, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if sys.platform == "win32" and name == "REQUEST_METHOD":
        pytest.skip("variables have no case there")
    server = peer(serve(b"direct"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    assert isinstance(http.request(server.url, []), Failure)
    monkeypatch.setenv(name, value)

    answer = got(http.request(server.url, []))

    assert answer.body == b"direct"


# Failures, for real


@pytest.mark.parametrize("said", [("initializing curl failed",), (pycurl.E_OUT_OF_MEMORY, "")])
def test_what_libcurl_says_without_memory_is_told_as_that(
    http: Http, monkeypatch: pytest.MonkeyPatch, said: tuple[object, ...]
) -> None:
    def refuse() -> None:
        raise pycurl.error(*said)

    monkeypatch.setattr(pycurl, "Curl", refuse)

    with pytest.raises(MemoryError):
        http.request("http://127.0.0.1/", ())


@pytest.mark.fault("F20")
def test_tls_to_a_port_that_speaks_none_is_an_error_of_its_own(peer: Start, http: Http) -> None:
    def plain(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wire.hold()

    answer = http.request(f"https://127.0.0.1:{peer(plain).port}", [])

    assert cause_of(answer) is Cause.TLS


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificates_come_from_where_the_environment_says(
    peer: Start, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "missing.pem"))

    answer = http.request(f"https://127.0.0.1:{peer(Wire.hold).port}", [])

    assert cause_of(answer) is Cause.TLS
    assert isinstance(answer, Failure)
    assert "missing.pem" in answer.message


def test_an_answer_that_drips_is_waited_for_as_long_as_is_said(peer: Start) -> None:
    def drip(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            wire.send(b"x" * 1000)
            wire.wait(0.05)

    http = Http()
    url = peer(drip, serve()).url

    assert cause_of(http.request(url, [], limit_seconds=1)) is Cause.TIMEOUT
    assert isinstance(http.request(url, []), Response)
    http.close()


@pytest.mark.parametrize("head", ["Content-Length: 70000\r\n", ""])
def test_more_than_was_asked_for_is_refused(peer: Start, http: Http, head: str) -> None:
    script = after_request(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + b"x" * 70_000, then=hang_up)

    assert cause_of(http.request(peer(script).url, [], limit=1000)) is Cause.CORRUPT
    assert isinstance(http.request(peer(script).url, [], limit=70_000), Response)


@pytest.mark.parametrize(
    ("script", "causes"),
    [
        pytest.param(after_request(CUT, then=hang_up), {Cause.SHORT_BODY}, id="cut"),
        pytest.param(after_request(then=hang_up), {Cause.RESET}, id="no answer"),
        pytest.param(
            after_request(CUT, then=Wire.reset), {Cause.RESET, Cause.SHORT_BODY}, id="broken off"
        ),
        pytest.param(after_request(), {Cause.STALL}, id="silence", marks=pytest.mark.fault("F18")),
        pytest.param(after_request(b"220 ESMTP\r\n", then=hang_up), {Cause.RESET}, id="no HTTP"),
        pytest.param(
            after_request(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER + 1)),
            {Cause.CORRUPT},
            id="beyond all measure",
        ),
    ],
)
def test_an_answer_that_does_not_come_whole_is_a_failure_and_the_next_request_works(
    peer: Start, http: Http, script: Script, causes: set[Cause]
) -> None:
    server = peer(script, serve())

    assert cause_of(http.request(server.url, [])) in causes
    assert isinstance(http.request(server.url, []), Response)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///etc/hostname"])
def test_no_other_protocol_is_spoken(http: Http, url: str) -> None:
    assert cause_of(http.request(url, [])) is Cause.RESET


# Connections made ahead


def connected_ahead(server: Peer, http: Http) -> None:
    """Make connections ahead, and wait until they are made; to ask twice makes no more."""
    http.connect_ahead(server.url)
    http.connect_ahead(f"{server.url}/key")
    for thread in threading.enumerate():
        if thread.name == "ossh-connect":
            thread.join()


def test_requests_find_connections_that_were_made_ahead(peer: Start, http: Http) -> None:
    server = peer(serve())
    connected_ahead(server, http)

    with closing(Pool(http)) as pool:
        for number in range(AHEAD + 1):
            pool.start(server.url, [], number)
        answers = []
        while pool:
            answers += pool.poll(0.1)

    assert [answer.body for answer in answers] == [b"hello"] * (AHEAD + 1)
    assert server.connections == AHEAD + 1


def test_connections_are_not_made_ahead_where_no_thread_can_be_started(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        text = "can't start new thread"
        raise RuntimeError(text)

    monkeypatch.setattr(threading.Thread, "start", refuse)

    http.connect_ahead("http://127.0.0.1:1")

    assert http.take_ready("http://127.0.0.1:1") is None


def test_a_connection_that_ended_before_it_was_needed_is_not_used(peer: Start, http: Http) -> None:
    server = peer(*[lambda _wire: None] * AHEAD, serve())
    connected_ahead(server, http)
    for _ in range(AHEAD):
        server.wait_closed()

    with closing(Pool(http)) as pool:
        pool.start(server.url, [], "")
        while not (answers := pool.poll(0.1)):
            pass

    assert [answer.body for answer in answers] == [b"hello"]


def test_connections_that_nobody_needed_are_closed(peer: Start, http: Http) -> None:
    server = peer(serve())
    connected_ahead(server, http)

    http.close()

    for _ in range(AHEAD):
        server.wait_closed()


# What errors mean


def test_header_lines_become_a_dictionary_without_status_lines() -> None:
    lines = [b"HTTP/1.1 200 a: b\r\n", b'ETag: "x:y"\r\n', b"X-A:  \xe9 \r\n", b"odd\r\n", b"\r\n"]

    assert parse_headers(lines) == {"etag": '"x:y"', "x-a": "é"}


@pytest.mark.fault("F33")
@pytest.mark.parametrize(
    ("first", "endless"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"More: of this\r\n" * 1000),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"More: of this\r\n" * 1000,
        ),
    ],
    ids=["interim answers", "headers", "trailers"],
)
def test_what_is_no_body_comes_to_an_end(
    http: Http, peer: Start, first: bytes, endless: bytes
) -> None:
    def script(wire: Wire) -> None:
        wire.request()
        wire.send(first)
        while True:
            wire.send(endless)

    server = peer(script)

    assert cause_of(http.request(server.url, [])) is Cause.RESET
    server.wait_closed()
