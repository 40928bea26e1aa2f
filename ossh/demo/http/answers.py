"""Answers: status, headers, content, and how the bytes are to be delivered."""

import asyncio
import base64
import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from xml.sax.saxutils import escape

from ossh.demo.content.bodies import Content, Generated, Stored, crc64_of
from ossh.demo.refusal import Refusal

SMALL = 64 * 1024  # bytes of body up to which head and body leave in one write
_CRC_HEADER = "x-oss-hash-crc64ecma"
_EC = "0001-00000000"  # the finer number of an error, where none is known
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Answer:
    """An answer. The body is `content[start:stop]`, announced but not sent for HEAD.

    `crc_of` is what the checksum header speaks of (None: no such header), `crc_change` is XORed in.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: Content = field(default_factory=lambda: Stored(b""))
    start: int = 0
    stop: int = 0
    crc_of: Content | None = None
    crc_change: int = 0
    close: bool = False
    is_usual: bool = True  # whether it is sent as usual; if not, the rest says how
    delay_seconds: float = 0.0  # silence before the first byte
    held_until: asyncio.Event | None = None  # silence before the first byte, too
    reset: bool = False  # no answer at all: RST
    endless: bytes = b""  # sent instead of the answer, again and again
    stop_after: int | None = None  # bytes of body after which the connection ends
    abrupt: bool = False  # it ends with RST instead of FIN
    silence_seconds: float = 0.0  # it falls silent that long before it ends
    bytes_per_second: float = 0.0  # 0: as fast as it goes
    slow_until: asyncio.Event | None = None  # from then on as fast as it goes, too
    chunked: bool = False  # Transfer-Encoding: chunked, no length
    flood: bytes = b""  # follows the body again and again
    extra: bytes = b""  # appended to the body and counted in its length

    @property
    def length(self) -> int:
        """The announced bytes of the body."""
        return self.stop - self.start + len(self.extra)

    @property
    def rate(self) -> float:
        """The bytes per second that are due now; 0: as fast as it goes."""
        is_over = self.slow_until is not None and self.slow_until.is_set()
        return 0.0 if is_over else self.bytes_per_second

    @property
    def is_slow(self) -> bool:
        """Whether the answer needs a long checksum, and must not hold up others."""
        return isinstance(self.crc_of, Generated) and self.crc_of.size > SMALL

    def head(self, *, keep_alive: bool) -> bytes:
        """Return the status line and the headers, ended by the empty line."""
        headers = self.headers
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unknown')}"]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append(f"Content-Length: {self.length}")
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.crc_of is not None:
            lines.append(f"{_CRC_HEADER}: {crc64_of(self.crc_of) ^ self.crc_change}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=4096)
def http_date(moment: float) -> str:
    """Return an RFC 1123 date, such as Wed, 25 Nov 2026 08:50:39 GMT."""
    return formatdate(int(moment), usegmt=True)


@lru_cache(maxsize=4096)
def iso_date(moment: float) -> str:
    """Return a date as listings show it, such as 2026-11-25T08:50:39.000Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))


_numbers = itertools.count(int.from_bytes(secrets.token_bytes(8), "big") << 32)


def new_request_id() -> str:
    """Return 24 hexadecimal digits, unique in this process."""
    return f"{next(_numbers):024X}"


def common_headers(request_id: str, now: float) -> dict[str, str]:
    return {
        "Server": "AliyunOSS",
        "Date": http_date(int(now)),
        "x-oss-request-id": request_id,
        "x-oss-server-time": "1",
    }


def document(name: str, *contents: str) -> bytes:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>{"".join(contents)}</{name}>\n'
    return text.encode("utf-8", "surrogateescape")


def elements(texts: Mapping[str, str]) -> str:
    """Return elements that hold texts, which are escaped already."""
    return "".join(f"  <{name}>{text}</{name}>\n" for name, text in texts.items())


def with_body(status: int, data: bytes, kind: str = "application/xml") -> Answer:
    return Answer(status, {"Content-Type": kind}, Stored(data), 0, len(data))


def refused(refusal: Refusal, method: str, request_id: str, host: str) -> Answer:
    """Return an error answer; without a body, but with x-oss-err, for HEAD."""
    facts = {
        "Code": refusal.code,
        "Message": refusal.message,
        "RequestId": request_id,
        "HostId": host,
        **refusal.details,
        "EC": _EC,
        "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={_EC}",
    }
    xml = document("Error", elements({name: escape(text) for name, text in facts.items()}))
    if method == "HEAD":
        answer = Answer(refusal.status)
        answer.headers["x-oss-err"] = base64.b64encode(xml).decode()
    else:
        answer = with_body(refusal.status, xml)
    answer.headers |= {"x-oss-ec": _EC, **refusal.headers}
    return answer
