"""An HTTP/1.1 answer, read as its bytes arrive. Pure.

Python's own parser needs a stream that blocks; a thread with hundreds of connections has none. It
also reads a head as the head of an email, which takes ten times as long.

Source: RFC 9112, sections 4 to 7.
"""

from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any

from ossh import protocol
from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.network.transport_errors import TOO_LONG

# Bytes of a body that nobody asked for, such as that of an error; the service's are below 4 KiB.
MAX_OTHER = 64 * 1024
# Of what comes beside a body: all heads, interim ones too, what follows the body, and what its
# chunks have beside their sizes. So much again may each time that more of the body came.
MAX_HEAD = 64 * 1024
_BESIDE_A_BYTE = 16  # of a chunk
_MAX_DIGITS = 16  # of a chunk's size

_START = b"HTTP/1."
_HEAD_END = b"\r\n\r\n"
_BODILESS = frozenset({204, 304})
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_EXTRA = Failure(Cause.CORRUPT, "body too long", Words("more bytes arrived than announced"))
_TOO_LONG = Failure(Cause.CORRUPT, "body too long", TOO_LONG)


class _Frame(Enum):
    """What the next bytes are part of, and what ends it."""

    HEAD = "head"  # an empty line
    LENGTH = "length"  # a known number of bytes
    CHUNKS = "chunks"  # an empty chunk
    END = "end"  # the end of the connection


@dataclass(slots=True, eq=False, repr=False)
class ResponseParser:
    """Reads the answer to one request.

    Its body is kept until the end, or until the caller takes what has come of it.
    """

    token: Any  # identifies the request for the caller
    limit: int = MAX_OTHER  # bytes of a body: longer ones fail at once, those of errors are cut off
    is_head: bool = False  # whether it is a HEAD, whose answer has a length but no body
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    failure: Failure | None = None  # why there is no answer
    keeps_alive: bool = True
    is_complete: bool = False  # nothing more belongs to it
    received: int = 0  # bytes of the body
    _data: bytes = b""  # not parsed yet: a part of the head, or of what frames a chunk
    _pieces: list[bytes] = field(default_factory=list)  # of the body, unless they were taken
    _frame: _Frame = _Frame.HEAD
    _head_budget: int = MAX_HEAD
    _missing: int = 0  # bytes still to come of the body, or of the chunk
    _gap: bytes = b""  # what stands before the size of the next chunk

    @property
    def body(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    @property
    def due(self) -> int:
        """Return how many bytes come next that are of the body and nothing else."""
        return self._missing if self._frame is _Frame.LENGTH and self.is_success else 0

    def take(self) -> bytes:
        """Return what has come of the body, and keep it no longer."""
        body, self._pieces = self.body, []
        return body

    def skip(self, count: int) -> None:
        """Count bytes that were due, and have gone elsewhere."""
        self.received += count
        self._missing -= count
        self.is_complete = self.is_complete or self._missing == 0

    def feed(self, data: bytes) -> bool:
        """Read further bytes; return True when the answer is complete, or has failed."""
        try:
            self.is_complete = self._take(data)
        except ValueError as error:
            text = Words("not an HTTP answer: {reason}", reason=error.args[0])
            return self.fail(Failure(Cause.RESET, "bad answer", text))
        return self.is_complete

    def end(self) -> None:
        """Handle the end of the connection."""
        if self._frame is _Frame.END:
            self.keeps_alive = False
            self.is_complete = True
        elif self._frame is _Frame.HEAD:
            text = Words("the connection was lost before an answer arrived")
            self.fail(Failure(Cause.RESET, "no answer", text))
        else:
            text = Words("the connection ended in the middle of a body")
            self.fail(Failure(Cause.SHORT_BODY, "short body", text))

    def abandon(self) -> None:
        """Want no more of the answer; its connection cannot be used again."""
        self.keeps_alive = False
        self.is_complete = True

    def fail(self, failure: Failure) -> bool:
        """Give up on the answer; its connection cannot be used again."""
        self.failure = failure
        self.abandon()
        return True

    def _take(self, data: bytes) -> bool:
        if self._frame is _Frame.HEAD:
            return self._take_head(data)
        if self._frame is _Frame.CHUNKS:
            return self._take_chunks(data)
        return self._take_body(data)

    def _take_head(self, data: bytes) -> bool:
        """Read the head, skipping those of interim answers (1xx)."""
        data = self._data + data if self._data else data
        while (end := data.find(_HEAD_END)) >= 0:
            self._spend(end)
            is_complete = self._read_head(data[:end])
            data = data[end + len(_HEAD_END) :]
            if self.status:
                self._data = b""
                return self._after_head(data, is_complete=is_complete)
        if not _START.startswith(data[: len(_START)]):
            raise _odd_start(data)
        return self._hold(data)

    def _hold(self, data: bytes) -> bool:
        """Keep what is not complete, unless it is too long; return False."""
        self._data = data
        if len(data) > self._head_budget:
            self._spend(len(data))
        return False

    def _spend(self, size: int) -> None:
        """Count bytes outside the body against their limit."""
        self._head_budget -= size
        if self._head_budget < 0:
            raise ValueError(Words("its headers never end"))

    def _after_head(self, data: bytes, *, is_complete: bool) -> bool:
        if not data or self.failure is not None:
            return is_complete
        if not is_complete:
            return self._take(data)
        if self._frame is not _Frame.HEAD:
            return self.fail(_EXTRA)
        self.keeps_alive = False  # a body where none is allowed
        return True

    def _read_head(self, head: bytes) -> bool:
        """Read status and headers; True when no body follows."""
        line, _, rest = head.decode("iso-8859-1").partition("\r\n")
        version, _, status = line.partition(" ")
        if not version.startswith("HTTP/1.") or not status[:3].isdigit():
            raise _odd_start(head)
        code = int(status[:3])
        if code < 200:  # noqa: PLR2004 - interim answers
            return False
        headers = self.headers
        for text in rest.split("\r\n"):
            name, _, value = text.partition(":")
            name, value = name.lower(), value.strip()
            if name == "content-length" and headers.get(name, value) != value:
                raise ValueError(Words("it has two lengths"))
            headers[name] = value
        self.status = code
        if not self.is_success:
            self.limit = MAX_OTHER
        connection = headers.get("connection", "").lower()
        self.keeps_alive = (
            "close" not in connection if version != "HTTP/1.0" else connection == "keep-alive"
        )
        if self.is_head or code in _BODILESS:
            return True
        return self._expect_body()

    def _expect_body(self) -> bool:
        """Find out how the body ends; return True when there is none, or too much."""
        length = self.headers.get("content-length")
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            if length is not None:
                raise ValueError(Words("it has both a length and chunks"))
            self._frame = _Frame.CHUNKS
            return False
        if length is None:
            self._frame = _Frame.END
            return False
        if not (length.isascii() and length.isdigit()):
            raise ValueError(Words("its length is {length!r}", length=length[:40]))
        self._frame = _Frame.LENGTH
        self._missing = int(length[:_MAX_DIGITS])
        if self._missing > self.limit and self.is_success:
            return self.fail(_TOO_LONG)
        return self._missing == 0

    @property
    def is_success(self) -> bool:
        return self.status // 100 == 2  # noqa: PLR2004 - as HTTP has it

    def refusal(self, *also: HTTPStatus) -> Failure | None:
        """Return why this is no success of OSS, None if it is; `also` are other successes.

        A status of failure tells enough, even if the answer broke off.
        """
        if self.failure is not None and (self.is_success or not self.status):
            return self.failure
        return protocol.refusal(self.status, self.headers, self.body, *also)

    def _take_body(self, data: bytes) -> bool:
        if self._frame is _Frame.END:
            return self._keep(data)
        self._missing -= len(data)
        if self._missing < 0:
            return self.fail(_EXTRA)
        return self._keep(data) or self._missing == 0

    def _keep(self, data: bytes) -> bool:
        """Keep bytes of the body; return True when they are too many, which ends the answer."""
        room = self.limit - self.received
        if len(data) <= room:
            self._pieces.append(data)
            self.received += len(data)
            return False
        if self.is_success:
            return self.fail(_TOO_LONG)
        self._pieces.append(data[:room])
        self.received = self.limit
        self.keeps_alive = False
        return True

    def _take_chunks(self, data: bytes) -> bool:
        """Read chunks as far as they have come, and keep what frames the next one."""
        data = self._data + data if self._data else data
        position = 0
        while True:
            piece = data[position : position + self._missing]
            position += len(piece)
            self._missing -= len(piece)
            if piece and self._keep(piece):
                return True
            budget = self._head_budget + len(piece) * _BESIDE_A_BYTE
            self._head_budget = min(MAX_HEAD, budget)
            line_end = data.find(b"\r\n", position + len(self._gap))
            if self._missing or line_end < 0:
                break
            if not data.startswith(self._gap, position):
                raise ValueError(Words("a chunk is longer than it says"))
            size = self._chunk_size(data[position + len(self._gap) : line_end])
            if size == 0:
                return self._take_trailer(data, line_end + 2, position)
            self._missing, self._gap, position = size, b"\r\n", line_end + 2
        return self._hold(data[position:])

    def _take_trailer(self, data: bytes, start: int, last_chunk: int) -> bool:
        """Return whether the empty line after the last chunk and its trailers has arrived."""
        end = start - 2 if data.startswith(b"\r\n", start) else data.find(_HEAD_END, start)
        if end < 0:
            return self._hold(data[last_chunk:])
        if len(data) > end + len(_HEAD_END):
            return self.fail(_EXTRA)
        return True

    def _chunk_size(self, line: bytes) -> int:
        """Return the size in the first line of a chunk, whose extensions are ignored."""
        digits = line.partition(b";")[0].strip()
        self._spend(len(line) - len(digits))
        if not digits or digits.strip(_HEX_DIGITS) or len(digits) > _MAX_DIGITS:
            raise ValueError(Words("a chunk's size is {digits!r}", digits=digits[:40]))
        return int(digits, 16)


def _odd_start(data: bytes) -> ValueError:
    line = data.partition(b"\r\n")[0].decode("iso-8859-1")
    return ValueError(Words("it starts with {line!r}", line=line[:40]))
