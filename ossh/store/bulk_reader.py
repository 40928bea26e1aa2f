"""Reads many objects, or ranges of them, at once, on the thread that asks for them.

What is larger than `PIECE` is asked for in pieces, several at once. All bytes of an object are of
one version, and an object that was read from its start to its end is compared with its CRC64.
"""

import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import count
from typing import Final

import fastcrc

from ossh import protocol
from ossh.advice import store_error
from ossh.backoff import Backoff
from ossh.crc64 import combined
from ossh.errors import StoreError
from ossh.language import Words, _
from ossh.model import MIB, Cause, Failure, Part
from ossh.network import Pool, Pools, ResponseParser
from ossh.printable import printable
from ossh.store.listing import READING_HINTS
from ossh.store.retries import PASSING, Retries, Tries
from ossh.store.signed_requests import refusal
from ossh.store.signer import Signer

PIECE: Final = 2 * MIB  # bytes of one request
MEMORY: Final = 128 * MIB  # bytes that are asked for and have not come
CONNECTIONS: Final = 64
_POLL_SECONDS: Final = 0.1  # Windows interrupts no wait
_SAME_CLOCK: Final = 60.0  # seconds: who is refused by a clock that is so near has another trouble
_MOST_DIGITS: Final = 18  # of a size
# Many ask at once, so the service may ask for patience more than once.
_RETRIES: Final = Retries(
    {**dict.fromkeys(PASSING, 3), Cause.THROTTLED: 8}, Backoff(0.3, 5.0, random.uniform)
)
REPLACED: Final = Failure(Cause.CHANGED, "etag differs", Words("the object was replaced meanwhile"))
_HINTS = {**READING_HINTS, Cause.CHANGED: Words("it was replaced meanwhile; open it again")}


@dataclass(slots=True, eq=False)
class Wanted:
    """An object, or a range of its bytes, and what its answers said of it.

    Args:
        bucket: Where it is.
        key: The object.
        write: Takes a place in the object and the bytes from there, in any order; without it they
            become `data`.
        start: The first byte.
        stop: Where to stop, at the object's end at the latest; None for its end.
        version_id: Of one of its versions; "" for the current one.
        etag: Of the only content that will do; "" for any.
        size: Of the object in bytes, where that is known.
        strictly: Whether an object without CRC64 is refused, if all of it is wanted.
        crc64: The service's, of the whole object; "" where it is not known, or has none.
    """

    bucket: str
    key: str
    write: Callable[[int, bytes], object] | None = None
    start: int = 0
    stop: int | None = None
    version_id: str = ""
    etag: str = ""
    size: int | None = None
    strictly: bool = False
    crc64: str = ""
    error: StoreError | None = None  # why it was not read
    parts: list[Part] = field(default_factory=list)  # what came
    pieces: dict[int, bytes] = field(default_factory=dict)  # which nobody else took
    left: int = 0  # requests that are still to be answered

    @property
    def data(self) -> bytes:
        """Return what came, in order."""
        return b"".join(self.pieces[start] for start in sorted(self.pieces))

    def onward(self, length: int) -> "Wanted":
        """Return what follows, of the same version."""
        return Wanted(
            self.bucket,
            self.key,
            start=self.end,
            stop=self.end + length,
            version_id=self.version_id,
            etag=self.etag,
            size=self.size,
            crc64=self.crc64,
        )

    @property
    def end(self) -> int:
        """Return where to stop once the size is known."""
        size = self.size or 0
        return size if self.stop is None else min(self.stop, size)


@dataclass(slots=True)
class _Span:
    """A range of what is wanted that is still to be asked for, piece by piece."""

    wanted: Wanted
    start: int
    stop: int

    @property
    def pieces(self) -> int:
        return -(-(self.stop - self.start) // PIECE)


@dataclass(slots=True, eq=False)
class _Request:
    """One piece of what is wanted."""

    wanted: Wanted
    start: int
    stop: int
    tries: Tries
    signer: Signer
    clock_offset: float = 0.0  # with which it was signed


class BulkReader:
    """Reads objects of one service; safe to use from several threads.

    Args:
        signer_at: Returns the current signer of a bucket; credentials may change between requests.
        mend_at: Returns what `Tries` takes, for requests to a bucket.
        pools: The connections.
    """

    def __init__(
        self,
        signer_at: Callable[[str], Signer],
        mend_at: Callable[[str], Callable[[Failure], bool]],
        pools: Pools,
        *,
        retries: Retries = _RETRIES,
    ) -> None:
        self._signer_at = signer_at
        self._mend_at = mend_at
        self._pools = pools
        self._retries = retries

    @property
    def longest_pause(self) -> float:
        """Return seconds to rest at most between two tries, whatever the service asks for."""
        return self._retries.backoff.longest

    def read(self, wanted: Iterable[Wanted | None]) -> Iterator[Wanted]:
        """Read all that is wanted, and yield each when all of it was taken, or has an `error`.

        They come in any order, and are looked for no sooner than there is room for more. Where None
        is found, nothing more is wanted until another has been yielded.

        Raises:
            StoreError, UsageError: There are no usable credentials.
        """
        with self._pools.borrowed(CONNECTIONS) as pool:
            yield from _Reads(self, pool, iter(wanted)).run()

    def begin(self, pool: Pool, request: _Request) -> None:
        """Send a request for a piece."""
        wanted = request.wanted
        request.signer = self._signer_at(wanted.bucket)
        request.clock_offset = request.signer.clock_offset
        headers = {
            "Range": f"bytes={request.start}-{request.stop - 1}",
            protocol.RANGE_BEHAVIOR: "standard",
        }
        if wanted.etag:
            headers["If-Match"] = f'"{wanted.etag}"'
        query = {"versionId": wanted.version_id} if wanted.version_id else None
        signed = request.signer.sign("GET", wanted.key, time.time(), query=query, headers=headers)
        pool.start(signed.url, signed.headers, request, limit=request.stop - request.start)

    def new_request(self, wanted: Wanted, start: int, stop: int) -> _Request:
        tries = Tries(self._retries, self._mend_at(wanted.bucket))
        return _Request(wanted, start, stop, tries, self._signer_at(wanted.bucket))


class _Reads:
    """One call of `BulkReader.read`: what is under way, waits for its turn, or rests."""

    def __init__(self, reader: BulkReader, pool: Pool, wanted: Iterator[Wanted | None]) -> None:
        self._reader = reader
        self._pool = pool
        self._wanted = wanted
        self._is_all_known = False
        self._waiting: deque[_Span] = deque()
        self._resting: list[tuple[float, int, _Request]] = []  # with when to try again
        self._numbers = count()
        self._asked = 0  # bytes that are under way
        self._ended: list[Wanted] = []

    def run(self) -> Iterator[Wanted]:
        while True:
            self._begin_more()
            yield from self._take_ended()
            if self._is_all_known and not self._pool and not self._resting:
                return
            for answer in self._pool.poll(self._patience()):
                self._take(answer)

    def _take_ended(self) -> list[Wanted]:
        ended, self._ended = self._ended, []
        return ended

    def _patience(self) -> float:
        if not self._resting:
            return _POLL_SECONDS
        return min(_POLL_SECONDS, max(0.0, self._resting[0][0] - time.monotonic()))

    def _begin_more(self) -> None:
        while (request := self._rested() or self._next()) is not None:
            if request.wanted.error is not None:  # another piece of it failed
                self._count_down(request.wanted)
                continue
            self._asked += request.stop - request.start
            self._reader.begin(self._pool, request)

    def _rested(self) -> _Request | None:
        if self._resting and self._resting[0][0] <= time.monotonic():
            return heapq.heappop(self._resting)[2]
        return None

    def _next(self) -> _Request | None:
        """Return another request if there is room for it; what rests keeps its room."""
        if len(self._pool) + len(self._resting) >= CONNECTIONS or self._asked >= MEMORY:
            return None
        while not self._waiting and not self._is_all_known:
            try:
                wanted = next(self._wanted)
            except StopIteration:
                self._is_all_known = True
                break
            if wanted is None:
                break
            if not self._expect(wanted, wanted.start, _first_stop(wanted)):
                self._ended.append(wanted)
        return self._piece() if self._waiting else None

    def _piece(self) -> _Request:
        """Return the first piece of what waits."""
        span = self._waiting[0]
        start, span.start = span.start, min(span.start + PIECE, span.stop)
        if not span.pieces or span.wanted.error is not None:
            self._waiting.popleft()
            span.wanted.left -= span.pieces
        return self._reader.new_request(span.wanted, start, span.start)

    def _expect(self, wanted: Wanted, start: int, stop: int) -> int:
        """Have a range of an object asked for, piece by piece; return in how many."""
        span = _Span(wanted, start, max(start, stop))
        if span.pieces:
            wanted.left += span.pieces
            self._waiting.append(span)
        return span.pieces

    def _take(self, answer: ResponseParser) -> None:
        request: _Request = answer.token
        self._asked -= request.stop - request.start
        wanted = request.wanted
        if wanted.error is None:
            is_first = wanted.size is None
            if isinstance(data := _data(answer, request), Failure):
                pause = request.tries.pause(data)
                if pause is not None:
                    due = time.monotonic() + min(pause, self._reader.longest_pause)
                    heapq.heappush(self._resting, (due, next(self._numbers), request))
                    return
                wanted.error = reading_error(wanted.key, data)
            elif data:
                (wanted.write or wanted.pieces.__setitem__)(request.start, data)
                stop = request.start + len(data)
                wanted.parts.append(Part(request.start, stop, fastcrc.crc64.xz(data)))
                if is_first:
                    self._expect(wanted, stop, wanted.end)
        self._count_down(wanted)

    def _count_down(self, wanted: Wanted) -> None:
        """Count an answer; the last one ends what is wanted."""
        wanted.left -= 1
        if wanted.left:
            return
        if wanted.error is None and wanted.start == 0 and wanted.end == wanted.size:
            parts = sorted(wanted.parts, key=lambda part: part.start)
            if why := contradiction(combined(parts), wanted.crc64):
                wanted.error = reading_error(wanted.key, why)
            elif wanted.strictly and not wanted.crc64:
                wanted.error = unproved(wanted.key)
        self._ended.append(wanted)


def _first_stop(wanted: Wanted) -> int:
    """Return up to where to ask at once: an object of unknown size is asked for its first piece."""
    if wanted.size is not None:
        return wanted.end
    first = wanted.start + PIECE
    return first if wanted.stop is None else min(first, wanted.stop)


def _data(answer: ResponseParser, request: _Request) -> bytes | Failure:
    """Return the bytes of an answer if they are the requested ones; note what it says besides."""
    if answer.failure is not None:
        return answer.failure
    if (why := refusal(answer, HTTPStatus.PARTIAL_CONTENT)) is None:
        return _checked(answer, request)
    if why.code == "InvalidRange" and request.wanted.size is None:  # it ends before
        request.wanted.size = request.start
        return b""
    return _with_clock_set(request, why, answer.headers)


def _with_clock_set(request: _Request, why: Failure, headers: Mapping[str, str]) -> Failure:
    """Return a failure; one of the clock may be retried once the signer has the offset.

    Many requests may be refused before the first of them tells it, and clocks may be set.
    """
    signer = request.signer
    if why.cause is not Cause.CLOCK:
        return why
    if signer.clock_offset == request.clock_offset:
        served = protocol.server_time(headers, b"")
        offset = 0.0 if served is None else served - time.time()
        if abs(offset - signer.clock_offset) < _SAME_CLOCK:
            return why
        signer.clock_offset = offset
    return Failure(Cause.TIMEOUT, why.code, why.message, why.request_id)


def _checked(answer: ResponseParser, request: _Request) -> bytes | Failure:
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


def contradiction(crc64: int, expected: str) -> Failure | None:
    """Return why bytes with this CRC64 are not the object whose CRC64 the service gave, if any."""
    if expected in {"", str(crc64)}:
        return None
    text = Words("the bytes received do not match the service's checksum")
    return Failure(Cause.CORRUPT, "crc64", text)


def unproved(key: str) -> StoreError:
    """Return the error to raise where nothing proves an object's bytes that should be proved."""
    return StoreError(
        _("'{key}' has no CRC64 to compare its bytes with").format(key=printable(key))
    )


def reading_error(key: str, why: Failure) -> StoreError:
    """Return the error to raise where an object cannot be read."""
    return store_error(_("read '{key}'").format(key=key), why, hint=_HINTS.get(why.cause, ""))
