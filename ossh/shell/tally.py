"""What passes the filters on its way to the screen, counted; and the count as it grows."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO, TypeVar

from ossh.catalog import Prefix
from ossh.language import _
from ossh.model import ObjectInfo
from ossh.selection import Matcher
from ossh.session import Session
from ossh.shell.text import count, listed
from ossh.units import format_size

Item = TypeVar("Item", Prefix | ObjectInfo, ObjectInfo)

_SECONDS = 0.2  # between two counts on the screen
_ERASE_LINE = "\r\x1b[K"


def wanted_by(session: Session, *, is_all: bool) -> Matcher:
    """Return the test of the session's filters, or one that all objects pass."""
    if is_all:
        return lambda _info: True
    return session.selection.matcher(session.place.prefix, session.now())


@dataclass(slots=True)
class Tally:
    """What a listing has shown so far."""

    prefixes: int = 0
    objects: int = 0
    size: int = 0  # bytes
    hidden: int = 0  # objects the filters left out
    archived: int = 0  # of the objects, those that cannot be read before they are restored
    is_cut: bool = False  # Ctrl-C came before the end
    _is_waiting: bool = field(default=False, repr=False)  # for the next item

    def of(self, items: Iterable[Item], wanted: Matcher) -> Iterator[Item]:
        """Yield the prefixes, and the objects that pass a test."""
        for item in items:
            if isinstance(item, Prefix):
                self.prefixes += 1
            elif wanted(item):
                self.objects += 1
                self.size += item.size
                self.archived += item.is_frozen
            else:
                self.hidden += 1
                continue
            yield item

    def sentence(self) -> str:
        """Return the counts for people."""
        parts = [count(self.prefixes, "prefix", "prefixes")] if self.prefixes else []
        parts += [count(self.objects, "object"), format_size(self.size)]
        if self.archived:
            parts.append(_("{number:,} archived").format(number=self.archived))
        said = listed(*parts)
        if self.hidden:
            said += _("; filters hide {number:,} (--all shows them)").format(number=self.hidden)
        return said

    def shown_on(
        self,
        stream: TextIO,
        items: Iterable[Item],
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[Item]:
        """Yield items and show meanwhile what has been counted; Ctrl-C ends them early.

        On a terminal the count is one line that is gone in the end; elsewhere there is none.
        """
        remaining, due, is_seen = iter(items), clock() + _SECONDS, stream.isatty() and not quiet
        try:
            with self._cut_by_ctrl_c():
                while not self.is_cut and (item := self._next(remaining)) is not None:
                    if is_seen and clock() >= due:
                        due = clock() + _SECONDS
                        _write(stream, f"{_ERASE_LINE}{self.sentence().partition(';')[0]} …")
                    yield item
        except KeyboardInterrupt:
            self.is_cut = True
        finally:
            if is_seen:
                _write(stream, _ERASE_LINE)

    def _next(self, remaining: Iterator[Item]) -> Item | None:
        self._is_waiting = True
        item = next(remaining, None)
        self._is_waiting = False
        return item

    @contextmanager
    def _cut_by_ctrl_c(self) -> Iterator[None]:
        """Let Ctrl-C end the wait for an item, but not whatever is done with one.

        Raised there it would take with it what has been counted.
        """

        def cut(_number: int, _frame: FrameType | None) -> None:
            self.is_cut = True
            if self._is_waiting:
                raise KeyboardInterrupt

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, cut)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _write(stream: TextIO, text: str) -> None:
    with suppress(OSError, ValueError):  # talk never ends a command
        stream.write(text)
        stream.flush()
