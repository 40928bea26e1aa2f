"""Shows on the terminal how far a long listing is, and lets Ctrl-C end it."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TextIO, TypeVar

T = TypeVar("T")

_SECONDS = 0.2  # between two counts on the screen
_ERASE_LINE = "\r\x1b[K"


def told_live(
    items: Iterable[T],
    far: Callable[[T], str],
    stream: TextIO,
    *,
    quiet: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Yield items, and show on a terminal how far that is, in a line that is gone in the end."""
    is_seen, due = stream.isatty() and not quiet, clock() + _SECONDS
    try:
        for item in items:
            if is_seen and clock() >= due:
                _show(stream, f"{far(item)} …")
                due = clock() + _SECONDS
            yield item
    finally:
        if is_seen:
            _show(stream, "")


def _show(stream: TextIO, text: str) -> None:
    with suppress(OSError, ValueError):  # talk never ends a command
        stream.write(f"{_ERASE_LINE}{text}")
        stream.flush()


class UntilCtrlC(Generic[T]):
    """Items, of which Ctrl-C ends the wait for more; `was_cut` tells whether it came.

    It does not end whatever is done with an item: an error there would take with it what has been
    counted.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self.was_cut = False
        self._items = iter(items)
        self._is_waiting = False  # for the next item

    def __iter__(self) -> Iterator[T]:
        before = signal.signal(signal.SIGINT, self._cut)
        try:
            while not self.was_cut and (item := self._next()) is not None:
                yield item
        except KeyboardInterrupt:
            self.was_cut = True
        finally:
            signal.signal(signal.SIGINT, before)

    def _next(self) -> T | None:
        self._is_waiting = True
        item = next(self._items, None)
        self._is_waiting = False
        return item

    def _cut(self, *_signal: object) -> None:
        self.was_cut = True
        if self._is_waiting:
            raise KeyboardInterrupt
