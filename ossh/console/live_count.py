"""Shows on the terminal how many objects a listing has counted so far, and lets Ctrl-C end it."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Self, TextIO

from ossh.console.views.filter import FilterCount
from ossh.model import ObjectInfo

_SECONDS = 0.2  # between two counts on the screen
_ERASE_LINE = "\r\x1b[K"


class LiveLine:
    """A line on a terminal that says how far something is, and is gone in the end."""

    def __init__(
        self, stream: TextIO, *, quiet: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._clock = stream, clock
        self._is_seen = stream.isatty() and not quiet
        self._due = clock() + _SECONDS

    @property
    def is_due(self) -> bool:
        """Return whether something is to be shown."""
        return self._is_seen and self._clock() >= self._due

    def show(self, text: str) -> None:
        self._due = self._clock() + _SECONDS
        with suppress(OSError, ValueError):  # talk never ends a command
            self._stream.write(f"{_ERASE_LINE}{text}")
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_seen:
            self.show("")


class LiveCount:
    """A count that is shown while it grows."""

    def __init__(
        self,
        filter_count: FilterCount,
        stream: TextIO,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.was_cut = False  # Ctrl-C came before the end
        self._filter_count = filter_count
        self._line = LiveLine(stream, quiet=quiet, clock=clock)
        self._is_waiting = False  # for the next item

    def over(self, items: Iterable[ObjectInfo]) -> Iterator[ObjectInfo]:
        """Yield items and show meanwhile what has been counted; Ctrl-C ends them early."""
        remaining = iter(items)
        before = signal.signal(signal.SIGINT, self._cut)
        try:
            with self._line as line:
                while not self.was_cut and (item := self._next(remaining)) is not None:
                    if line.is_due:
                        counts = self._filter_count.sentence().partition(";")[0]
                        line.show(f"{counts} …")
                    yield item
        except KeyboardInterrupt:
            self.was_cut = True
        finally:
            signal.signal(signal.SIGINT, before)

    def _next(self, remaining: Iterator[ObjectInfo]) -> ObjectInfo | None:
        self._is_waiting = True
        item = next(remaining, None)
        self._is_waiting = False
        return item

    def _cut(self, *_signal: object) -> None:
        """End the wait for an item, but not whatever is done with one.

        An error there would take with it what has been counted.
        """
        self.was_cut = True
        if self._is_waiting:
            raise KeyboardInterrupt
