"""Limits of bytes per second that several threads, or several runs, share."""

import threading
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

# A thread reads no more at once than comes in so many seconds, and waits until that is paid for: no
# burst of first blocks goes beyond the limit.
PIECE_SECONDS = 1 / 16
SMALLEST_PIECE = 16 * 1024  # bytes

# Unused bytes stay available for so long: threads wake a little late, and catch up.
CREDIT_SECONDS = 0.05


Receipt = tuple[float, ...]
"""What bytes were booked as, by each limit that holds for them; () for what was free."""


@dataclass(eq=False)
class RateLimit:
    """A token bucket: bytes are booked as they arrive, and paid for as time passes."""

    rate: int = 0  # bytes per second, changed by `set` only; 0: no limit
    _: KW_ONLY
    within: "RateLimit | None" = None  # holds for these bytes and those of others, all together
    clock: Callable[[], float] = time.monotonic  # in seconds

    def __post_init__(self) -> None:
        self.sharers = 0  # limits within this one
        if self.within is not None:
            self.within.sharers += 1
        self._lock = threading.Lock()
        self._booked = 0.0  # bytes, since the beginning
        self._paid = 0.0  # of these, at the moment `_at`
        self._at = self.clock()

    def set(self, bytes_per_second: int) -> None:
        """Change the limit, at once and also for bytes that were booked before."""
        if bytes_per_second != self.rate:
            with self._lock:
                self._pay()
                self.rate = bytes_per_second

    def close(self) -> None:
        """Share no more in the limit that this one is within."""
        if self.within is not None:
            self.within.sharers -= 1

    def take(self, count: int) -> Receipt:
        """Book `count` bytes and return the receipt that `left` knows them by."""
        others = () if self.within is None else self.within.take(count)
        if not self.rate:
            return (0.0, *others) if others else ()
        with self._lock:
            self._pay()
            self._booked += count
            return (self._booked, *others)

    def piece(self, most: int) -> int:
        """Return how many bytes to read at once."""
        if self.within is not None:
            most = self.within.piece(most)
        if not self.rate:
            return most
        return min(most, max(SMALLEST_PIECE, int(self.rate * PIECE_SECONDS)))

    def left(self, receipt: Receipt) -> float:
        """Return the seconds until booked bytes are paid for; 0 when they are."""
        if not receipt:
            return 0.0
        others = 0.0 if self.within is None else self.within.left(receipt[1:])
        if not self.rate:
            return others
        with self._lock:
            self._pay()
            return max(others, (receipt[0] - self._paid) / (self.rate or 1))

    def _pay(self) -> None:
        now = self.clock()
        self._paid += (now - self._at) * self.rate
        self._at = now
        if self.rate:
            self._booked = max(self._booked, self._paid - CREDIT_SECONDS * self.rate)
        else:
            self._paid = self._booked  # what is free is paid


class Account:
    """What one thread has received, and what it has booked with a limit.

    It goes on as soon as that is paid: others book all the time, and whoever waited until nobody
    owes anything would never have a turn.
    """

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._receipt: Receipt = ()  # for the bytes that were booked last
        self.received = 0  # bytes, also of what is not kept
        self.is_closed = False  # the thread is to do something else first

    def book(self, count: int) -> None:
        """Book bytes that have come, or that are asked for."""
        self._receipt = self._limit.take(count)

    @property
    def left(self) -> float:
        """Return the seconds until what was booked is paid for; 0 when it is."""
        return self._limit.left(self._receipt)

    def room(self, most: int) -> int:
        """Return how many bytes may be read at once now; 0: none yet."""
        return 0 if self.is_closed or self.left else self._limit.piece(most)
