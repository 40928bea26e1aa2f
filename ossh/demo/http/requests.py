"""HTTP/1.1 requests, read strictly: bytes in, a `Request` out. No sockets here."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

MAX_HEAD = 64 * 1024  # bytes of request line and headers that are read before giving up
MAX_BODY = 2 << 30  # bytes of a body, likewise

_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.([01])")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(r"[\x00\r\n]")


class Malformed(Exception):
    """The bytes are not a request; the connection cannot be used any more."""


@dataclass(slots=True)
class Request:
    """One request, decoded.

    `path` and `query` are decoded text (`+` is a space in both); bytes that are not UTF-8 became
    lone surrogates. Header names are lower-case.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    keep_alive: bool = True
    body: bytes = field(default=b"", repr=False)

    @property
    def host(self) -> str:
        """The requested host, without the port, lower-case."""
        return self.headers.get("host", "").partition(":")[0].lower()


def parse_head(head: bytes) -> Request:
    """Return the request of a head, given without the empty line that ends it.

    Raises:
        Malformed: For anything RFC 9112 does not allow, folded lines included.
    """
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    if (match := _LINE.fullmatch(lines[0])) is None:
        raise Malformed("request line")
    method, target, minor = match.groups()
    headers = _headers(lines[1:])
    if target.startswith("http://"):  # sent to us as to a proxy: the host is the target's
        host, _, rest = target[7:].partition("/")
        headers["host"], target = host, "/" + rest
    if not target.startswith("/"):
        raise Malformed("request target")
    if "host" not in headers and minor == "1":
        raise Malformed("no host")
    path, _, query = target.partition("?")
    token = headers.get("connection", "").lower()
    alive = token == "keep-alive" if minor == "0" else token != "close"
    return Request(method, _decoded(path), _parameters(query), headers, alive)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or _NAME.fullmatch(name) is None or _FORBIDDEN.search(value):
            raise Malformed("header line")
        name = name.lower()
        value = value.strip(" \t")
        if name in headers:
            if name in {"host", "content-length", "authorization", "transfer-encoding"}:
                raise Malformed(f"two {name} headers")
            value = f"{headers[name]},{value}"
        headers[name] = value
    return headers


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    raw = unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        parameters[_decoded(name)] = _decoded(value)
    return parameters


def body_length(request: Request) -> int:
    """Return how many bytes of body follow the head.

    Raises:
        Malformed: For chunked bodies, which no client of ours sends, and absurd lengths.
    """
    if "transfer-encoding" in request.headers:
        raise Malformed("transfer-encoding")
    length = request.headers.get("content-length")
    if length is None:
        return 0
    if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY:
        raise Malformed("content-length")
    return int(length)
