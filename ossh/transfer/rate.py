"""Limits of bytes per second that several threads, or several runs, share."""

import threading
import time

# A thread reads no more at once than comes in so many seconds: with 32 of them a connection is
# silent for two seconds at most, and no burst of first blocks goes beyond the limit.
PIECE_SECONDS = 1 / 16
SMALLEST_PIECE = 16 * 1024  # bytes

# What was not used is kept for so long: threads wake a little late, and catch up.
CREDIT_SECONDS = 0.05


class RateLimit:
    """A token bucket: bytes are booked as they come, and paid for as time passes.

    Args:
        bytes_per_second: 0 means no limit.
    """

    def __init__(self, bytes_per_second: int = 0) -> None:
        self._lock = threading.Lock()
        self.rate = bytes_per_second  # changed by `set` only
        self._booked = 0.0  # bytes, since the beginning
        self._paid = 0.0  # of these, at the moment `_at`
        self._at = time.monotonic()

    def set(self, bytes_per_second: int) -> None:
        """Change the limit; it holds at once, also for who waits for bytes booked before."""
        if bytes_per_second != self.rate:
            with self._lock:
                self._pay()
                self.rate = bytes_per_second

    def take(self, count: int) -> float:
        """Book `count` bytes and return the receipt that `left` knows them by."""
        if not self.rate:
            return 0.0
        with self._lock:
            self._pay()
            self._booked += count
            return self._booked

    def give_back(self, count: int) -> None:
        """Take back the booking of `count` bytes that did not come."""
        if self.rate and count:
            with self._lock:
                self._booked -= count

    def piece(self, most: int) -> int:
        """Return how many bytes to read at once."""
        if not self.rate:
            return most
        return min(most, max(SMALLEST_PIECE, int(self.rate * PIECE_SECONDS)))

    def left(self, receipt: float) -> float:
        """Return the seconds until booked bytes are paid for; 0 when they are."""
        if not self.rate:
            return 0.0
        with self._lock:
            self._pay()
            return max(0.0, receipt - self._paid) / (self.rate or 1)

    def delay(self) -> float:
        """Return the seconds until all booked bytes are paid for."""
        return self.left(self._booked)

    def _pay(self) -> None:
        now = time.monotonic()
        self._paid += (now - self._at) * self.rate
        self._at = now
        if self.rate:
            self._booked = max(self._booked, self._paid - CREDIT_SECONDS * self.rate)
        else:
            self._paid = self._booked  # what is free is paid


class Limits:
    """Limits that all hold for the same bytes; none is no limit.

    A run's own is one of them, that of all runs together another.
    """

    def __init__(self, *limits: RateLimit) -> None:
        self._limits = limits

    @property
    def _are_off(self) -> bool:
        """Return whether none limits anything: asked for each small object."""
        for limit in self._limits:  # noqa: SIM110 - a generator costs thrice as much
            if limit.rate:
                return False
        return True

    def take(self, count: int) -> tuple[float, ...]:
        """Book `count` bytes and return the receipt that `left` knows them by."""
        if self._are_off:
            return ()
        return tuple([limit.take(count) for limit in self._limits])

    def give_back(self, count: int) -> None:
        """Take back the booking of `count` bytes that did not come."""
        for limit in self._limits:
            limit.give_back(count)

    def piece(self, most: int) -> int:
        """Return how many bytes to read at once."""
        return min([limit.piece(most) for limit in self._limits], default=most)

    def left(self, receipt: tuple[float, ...]) -> float:
        """Return the seconds until booked bytes are paid for; 0 when they are."""
        if not receipt:  # what was free
            return 0.0
        return max([limit.left(part) for limit, part in zip(self._limits, receipt, strict=True)])
