"""Draws a run from its `Progress` snapshots: a live bar, or plain lines without a terminal.

The bar is honest: while the listing goes on it has no end; when the total is known a second one
takes over where the first stood; bytes that were here before count for the place, not for the
speed. Drawing is the prompt's business alone and slows nothing: a snapshot is looked at a few
times a second, whatever the run does meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Any, Protocol, TextIO

from ossh.language import _, said
from ossh.session.speed import Speed
from ossh.shell.output import is_utf8
from ossh.shell.text import count, listed, rate
from ossh.transfer.messages import Phase, Progress
from ossh.units import format_duration, format_size

# Seconds between two looks at a run, between two frames, and between two plain lines.
LOOK_SECONDS = 0.05
FRAME_SECONDS = 0.05
LINE_SECONDS = 5.0
NOTE_SECONDS = 300.0  # between two plain lines while a run waits, perhaps for days
# Columns of a bar, and of a terminal that has room for a long one beside all that is said.
_WIDE_BAR, _NARROW_BAR, _WIDE_TERMINAL = 24, 10, 110
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


@dataclass(frozen=True, slots=True)
class Scale:
    """What a bar counts: bytes, or objects when none of them has a byte."""

    total: int
    by_bytes: bool

    @classmethod
    def of(cls, progress: Progress) -> "Scale":
        """Return what the bar of a planned run counts."""
        if progress.planned_bytes:
            return cls(progress.planned_bytes, by_bytes=True)
        return cls(progress.planned, by_bytes=False)

    def position(self, progress: Progress) -> int:
        """Return how far the run is on this scale."""
        return progress.bytes_done if self.by_bytes else progress.done + progress.skipped

    def resumed(self, progress: Progress) -> int:
        """Return how much of the position was there before the run."""
        return progress.bytes_resumed if self.by_bytes else progress.skipped


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


def objects_text(progress: Progress) -> str:
    """Return the objects of a run in few words: "120 of 1,000 objects, 2 failed, round 2".

    What it waits for comes first, for nothing else moves.
    """
    there = progress.done + progress.skipped
    pieces = [said(progress.note)] if progress.note else []
    so_far = _("{done:,} of {objects} so far")
    done = _("{done:,} of {objects}") if progress.is_planned else so_far
    pieces.append(done.format(done=there, objects=count(progress.planned, "object")))
    if progress.failed:
        pieces.append(failed_text(progress))
    if progress.round > 1:
        pieces.append(_("round {number}").format(number=progress.round))
    if progress.phase is Phase.STOPPING:
        pieces.append(_("stopping"))
    return listed(*pieces)


def failed_text(progress: Progress) -> str:
    """Return how many objects of a run are not to be had: "3 failed, 2 archived"."""
    numbers = {
        _("{number:,} failed"): progress.failed - progress.archived,
        _("{number:,} archived"): progress.archived,
    }
    return listed(*(text.format(number=number) for text, number in numbers.items() if number))


def counts_text(progress: Progress) -> str:
    """Return what planning has found so far: "120 objects of 9,000 listed, 1.2 MiB so far"."""
    pieces = [said(progress.note)] if progress.note else []
    found = count(progress.planned, "object")
    if progress.listed > progress.planned:
        found = _("{objects} of {listed:,} listed").format(objects=found, listed=progress.listed)
    size = format_size(progress.planned_bytes)
    if not progress.is_planned:
        size = _("{size} so far").format(size=size)
    return listed(*pieces, found, size)


def pace_text(progress: Progress, bytes_per_second: float) -> str:
    """Return speed and time left, which is known only when the total is: "3 MiB/s, 2 min left"."""
    left = progress.planned_bytes - progress.bytes_done
    if not progress.is_planned or bytes_per_second <= 0 or left <= 0:
        return rate(bytes_per_second)
    time_left = format_duration(left / bytes_per_second)
    return listed(rate(bytes_per_second), _("{time} left").format(time=time_left))


def line(progress: Progress, bytes_per_second: float) -> str:
    """Return a snapshot as a plain line; a speed that is not known yet is left out."""
    size = format_size(progress.bytes_done)
    if progress.is_planned:
        size = _("{size} of {total}").format(size=size, total=format_size(progress.planned_bytes))
    pace = pace_text(progress, bytes_per_second) if round(bytes_per_second) > 0 else ""
    return listed(objects_text(progress), size, pace)


def watch(
    run: Watched,
    stream: TextIO,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Draw a run until it ends.

    Args:
        run: A run that has been started.
        stream: Where to draw: a bar on a terminal, else a line every few seconds.
        quiet: Draw nothing.
        clock: Seconds.
        until: Ends the drawing, though the run goes on.
    """
    draw = None if quiet else (_draw if stream.isatty() else _print)
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
        if now >= due or progress.note != note:
            print(line(progress, bytes_per_second), file=stream, flush=True)
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
    with _bar(None, stream, monitor=False) as bar:
        while run.is_alive() and not run.progress.is_planned:
            progress = run.progress
            text = _bar_text(progress, speed.at(clock(), progress.bytes_received))
            size = format_size(progress.bytes_done)
            bar.text = listed(text, size) if progress.note else listed(size, text)
            run.join(LOOK_SECONDS)


def _draw_counts(run: Watched, stream: TextIO, _clock: Callable[[], float]) -> None:
    with _bar(None, stream, monitor=False) as bar:
        while run.is_alive():
            bar.text = counts_text(run.progress)
            run.join(LOOK_SECONDS)


def _draw_fetching(run: Watched, stream: TextIO, speed: Speed, clock: Callable[[], float]) -> None:
    """Draw a bar that ends at the true total, begun where the one before stood."""
    scale = Scale.of(run.progress)
    look = {"unit": "B", "scale": "IEC"} if scale.by_bytes else {"unit": _(" objects")}
    with _bar(scale.total, stream, **look) as bar:
        position, resumed = scale.position(run.progress), scale.resumed(run.progress)
        bar(position, skipped=True)
        while run.is_alive():
            progress = run.progress
            found = scale.resumed(progress) - resumed
            bar(found, skipped=True)
            bar(scale.position(progress) - position - found)
            position, resumed = scale.position(progress), scale.resumed(progress)
            bar.text = _bar_text(progress, speed.at(clock(), progress.bytes_received))
            run.join(LOOK_SECONDS)


def _bar_text(progress: Progress, bytes_per_second: float) -> str:
    """Return what stands beside a bar; while a run waits it has no speed."""
    objects = objects_text(progress)
    return objects if progress.note else listed(pace_text(progress, bytes_per_second), objects)


@contextmanager
def _bar(total: int | None, stream: TextIO, **look: Any) -> Iterator[Any]:  # noqa: ANN401 - alive_progress's own
    from alive_progress import alive_bar  # slow to import, and often not needed

    is_wide = get_terminal_size().columns >= _WIDE_TERMINAL
    with alive_bar(
        total,
        file=stream,
        length=_WIDE_BAR if is_wide else _NARROW_BAR,
        elapsed=False,  # it would count from the first frame only, anew after each question
        theme="smooth" if is_utf8(stream) else "classic",
        spinner=None,
        enrich_print=False,
        receipt=False,  # the summary says more
        stats=False,  # so would its speed; ours is in the text
        refresh_secs=FRAME_SECONDS,
        **look,
    ) as bar:
        yield bar
