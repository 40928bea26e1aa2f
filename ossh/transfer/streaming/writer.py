"""A thread that writes to whoever reads the archive: a slow reader holds up nothing else.

It checks what passes, too: a second core then does what costs most with large objects.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

Item = tuple[bytes, Callable[[], None] | None]
"""Bytes, and what is called before they are written; what that raises ends the writing."""

_AT_ONCE = 256 * 1024  # bytes that are written together


class Writer(threading.Thread):
    """Writes what it is given, in order.

    It is a daemon, for a reader may never take what is written to it.

    Args:
        write: Takes some bytes and returns how many it has taken, as `os.write` does.
    """

    def __init__(self, write: Callable[[memoryview], int]) -> None:
        super().__init__(name="ossh-writer", daemon=True)
        self._write = write
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._is_ending = False
        self.backlog = 0  # bytes that wait to be written
        self.error: Exception | None = None  # why no more can be written

    def put(self, items: Sequence[Item]) -> None:
        """Take on more bytes."""
        with self._changed:
            self._items += items
            self.backlog += sum(len(data) for data, _check in items)
            self._changed.notify()

    def end(self) -> None:
        """Let it end when all is written."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()

    def run(self) -> None:
        try:
            while (taken := self._next()) is not None:
                for _data, check in taken:
                    if check is not None:
                        check()
                data = taken[0][0] if len(taken) == 1 else b"".join(one for one, _ in taken)
                rest = memoryview(data)
                while rest:
                    rest = rest[self._write(rest) :]
                with self._changed:
                    self.backlog -= len(data)
        except Exception as error:  # noqa: BLE001 - raised by whoever puts
            self.error = error

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
