"""An object, or a range of its bytes, that is wanted, and whether an answer is what was asked for.

No answer is taken for what it does not say: a status, a range, a size, a version, a checksum.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from ossh import protocol
from ossh.advice import store_error
from ossh.errors import StoreError
from ossh.language import Words, _
from ossh.model import Cause, Failure, Part
from ossh.network import ResponseParser
from ossh.printable import printable
from ossh.store.listing import missing_hint
from ossh.store.retries import Tries
from ossh.store.signer import Signer

_SAME_CLOCK: Final = 60.0  # seconds: who is refused by a clock that is so near has another trouble
_MOST_DIGITS: Final = 18  # of a size
REPLACED: Final = Failure(Cause.CHANGED, "etag differs", Words("the object was replaced meanwhile"))
_HINTS: Final[Mapping[Cause, str]] = {
    Cause.ARCHIVED: Words("'restore KEY' asks OSS to thaw it, which costs money; then try again"),
    Cause.CHANGED: Words("it was replaced meanwhile; open it again"),
    Cause.GONE: missing_hint(""),
}


@dataclass(slots=True, eq=False)
class Wanted:
    """An object, or a range of its bytes, and what its answers said of it."""

    bucket: str
    key: str
    # takes a place in the object and the bytes from there, in any order; without it: `data`
    write: Callable[[int, bytes], object] | None = None
    start: int = 0  # the first byte
    stop: int | None = None  # the object's end at the latest; None for its end
    version_id: str = ""  # "" for the current one
    etag: str = ""  # of the only content that will do; "" for any
    size: int | None = None  # of the object in bytes, where that is known
    strictly: bool = False  # whether an object without CRC64 is refused, if all of it is wanted
    crc64: str = ""  # the service's, of the whole object; "" where it is not known, or has none
    error: StoreError | None = None  # why it was not read
    parts: list[Part] = field(default_factory=list, init=False)  # what came
    pieces: dict[int, bytes] = field(default_factory=dict, init=False)  # which nobody else took
    left: int = 0  # requests that are still to be answered

    @property
    def data(self) -> bytes:
        """Return what came, in order."""
        return b"".join(self.pieces[start] for start in sorted(self.pieces))

    @property
    def end(self) -> int:
        """Return where to stop once the size is known."""
        size = self.size or 0
        return size if self.stop is None else min(self.stop, size)


@dataclass(slots=True, eq=False)
class Request:
    """A piece of what is wanted, and how often it was asked for."""

    wanted: Wanted
    start: int
    stop: int
    tries: Tries
    signer: Signer | None = None  # of the last try
    clock_offset: float = 0.0  # with which that was signed


def data_of(answer: ResponseParser, request: Request) -> bytes | Failure:
    """Return the bytes of an answer if they are the requested ones; note what it says besides."""
    if (why := answer.refusal(HTTPStatus.PARTIAL_CONTENT)) is None:
        return _checked(answer, request)
    if why.code == "InvalidRange" and request.wanted.size is None:  # it ends before
        request.wanted.size = request.start
        return b""
    return _with_clock_set(request, why, answer.headers)


def _with_clock_set(request: Request, why: Failure, headers: Mapping[str, str]) -> Failure:
    """Return a failure; one of the clock may be retried once the signer has the offset.

    Many requests may be refused before the first of them tells it, and clocks may be set.
    """
    signer = request.signer
    if signer is None or why.cause is not Cause.CLOCK:
        return why
    if signer.clock_offset == request.clock_offset:
        served = protocol.server_time(headers, b"")
        offset = 0.0 if served is None else served - time.time()
        if abs(offset - signer.clock_offset) < _SAME_CLOCK:
            return why
        signer.clock_offset = offset
    return Failure(Cause.TIMEOUT, why.code, why.message, why.request_id)


def _checked(answer: ResponseParser, request: Request) -> bytes | Failure:
    """Return a body if its bytes are the requested ones, of the version that is being read."""
    wanted, headers, body = request.wanted, answer.headers, answer.body
    request_id = headers[protocol.REQUEST_ID]
    size, served = _served(answer)
    stop = min(request.stop, size)
    if served != f"{request.start}-{stop - 1}" or wanted.size not in {None, size}:
        text = Words("the bytes received are not those requested")
        return Failure(Cause.CORRUPT, "range ignored", text, request_id)
    if len(body) != stop - request.start:
        return Failure(Cause.SHORT_BODY, "short body", Words("bytes are missing"), request_id)
    etag, crc64 = headers.get("etag", "").strip('"'), headers.get(protocol.CRC64, "")
    if wanted.etag not in {"", etag} or (wanted.crc64 and crc64 not in {"", wanted.crc64}):
        return replace(REPLACED, request_id=request_id)
    wanted.size, wanted.etag, wanted.crc64 = size, etag, wanted.crc64 or crc64
    return body


def _served(answer: ResponseParser) -> tuple[int, str]:
    """Return the object's size and the range that an answer says it has, "" for none."""
    headers = answer.headers
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        served, _slash, total = headers.get("content-range", "").partition("/")
    else:  # of all; where only the end of the connection ends it, nobody knows how long it was
        total = headers.get("content-length", "")
        total = str(answer.received) if "transfer-encoding" in headers else total
        served = f"bytes 0-{answer.received - 1}"
    is_number = total.isdecimal() and len(total) <= _MOST_DIGITS
    return (int(total), served.removeprefix("bytes ")) if is_number else (0, "")


def disproof(key: str, crc64: int, expected: str, *, strictly: bool = False) -> StoreError | None:
    """Return the error to raise if bytes are not an object: their CRC64 is not the service's.

    Where the service has none, so that nothing proves them, there is one only `strictly`.
    """
    if strictly and not expected:
        return StoreError(
            _("'{key}' has no CRC64 to compare its bytes with").format(key=printable(key))
        )
    if expected in {"", str(crc64)}:
        return None
    text = Words("the bytes received do not match the service's checksum")
    return reading_error(key, Failure(Cause.CORRUPT, "crc64", text))


def reading_error(key: str, why: Failure) -> StoreError:
    """Return the error to raise where an object cannot be read."""
    return store_error(_("read '{key}'").format(key=key), why, hint=_HINTS.get(why.cause, ""))
