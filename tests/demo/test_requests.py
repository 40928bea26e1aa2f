"""Reading requests strictly."""

import pytest

from ossh.demo.http import requests


def test_request_is_decoded() -> None:
    head = (
        "GET /b/a+b%2Bc%2Fd%C3%A9?prefix=x%2Fy+z&symlink HTTP/1.1\r\n"
        "Host: Example.com:8080\r\nX-Oss-Meta-A:  two words \r\nx-oss-meta-a: again"
    )

    request = requests.parse_head(head.encode())

    assert (request.method, request.path) == ("GET", "/b/a b+c/d\u00e9")
    assert request.query == {"prefix": "x/y z", "symlink": ""}
    assert (request.host, request.keep_alive) == ("example.com", True)
    assert request.headers["x-oss-meta-a"] == "two words,again"


def test_request_to_a_proxy_names_its_host() -> None:
    request = requests.parse_head(b"GET http://b.example.com/k HTTP/1.1\r\nHost: other")

    assert (request.host, request.path) == ("b.example.com", "/k")


@pytest.mark.parametrize(
    ("version", "token", "alive"),
    [("1.1", "x", True), ("1.1", "close", False), ("1.0", "x", False), ("1.0", "keep-alive", True)],
)
def test_connection_lives_as_the_version_says(version: str, token: str, alive: bool) -> None:  # noqa: FBT001 - a parameter
    head = f"GET / HTTP/{version}\r\nHost: x\r\nConnection: {token}"

    assert requests.parse_head(head.encode()).keep_alive is alive


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /",
        b"get / HTTP/1.1\r\nHost: x",
        b"GET  / HTTP/1.1\r\nHost: x",
        b"GET / HTTP/2.0\r\nHost: x",
        b"GET https://x/ HTTP/1.1\r\nHost: x",
        b"GET * HTTP/1.1\r\nHost: x",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: y",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon",
        b"GET / HTTP/1.1\r\nHost: x\r\nname : y",
        b"GET / HTTP/1.1\r\nHost: x\r\nname: a\x00b",
        b"GET / HTTP/1.1\r\nHost: x\r\nname: a\nb: c",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y",
    ],
)
def test_malformed_head_is_refused(head: bytes) -> None:
    with pytest.raises(requests.Malformed):
        requests.parse_head(head)


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: -1",
        "Content-Length: 1e3",
        "Content-Length: \u0661",
        "Content-Length: 99999999999999",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked",
    ],
)
def test_doubtful_body_length_is_refused(lines: str) -> None:
    request = requests.parse_head(f"PUT / HTTP/1.1\r\nHost: x\r\n{lines}".encode())

    with pytest.raises(requests.Malformed):
        requests.body_length(request)
