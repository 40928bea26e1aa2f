"""The line that counts on a terminal: how far a listing, a plan or an archive is."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from shutil import get_terminal_size
from typing import Generic, TextIO, TypeVar

from ossh.console.views.text import first_part

T = TypeVar("T")

COUNT_SECONDS = 0.2  # between two counts on the screen
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
    if quiet or not stream.isatty():
        yield from items
        return

    def show(text: str) -> None:
        with suppress(OSError, ValueError):  # talk never ends a command
            stream.write(f"{_ERASE_LINE}{first_part(text, get_terminal_size().columns - 1)}")
            stream.flush()

    due = clock() + COUNT_SECONDS
    try:
        for item in items:
            if clock() >= due:
                show(f"{far(item)} …")
                due = clock() + COUNT_SECONDS
            yield item
    finally:
        show("")


class UntilCut(Generic[T]):
    """Items up to where `cut` is called, which ends the wait for more; `was_cut` tells of it.

    It does not end whatever is done with an item: an error there would take with it what has been
    counted.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self.was_cut = False
        self._items = iter(items)
        self._is_waiting = False  # for the next item

    def __iter__(self) -> Iterator[T]:
        with suppress(KeyboardInterrupt):  # of `cut`
            while not self.was_cut and (item := self._next()) is not None:
                yield item

    def _next(self) -> T | None:
        self._is_waiting = True
        try:
            return next(self._items, None)
        finally:
            self._is_waiting = False

    def cut(self) -> None:
        """Let nothing follow; for Ctrl-C, which comes in the thread that waits."""
        self.was_cut = True
        if self._is_waiting:
            raise KeyboardInterrupt
