"""Draws a run from its `Progress` snapshots: a live bar, or plain lines without a terminal.

The bar is honest. While the listing is under way it has no end; once the total is known, a second
one takes its place. Bytes that were here before count for the position, not for the speed. Drawing
does not slow a run: it only reads a snapshot a few times a second.
"""

import math
import time
from collections.abc import Callable, Iterator
from shutil import get_terminal_size
from typing import Protocol, TextIO

from ossh.console.live_count import told_live
from ossh.console.views import run_progress
from ossh.console.views.charts import meter
from ossh.session.speed import RecentSpeed
from ossh.transfer.watching import Phase, Progress

# How a run is drawn on a terminal: as a bar of one line, with the slowest objects below it, or, of
# one that only plans, as what it has found.
LINE, WIDE, COUNTS = "line", "wide", "counts"

# Seconds between two looks at a run, between two frames, and between two plain lines.
LOOK_SECONDS = 0.05
FRAME_SECONDS = 0.05
LINE_SECONDS = 5.0
NOTE_SECONDS = 300.0  # between two plain lines while a run waits, perhaps for days
# Columns of a bar with its ends, and of a terminal that has room for a long one beside the text.
_LONG_BAR, _SHORT_BAR, _WIDE_TERMINAL, _ENDS = 24, 10, 110, 3
MOST_SLOWEST = 8  # lines below a wide bar
WIDE_SECONDS = 0.2  # between two frames of it: it is read, not glanced at
# A run that is over before this is not worth a bar: to load what draws it slows a run for 0.06 s.
PATIENCE_SECONDS = 1.0


class Watched(Protocol):
    """What is needed of a run to watch it."""

    @property
    def progress(self) -> Progress: ...

    def is_alive(self) -> bool: ...

    def join(self, timeout: float | None = None) -> None: ...


class _View:
    """A run, and the stream that it is drawn on."""

    def __init__(
        self, run: Watched, stream: TextIO, until: Callable[[], bool], clock: Callable[[], float]
    ) -> None:
        self.run, self.stream, self.clock = run, stream, clock
        self._until = until
        self._speed = RecentSpeed()

    def is_alive(self) -> bool:
        return self.run.is_alive() and not self._until()

    def wait(self, seconds: float = math.inf) -> None:
        """Wait so long, but no longer than the run lives."""
        end = self.clock() + seconds
        while self.is_alive() and (left := end - self.clock()) > 0:
            # in short waits, as Windows cannot interrupt a long one
            self.run.join(min(LOOK_SECONDS, left))

    def snapshots(self, seconds: float = LOOK_SECONDS) -> Iterator[Progress]:
        """Yield how far the run is, until it ends; wait so long after each."""
        while self.is_alive():
            yield self.run.progress
            self.run.join(seconds)

    def bytes_per_second(self, progress: Progress) -> float | None:
        return self._speed.at(self.clock(), progress.bytes_received)

    def beside(self, progress: Progress) -> str:
        """Return what stands beside a bar: as much as there is room for."""
        room = get_terminal_size().columns - _bar_length() - _ENDS
        texts = run_progress.progress_texts(progress, self.bytes_per_second(progress))
        return run_progress.first_fitting(texts, room)


def watch(  # noqa: PLR0913 - how a run is drawn
    run: Watched,
    stream: TextIO,
    *,
    bar: str = LINE,
    quiet: bool = False,
    until: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Draw a run that has been started until it ends, or until `until` says so.

    On a terminal it is a bar: LINE, WIDE or COUNTS. Elsewhere it is a line every few seconds, but
    for COUNTS. Speeds, and the time between two lines, are measured by the clock, in seconds.
    """
    view = _View(run, stream, until, clock)
    try:
        is_terminal = stream.isatty()
        if not quiet and (is_terminal or bar != COUNTS):
            view.wait(PATIENCE_SECONDS)
            if view.is_alive():
                draw = {LINE: _draw, WIDE: _draw_wide, COUNTS: _draw_counts}[bar]
                (draw if is_terminal else _print)(view)
    except (OSError, ValueError) as error:
        # A stream that is closed, full or read by nobody ends the drawing, never the run. But a
        # signal counts whose exception this one hides, as where a window is closed.
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, (SystemExit, KeyboardInterrupt)):
            cause = cause.__context__
        if cause is not None:
            raise cause from None
    view.wait()


def _print(view: _View) -> None:
    due, note = view.clock(), ""
    for progress in view.snapshots(LOOK_SECONDS * 5):
        if progress.phase is Phase.IDLE:
            continue  # a line a round is enough
        now = view.clock()
        text = run_progress.progress_line(progress, view.bytes_per_second(progress))
        if not progress.note:
            due = min(due, now + LINE_SECONDS)
        if now >= due or progress.note not in {"", note}:
            print(text, file=view.stream, flush=True)
            due, note = now + (NOTE_SECONDS if progress.note else LINE_SECONDS), progress.note


def _draw_counts(view: _View) -> None:
    snapshots, far = view.snapshots(), run_progress.counts_text
    for _progress in told_live(snapshots, far, view.stream, quiet=False):
        pass


def _draw(view: _View) -> None:
    """Draw a bar without an end until the listing is finished, then one that ends at the total."""
    from alive_progress import alive_bar  # slow to import, and often not needed

    while view.is_alive():
        is_planned = view.run.progress.is_planned
        with alive_bar(
            manual=is_planned,  # it stands where it is told to; else it has no end
            file=view.stream,
            length=_bar_length(),
            monitor=False,  # its units are not ours, and what matters comes first in the text
            elapsed=False,  # it would count from the first frame, and again after each question
            spinner=None,
            enrich_print=False,
            receipt=False,  # the summary says more
            stats=False,  # so would its speed; ours is in the text
            refresh_secs=FRAME_SECONDS,
        ) as bar:
            for progress in view.snapshots():
                if progress.is_planned is not is_planned:
                    break
                if is_planned:
                    bar(run_progress.share(progress))  # begun where the one before stood
                bar.text = view.beside(progress)


def _draw_wide(view: _View) -> None:
    """Draw a bar of one line, and a line below it for each of the slowest objects under way."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    console = Console(file=view.stream, soft_wrap=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for progress in view.snapshots(WIDE_SECONDS):
            frame = _frame(view, progress)
            lines = (Text(text, no_wrap=True, overflow="crop") for text in frame)
            live.update(Group(*lines), refresh=True)


def _frame(view: _View, progress: Progress) -> Iterator[str]:
    columns, rows = get_terminal_size()
    length, is_planned = _bar_length(), progress.is_planned
    bar = meter(run_progress.share(progress) if is_planned else 0.0, length)
    yield f"|{bar:<{length}}| {view.beside(progress)}"
    most = max(1, min(MOST_SLOWEST, rows - 3))
    yield from run_progress.slowest_lines(progress.slowest[:most], columns - 1)


def _bar_length() -> int:
    return _LONG_BAR if get_terminal_size().columns >= _WIDE_TERMINAL else _SHORT_BAR
