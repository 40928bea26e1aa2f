"""Answer: an HTTP/1.1 answer read as its bytes arrive, compared with Python's own reader."""

import io
import sys
from http import HTTPStatus
from http.client import HTTPResponse
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import Cause
from ossh.network import ResponseParser
from ossh.network.response_parser import MAX_HEAD, MAX_OTHER

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
OF_OSS = b"x-oss-request-id: 5C3D\r\n"


def fed(*pieces: bytes, is_head: bool = False) -> tuple[ResponseParser, list[bool]]:
    """Return an answer after some pieces, and what each of them made of it."""
    answer = ResponseParser("token", is_head=is_head)
    return answer, [answer.feed(piece) for piece in pieces]


def cause_of(answer: ResponseParser) -> Cause | None:
    return answer.failure.cause if answer.failure else None


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """Return the data cut at some places."""
    at = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:stop] for start, stop in pairwise(at)]


def test_a_body_where_none_may_be_ends_the_connection() -> None:
    answer, complete = fed(OK + b"Content-Length: 4\r\n\r\nbody", is_head=True)

    assert complete == [True]
    assert (answer.failure, answer.keeps_alive) == (None, False)


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    answer, complete = fed(f"HTTP/1.1 {status} x\r\nContent-Length: 9\r\n\r\n".encode())

    assert complete == [True]
    assert answer.status == status


def test_any_number_of_interim_answers_may_come() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    answer, complete = fed(interim * 500 + OK + b"Content-Length: 1\r\n\r\nx")

    assert (complete, answer.body) == ([True], b"x")


@pytest.mark.parametrize(
    ("head", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_a_connection_is_kept_when_both_sides_mean_to(head: bytes, *, keeps_alive: bool) -> None:
    answer, complete = fed(head + b"Content-Length: 1\r\n\r\nx")

    assert complete == [True]
    assert answer.keeps_alive is keeps_alive


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    answer, complete = fed(OK + b"\r\n", b"all ", b"of it")
    answer.end()

    assert complete == [False, False, False]
    assert (answer.body, answer.failure, answer.keeps_alive) == (b"all of it", None, False)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", Cause.RESET),
        (b"HTTP/1.1 200", Cause.RESET),
        (OK + b"Content-Length: 9\r\n\r\nshort", Cause.SHORT_BODY),
        (CHUNKED + b"4\r\nbody\r\n", Cause.SHORT_BODY),
    ],
)
def test_a_connection_that_ends_too_early_is_a_failure(data: bytes, cause: Cause) -> None:
    answer, complete = fed(data)
    answer.end()

    assert complete == [False]
    assert cause_of(answer) is cause
    assert not answer.keeps_alive


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        *(CHUNKED + size + b"\r\nhello\r\n" for size in (b"-5", b"+5", b"0x5", b"1_0", b"", b"x")),
        CHUNKED + b"4\r\nbodyXX0\r\n\r\n",
        CHUNKED + b"0" * 17 + b"4\r\nbody",
        CHUNKED + b"1" * (MAX_HEAD + 1),
        CHUNKED + b"1;x=%s\r\n \r\n" % (b"x" * 999) * 99,
        CHUNKED + b"4\r\nbody\r\n0\r\n" + b"More: of this\r\n" * 9999,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9999,
        b"x" * (MAX_HEAD + 1),
    ],
)
@pytest.mark.parametrize("step", [1000, sys.maxsize])
def test_what_is_no_answer_ends_the_connection(data: bytes, step: int) -> None:
    answer, complete = fed(*(data[at : at + step] for at in range(0, len(data), step)))

    assert any(complete)
    assert cause_of(answer) is Cause.RESET
    assert not answer.keeps_alive


@pytest.mark.parametrize("size", [b"", b"x"])
def test_a_size_that_is_none_is_told(size: bytes) -> None:
    answer, _complete = fed(CHUNKED + size + b"\r\nhello\r\n")

    assert answer.failure is not None
    assert answer.failure.message == f"not an HTTP answer: a chunk's size is {size!r}"


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 2\r\n\r\nbody",
        OK + f"Content-Length: {MAX_OTHER + 1}\r\n\r\n".encode(),
        OK + b"\r\n" + b"x" * (MAX_OTHER + 1),
        CHUNKED + b"%x\r\n" % (MAX_OTHER * 2) + b"x" * (MAX_OTHER + 1),
        CHUNKED + b"1\r\nx\r\n0\r\n\r\nmore",
        OK + b"Content-Length: 0\r\n\r\nmore",
    ],
)
def test_more_than_was_announced_or_can_be_is_refused(data: bytes) -> None:
    answer, complete = fed(data)

    assert complete == [True]
    assert cause_of(answer) is Cause.CORRUPT
    assert not answer.keeps_alive


@pytest.mark.parametrize("framing", [b"Content-Length: 999999\r\n", b""])
def test_the_long_body_of_an_error_is_cut_off(framing: bytes) -> None:
    answer = ResponseParser("token", sys.maxsize)
    sent = (b"HTTP/1.1 503 Slow Down\r\n" + framing + b"\r\n", b"x" * MAX_OTHER, b"x")

    assert [answer.feed(piece) for piece in sent] == [False, False, True]
    assert (answer.status, len(answer.body), answer.failure) == (503, MAX_OTHER, None)
    assert not answer.keeps_alive


@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"])
def test_a_body_may_be_as_long_as_was_asked_for(framing: bytes) -> None:
    answer = ResponseParser("token", 4)

    complete = [answer.feed(OK + (framing or b"\r\n")), answer.feed(b"body"), answer.feed(b"!")]

    assert complete == [False, False, True]
    assert cause_of(answer) is Cause.CORRUPT
    assert answer.received == 4


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (OK + OF_OSS + b"Content-Length: 4\r\n\r\nbody", None),
        (b"HTTP/1.1 206 Partial Content\r\n" + OF_OSS + b"Content-Length: 0\r\n\r\n", None),
        (OK + b"Content-Length: 4\r\n\r\nbody", Cause.NOT_OSS),
        (OK + OF_OSS + b"Content-Length: 5\r\n\r\nbody", Cause.SHORT_BODY),
        (b"HTTP/1.1 404 Not Found\r\n" + OF_OSS + b"Content-Length: 0\r\n\r\n", Cause.GONE),
        (b"HTTP/1.1 503 Busy\r\n" + OF_OSS + b"Content-Length: 5\r\n\r\n", Cause.THROTTLED),
        (b"HTTP/1.1 2", Cause.RESET),
    ],
)
def test_a_status_tells_why_there_is_no_success_even_if_its_answer_broke_off(
    data: bytes, cause: Cause | None
) -> None:
    answer, _complete = fed(data)
    if not answer.is_complete:
        answer.end()

    why = answer.refusal(HTTPStatus.PARTIAL_CONTENT)

    assert (why and why.cause) == cause


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Make the bytes of a well-formed answer."""
    body = draw(st.binary(max_size=300))
    names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8).map("x-{}".format)
    values = st.text(st.characters(codec="iso-8859-1", exclude_categories=["Cc"]), max_size=12)
    headers = draw(st.dictionaries(names, values, max_size=4))
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if draw(st.booleans()):
        lines.append(f"Content-Length: {len(body)}")
        tail = body
    else:
        lines.append("Transfer-Encoding: chunked")
        step = draw(st.integers(1, 100))
        chunks = [body[at : at + step] for at in range(0, len(body), step)]
        tail = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"
    head = "\r\n".join(["HTTP/1.1 206 Partial", *lines, "", ""])
    return head.encode("iso-8859-1") + tail


class _Socket:
    """What `HTTPResponse` reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


@given(data=responses(), cuts=st.lists(st.integers(0, 2000), max_size=8))
def test_however_the_bytes_arrive_the_answer_is_what_python_reads(
    data: bytes, cuts: list[int]
) -> None:
    expected = HTTPResponse(cast("Any", _Socket(data)), method="GET")
    expected.begin()

    answer, complete = fed(*pieces(data, cuts))

    assert complete == [False] * (len(complete) - 1) + [True]
    assert (answer.status, answer.body) == (expected.status, expected.read())
    assert answer.keeps_alive
    assert answer.failure is None


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=4))
def test_no_bytes_whatever_raise(data: bytes, cuts: list[int]) -> None:
    for start in (b"", OK, CHUNKED):
        answer, complete = fed(*pieces(start + data, cuts))
        if not any(complete):
            answer.end()

        assert answer.failure is None or not answer.keeps_alive
