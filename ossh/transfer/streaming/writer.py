"""A thread that writes to whoever reads the archive: a slow reader holds up nothing else.

It checks what passes, too: a second core then does what costs most with large objects.

All but the end leaves in whole pages, so that an archive is cut off behind one of them if the
process is killed. One page is written all together, or not at all. Several may be cut anywhere;
they leave in one write only if they are bytes of one item, in which no member ends.
"""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from ossh.transfer.streaming.tar_format import BEGINNING, PAGE

Item = tuple[bytes, Callable[[], None] | None]
"""Bytes, and what is called before they are written; what that raises ends the writing."""


class Writer(threading.Thread):
    """Writes what follows the beginning of an archive, in order.

    It is a daemon, for a reader may never take what is written to it.

    Args:
        write: Takes some bytes and returns how many it has taken, as `os.write` does.
    """

    def __init__(self, write: Callable[[memoryview], int]) -> None:
        super().__init__(name="ossh-writer", daemon=True)
        self._write = write
        self._items: SimpleQueue[Sequence[Item] | None] = SimpleQueue()  # None: the end
        self._is_dropped = False
        self._written = len(BEGINNING)
        self._held = b""  # what is to be written next, less than a page
        self._put = self._passed = 0  # bytes; each is counted by one thread only
        self.error: Exception | None = None  # why no more can be written

    @property
    def backlog(self) -> int:
        """Return how many bytes wait to be written."""
        return self._put - self._passed

    def put(self, items: Sequence[Item]) -> None:
        self._put += sum(len(data) for data, _check in items)
        self._items.put(items)

    def end(self) -> None:
        self._items.put(None)

    def drop(self) -> None:
        """Let it end as soon as it can, behind a page: the archive stays incomplete."""
        self._is_dropped = True
        self.end()

    def run(self) -> None:
        try:
            for items in iter(self._items.get, None):
                for data, check in items:
                    if check is not None:
                        check()
                    self._take(data)
                    self._passed += len(data)
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
