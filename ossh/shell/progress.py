"""Draws a run from its `Progress` snapshots: a live bar, or plain lines without a terminal.

The bar is honest. While the listing is under way it has no end; once the total is known, a second
one takes its place. Bytes that were here before count for the position, not for the speed. Drawing
does not slow a run: it only reads a snapshot a few times a second.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from shutil import get_terminal_size
from typing import Any, Protocol, TextIO

from ossh.session.speed import Speed
from ossh.shell.output import is_utf8
from ossh.shell.text import meter
from ossh.shell.underway import (
    SEPARATOR,
    Scale,
    counts_text,
    fitted,
    line,
    percent,
    slowest_lines,
    told,
)
from ossh.transfer.messages import Progress

# Seconds between two looks at a run, between two frames, and between two plain lines.
LOOK_SECONDS = 0.05
FRAME_SECONDS = 0.05
LINE_SECONDS = 5.0
NOTE_SECONDS = 300.0  # between two plain lines while a run waits, perhaps for days
# Columns of a bar with its ends, and of a terminal that has room for a long one beside the text.
_LONG_BAR, _SHORT_BAR, _WIDE_TERMINAL, _ENDS = 24, 10, 110, 3
MOST_SLOWEST = 8  # lines below a wide bar
WIDE_SECONDS = 0.2  # between two frames of it: it is read, not glanced at
# A run that is over before this is not worth a bar.
PATIENCE_SECONDS = 0.4


class Watched(Protocol):
    """What is needed of a run to watch it."""

    @property
    def progress(self) -> Progress:
        """Return the latest snapshot."""

    def is_alive(self) -> bool:
        """Tell whether the run has not ended."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, at most so long."""


class _Steady:
    """A run whose end can be waited for while signals come.

    Before Python 3.13 a thread counts as ended once a signal has interrupted a join of it (see
    bpo-45274 in threading.py), and nobody would wait until it has parked. So another thread joins.
    """

    def __init__(self, run: Watched, until: Callable[[], bool]) -> None:
        self._run = run
        self._until = until
        self._ended = threading.Event()
        threading.Thread(target=self._join, name="ossh-watch", daemon=True).start()

    def _join(self) -> None:
        self._run.join()
        self._ended.set()

    @property
    def progress(self) -> Progress:
        return self._run.progress

    def is_alive(self) -> bool:
        return not (self._ended.is_set() or self._until())

    def join(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)


def watch(  # noqa: PLR0913 - all but run and stream by name
    run: Watched,
    stream: TextIO,
    *,
    quiet: bool = False,
    wide: bool = False,
    clock: Callable[[], float] = time.monotonic,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Draw a run until it ends.

    Args:
        run: A run that has been started.
        stream: Where to draw: a bar on a terminal, else a line every few seconds.
        quiet: Draw nothing.
        wide: On a terminal, give the slowest objects under way a line each below the bar.
        clock: Seconds.
        until: Ends the drawing, though the run goes on.
    """
    on_terminal = _draw_wide if wide else _draw
    draw = None if quiet else (on_terminal if stream.isatty() else _print)
    _watch(_Steady(run, until), stream, draw, clock)


def watch_counts(
    run: Watched,
    stream: TextIO,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Draw what a run that only plans has found, until it ends; on a terminal only."""
    draw = _draw_counts if stream.isatty() and not quiet else None
    _watch(_Steady(run, until), stream, draw, clock)


def _watch(
    run: Watched,
    stream: TextIO,
    draw: Callable[[Watched, TextIO, Callable[[], float]], None] | None,
    clock: Callable[[], float],
) -> None:
    # A stream that is closed, full or read by nobody ends the drawing, never the run.
    with suppress(OSError, ValueError):
        if draw is not None and not _ended_within(run, PATIENCE_SECONDS, clock):
            draw(run, stream, clock)
    _wait(run)


def _wait(run: Watched) -> None:
    while run.is_alive():  # in short waits, as Windows cannot interrupt a long one
        run.join(LOOK_SECONDS)


def _ended_within(run: Watched, seconds: float, clock: Callable[[], float]) -> bool:
    end = clock() + seconds
    while run.is_alive() and (left := end - clock()) > 0:
        run.join(min(LOOK_SECONDS, left))
    return not run.is_alive()


def _print(run: Watched, stream: TextIO, clock: Callable[[], float]) -> None:
    speed, due, note = Speed(), clock(), ""
    while run.is_alive():
        progress, now = run.progress, clock()
        bytes_per_second = speed.at(now, progress.bytes_received)
        if not progress.note:
            due = min(due, now + LINE_SECONDS)
        if now >= due or progress.note not in {"", note}:
            print(_plain(line(progress, bytes_per_second), stream), file=stream, flush=True)
            due, note = now + (NOTE_SECONDS if progress.note else LINE_SECONDS), progress.note
        run.join(LOOK_SECONDS * 5)


def _draw(run: Watched, stream: TextIO, clock: Callable[[], float]) -> None:
    speed = Speed()
    if not run.progress.is_planned:
        _draw_planning(run, stream, speed, clock)
    if run.is_alive():
        _draw_fetching(run, stream, speed, clock)


def _draw_planning(run: Watched, stream: TextIO, speed: Speed, clock: Callable[[], float]) -> None:
    """Draw a bar without an end, until the listing is finished."""
    with _bar(None, stream) as bar:
        while run.is_alive() and not run.progress.is_planned:
            progress = run.progress
            bar.text = _beside(progress, speed.at(clock(), progress.bytes_received), stream)
            run.join(LOOK_SECONDS)


def _draw_counts(run: Watched, stream: TextIO, _clock: Callable[[], float]) -> None:
    with _bar(None, stream) as bar:
        while run.is_alive():
            bar.text = counts_text(run.progress)
            run.join(LOOK_SECONDS)


def _draw_fetching(run: Watched, stream: TextIO, speed: Speed, clock: Callable[[], float]) -> None:
    """Draw a bar that ends at the true total, begun where the one before stood."""
    scale = Scale.of(run.progress)
    with _bar(scale.total, stream) as bar:
        position, resumed = scale.position(run.progress), scale.resumed(run.progress)
        bar(position, skipped=True)
        while run.is_alive():
            progress = run.progress
            found = scale.resumed(progress) - resumed
            bar(found, skipped=True)
            bar(scale.position(progress) - position - found)
            position, resumed = scale.position(progress), scale.resumed(progress)
            bar.text = _beside(progress, speed.at(clock(), progress.bytes_received), stream)
            run.join(LOOK_SECONDS)


def _draw_wide(run: Watched, stream: TextIO, clock: Callable[[], float]) -> None:
    """Draw a bar of one line, and a line below it for each of the slowest objects under way."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    speed = Speed()
    console = Console(file=stream, soft_wrap=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while run.is_alive():
            progress = run.progress
            frame = _frame(progress, speed.at(clock(), progress.bytes_received), stream)
            lines = (Text(text, no_wrap=True, overflow="crop") for text in frame)
            live.update(Group(*lines), refresh=True)
            run.join(WIDE_SECONDS)


def _frame(progress: Progress, bytes_per_second: float, stream: TextIO) -> Iterator[str]:
    """Yield the lines of a wide bar."""
    columns, rows = get_terminal_size()
    share, length = percent(progress) / 100 if progress.is_planned else 0.0, _bar_length()
    bar = meter(share, length, ascii_only=not is_utf8(stream))
    yield f"|{bar:<{length}}| {_beside(progress, bytes_per_second, stream)}"
    most = max(1, min(MOST_SLOWEST, rows - 3))
    for text in slowest_lines(progress.slowest[:most], columns - 1):
        yield _plain(text, stream)


def _beside(progress: Progress, bytes_per_second: float, stream: TextIO) -> str:
    """Return what stands beside a bar: as much as there is room for."""
    room = get_terminal_size().columns - _bar_length() - _ENDS
    return _plain(fitted(told(progress, bytes_per_second), room), stream)


def _plain(text: str, stream: TextIO) -> str:
    """Return a text with separators that its stream can hold."""
    return text if is_utf8(stream) else text.replace(SEPARATOR, ", ")


def _bar_length() -> int:
    return _LONG_BAR if get_terminal_size().columns >= _WIDE_TERMINAL else _SHORT_BAR


@contextmanager
def _bar(total: int | None, stream: TextIO) -> Iterator[Any]:
    from alive_progress import alive_bar  # slow to import, and often not needed

    with alive_bar(
        total,
        file=stream,
        length=_bar_length(),
        monitor=False,  # its units are not ours, and what matters comes first in the text
        elapsed=False,  # it would count from the first frame, and again after each question
        theme="smooth" if is_utf8(stream) else "classic",
        spinner=None,
        enrich_print=False,
        receipt=False,  # the summary says more
        stats=False,  # so would its speed; ours is in the text
        refresh_secs=FRAME_SECONDS,
    ) as bar:
        yield bar
