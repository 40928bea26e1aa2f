"""Reads many objects, or ranges of them, at once, on the thread that asks for them.

What is larger than `PIECE` is asked for in pieces, several at once. All bytes of an object are of
one version, and an object that was read from its start to its end is compared with its CRC64.
"""

import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import fastcrc

from ossh import protocol
from ossh.backoff import Backoff
from ossh.crc64 import combined
from ossh.model import MIB, ByteRange, Cause, Failure, Part, value
from ossh.network import Pool, Pools, ResponseParser
from ossh.store.retries import PASSING, Retries, Tries
from ossh.store.signer import Signer
from ossh.store.wanted import Request, Wanted, data_of, disproof, reading_error

PIECE: Final = 2 * MIB  # bytes of one request
MEMORY: Final = 128 * MIB  # bytes that are asked for and have not come
CONNECTIONS: Final = 64
_POLL_SECONDS: Final = 0.1  # Windows interrupts no wait
# Many ask at once, so the service may ask for patience more than once.
_RETRIES: Final = Retries(
    {**dict.fromkeys(PASSING, 3), Cause.THROTTLED: 8}, Backoff(0.3, 5.0, random.uniform)
)


@value
class BulkReader:
    """Reads objects of one service; safe to use from several threads."""

    signer_at: Callable[[str], Signer]  # the current one of a bucket: credentials may change
    mend_at: Callable[[str], Callable[[Failure], bool]]  # as `Tries` takes it, of a bucket
    pools: Pools
    retries: Retries = _RETRIES

    def read(self, wanted: Iterable[Wanted | None]) -> Iterator[Wanted]:
        """Read all that is wanted, and yield each when all of it was taken, or has an `error`.

        They come in any order, and are looked for no sooner than there is room for more. Where None
        is found, nothing more is wanted until another has been yielded.

        Raises:
            StoreError, UsageError: There are no usable credentials.
        """
        with self.pools.borrowed(CONNECTIONS) as pool:
            yield from _Reads(self, pool, iter(wanted)).run()

    def read_one(self, wanted: Wanted) -> None:
        """Read one, or raise its `error`."""
        for one in self.read([wanted]):
            if one.error is not None:
                raise one.error

    def begin(self, pool: Pool, request: Request) -> None:
        """Send a request for a piece."""
        wanted = request.wanted
        request.signer = signer = self.signer_at(wanted.bucket)
        request.clock_offset = signer.clock_offset
        headers = protocol.conditions(wanted.etag, ByteRange(request.start, request.stop))
        headers[protocol.RANGE_BEHAVIOR] = "standard"
        query = protocol.version_query(wanted.version_id)
        signed = signer.sign("GET", wanted.key, time.time(), query=query, headers=headers)
        pool.start(signed.url, signed.headers, request, limit=request.stop - request.start)


@dataclass(slots=True, eq=False, repr=False)
class _Reads:
    """One call of `BulkReader.read`: what is under way, waits for its turn, or rests."""

    reader: BulkReader
    pool: Pool
    wanted: Iterator[Wanted | None]
    _is_all_known: bool = False
    # what is still to be asked for of what is wanted: where its pieces start, and where it stops
    _waiting: deque[tuple[Wanted, range]] = field(default_factory=deque)
    _resting: list[tuple[float, int, Request]] = field(default_factory=list)  # with when to go on
    _numbers: Iterator[int] = field(default_factory=count)
    _asked: int = 0  # bytes that are under way
    _ended: list[Wanted] = field(default_factory=list)

    def run(self) -> Iterator[Wanted]:
        while True:
            self._begin_more()
            ended, self._ended = self._ended, []
            yield from ended
            if self._is_all_known and not self.pool and not self._resting:
                return
            for answer in self.pool.poll(self._patience()):
                self._take(answer)

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
            self.reader.begin(self.pool, request)

    def _rested(self) -> Request | None:
        if self._resting and self._resting[0][0] <= time.monotonic():
            return heapq.heappop(self._resting)[2]
        return None

    def _next(self) -> Request | None:
        """Return another request if there is room for it; what rests keeps its room."""
        if len(self.pool) + len(self._resting) >= CONNECTIONS or self._asked >= MEMORY:
            return None
        while not self._waiting and not self._is_all_known:
            try:
                wanted = next(self.wanted)
            except StopIteration:
                self._is_all_known = True
                break
            if wanted is None:
                break
            if not self._expect(wanted, wanted.start, _first_stop(wanted)):
                self._ended.append(wanted)
        return self._piece() if self._waiting else None

    def _piece(self) -> Request:
        """Return the first piece of what waits."""
        wanted, starts = self._waiting.popleft()
        start, stop = starts.start, min(starts.start + PIECE, starts.stop)
        rest = range(stop, starts.stop, PIECE)
        if wanted.error is not None:
            wanted.left -= len(rest)
        elif rest:
            self._waiting.appendleft((wanted, rest))
        mend = self.reader.mend_at(wanted.bucket)
        return Request(wanted, start, stop, Tries(self.reader.retries, mend))

    def _expect(self, wanted: Wanted, start: int, stop: int) -> int:
        """Have a range of an object asked for, piece by piece; return in how many."""
        starts = range(start, stop, PIECE)
        if starts:
            wanted.left += len(starts)
            self._waiting.append((wanted, starts))
        return len(starts)

    def _take(self, answer: ResponseParser) -> None:
        request: Request = answer.token
        self._asked -= request.stop - request.start
        wanted = request.wanted
        if wanted.error is None:
            is_first = wanted.size is None
            if isinstance(data := data_of(answer, request), Failure):
                pause = request.tries.pause(data)
                if pause is not None:
                    due = time.monotonic() + min(pause, self.reader.retries.backoff.longest)
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
            wanted.error = disproof(
                wanted.key, combined(parts), wanted.crc64, strictly=wanted.strictly
            )
        self._ended.append(wanted)


def _first_stop(wanted: Wanted) -> int:
    """Return up to where to ask at once: an object of unknown size is asked for its first piece."""
    if wanted.size is not None:
        return wanted.end
    first = wanted.start + PIECE
    return first if wanted.stop is None else min(first, wanted.stop)
