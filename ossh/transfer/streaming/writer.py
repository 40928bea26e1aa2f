"""A thread that writes to whoever reads the archive: a slow reader holds up nothing else.

It checks what passes, too: a second core then does what costs most with large objects.

All but the end leaves in whole pages, so that an archive is cut off behind one of them if the
process is killed. One page is written all together, or not at all. Several may be cut anywhere;
they leave in one write only if they are bytes of one item, in which no member ends.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from ossh.transfer.streaming.tar_format import BEGINNING, PAGE

Item = tuple[bytes, Callable[[], None] | None]
"""Bytes, and what is called before they are written; what that raises ends the writing."""

_AT_ONCE = 256 * 1024  # bytes that are taken on together


class Writer(threading.Thread):
    """Writes what follows the beginning of an archive, in order.

    It is a daemon, for a reader may never take what is written to it.

    Args:
        write: Takes some bytes and returns how many it has taken, as `os.write` does.
    """

    def __init__(self, write: Callable[[memoryview], int]) -> None:
        super().__init__(name="ossh-writer", daemon=True)
        self._write = write
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._is_ending = self._is_dropped = False
        self._written = len(BEGINNING)
        self._held = b""  # what is to be written next, less than a page
        self.backlog = 0  # bytes that wait to be written
        self.error: Exception | None = None  # why no more can be written

    def put(self, items: Sequence[Item]) -> None:
        with self._changed:
            self._items += items
            self.backlog += sum(len(data) for data, _check in items)
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._is_ending = True
            self._changed.notify()

    def drop(self) -> None:
        """Let it end as soon as it can, behind a page: the archive stays incomplete."""
        with self._changed:
            self._is_ending = self._is_dropped = True
            self._items.clear()
            self._changed.notify()

    def run(self) -> None:
        try:
            while (taken := self._next()) is not None:
                for _data, check in taken:
                    if check is not None:
                        check()
                for data, _check in taken:
                    self._take(data)
                with self._changed:
                    self.backlog -= sum(len(data) for data, _check in taken)
            self._send(self._held)
        except Exception as error:  # noqa: BLE001 - raised by whoever puts
            self.error = error

    def _take(self, data: bytes) -> None:
        """Write the pages that an item completes, and hold the rest of it."""
        first = -(self._written + len(self._held)) % PAGE
        if len(data) < first:
            self._held += data
            return
        self._send(self._held + data[:first])
        stop = len(data) - (len(data) - first) % PAGE
        self._send(memoryview(data)[first:stop])
        self._held = data[stop:]

    def _send(self, data: bytes | memoryview) -> None:
        self._written += len(data)
        rest = memoryview(data)
        while rest and not self._is_dropped:
            rest = rest[self._write(rest) :]

    def _next(self) -> list[Item] | None:
        """Wait for bytes, and return as many as are worth a call; None at the end."""
        with self._changed:
            while not self._items:
                if self._is_ending:
                    return None
                self._changed.wait()
            taken = [self._items.popleft()]
            size = len(taken[0][0])
            while self._items and size + len(self._items[0][0]) <= _AT_ONCE:
                taken.append(self._items.popleft())
                size += len(taken[-1][0])
        return taken
