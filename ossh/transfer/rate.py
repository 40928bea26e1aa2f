"""A limit of bytes per second that several threads share."""

import threading
import time


class RateLimit:
    """A token bucket; who takes more than is there is told how long to wait.

    Args:
        bytes_per_second: 0 means no limit.
    """

    def __init__(self, bytes_per_second: int = 0) -> None:
        self._lock = threading.Lock()
        self._rate = bytes_per_second
        self._free_at = 0.0

    def set(self, bytes_per_second: int) -> None:
        """Change the limit; it holds at once, and what was booked under another is forgiven."""
        if bytes_per_second != self._rate:
            self._rate, self._free_at = bytes_per_second, 0.0

    def take(self, count: int) -> float:
        """Book `count` bytes and return the seconds to wait until they are paid for."""
        if not self._rate:
            return 0.0
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + count / self._rate
            return self._free_at - now

    def delay(self) -> float:
        """Return the seconds until all booked bytes are paid for."""
        return max(0.0, self._free_at - time.monotonic()) if self._rate else 0.0
