import errno
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TextIO

import pytest
from terminal import open_terminal

from ossh.console.progress_bar import COUNTS, LINE, PATIENCE_SECONDS, WIDE, watch
from ossh.transfer.watching import Progress, UnderWay
from tests.shell.conftest import Screen
from tests.unit.console.snapshots import HALF, MIB
from tests.waiting import wait_until


class Clock:
    """A clock that has gone past any patience when it is asked again, and then stands still.

    Args:
        past: How far it has gone then, in seconds.
        goes: Whether it goes on as clocks do, so that there is a speed.
    """

    def __init__(self, past: float = PATIENCE_SECONDS, *, goes: bool = False) -> None:
        self.calls = 0
        self._past, self._goes = past, goes

    def __call__(self) -> float:
        self.calls += 1
        now = time.monotonic() if self._goes else 0.0
        return now + (self._past if self.calls > 1 else 0.0)


class Replay(threading.Thread):
    """A run that shows given snapshots, and ends.

    Args:
        snapshots: What it shows.
        is_drawn: Tells of a number of a snapshot whether it was drawn, which it waits for.
        looks: How often each is looked at before the next one comes.
    """

    def __init__(
        self,
        snapshots: Sequence[Progress],
        is_drawn: Callable[[int], bool] = lambda _number: True,
        looks: int = 2,
    ) -> None:
        super().__init__(daemon=True)
        self._snapshots = snapshots
        self._is_drawn = is_drawn
        self._least = looks
        self._number = self._looks = 0

    @property
    def progress(self) -> Progress:
        self._looks += 1
        return self._snapshots[self._number]

    def run(self) -> None:
        for number in range(len(self._snapshots)):
            self._number, self._looks = number, 0
            wait_until(lambda: self._looks >= self._least and self._is_drawn(self._number))


@contextmanager
def terminal() -> Iterator[tuple[TextIO, list[str]]]:
    """Give a terminal to write to and what was written, once the block has ended."""
    master, slave = open_terminal(24, 120)
    shown: list[str] = []

    def read() -> None:
        with os.fdopen(master, "rb", buffering=0) as file:
            while True:
                try:
                    block = file.read(65536)
                except OSError:
                    return
                if not block:
                    return
                shown.append(block.decode("utf-8", "replace"))

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        yield stream, shown
    reader.join()


def drawn(snapshots: Sequence[Progress], *marks: str, bar: str = LINE) -> str:
    """Return what a terminal gets of a run; each snapshot stays until its mark is there."""
    with terminal() as (stream, shown):
        run = Replay(snapshots, lambda number: marks[number] in "".join(shown))
        run.start()
        watch(run, stream, bar=bar, clock=Clock(goes=True))
    return "".join(shown)


def written(snapshots: Sequence[Progress], *marks: str, bar: str = LINE) -> str:
    """Return what a stream that is no terminal gets of a run, as `drawn` does."""
    stream = io.StringIO()
    run = Replay(snapshots, lambda number: marks[number] in stream.getvalue())
    run.start()
    watch(run, stream, bar=bar, clock=Clock())
    return stream.getvalue()


needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")


SLOW = (UnderWay("web/a.bin", 4 * MIB, MIB, MIB, 4.0), UnderWay("web/b.bin", 9, 0, 0, 2.0))


@pytest.mark.parametrize("bar", [LINE, WIDE])
def test_without_a_terminal_there_are_plain_lines(bar: str) -> None:
    shown = written([replace(HALF, slowest=SLOW)], "500", bar=bar)

    assert set(shown.splitlines()) == {"[50 %] 500 of 1,000 · 50.0 MiB of 100.0 MiB"}
    assert "\r" not in shown


def test_a_change_of_the_note_is_printed_at_once() -> None:
    waiting = replace(HALF, note="waiting for the network")

    assert "waiting for the network" in written([HALF, waiting], "500", "network")


def test_a_note_that_comes_and_goes_does_not_print_a_line_each_time() -> None:
    slow = replace(HALF, note="the service asked to slow down")

    first, second = written([HALF, slow] * 3, *[""] * 6).splitlines()

    assert "slow down" not in first
    assert "slow down" in second


@pytest.mark.parametrize(
    ("stream", "clock", "options"),
    [
        pytest.param(Screen(), Clock(), {"quiet": True}, id="quiet"),
        pytest.param(Screen(), Clock(0.0), {}, id="soon over"),
        pytest.param(io.StringIO(), Clock(), {"bar": COUNTS}, id="counts, but no terminal"),
    ],
)
def test_nothing_is_drawn_until_the_end(
    stream: io.StringIO, clock: Clock, options: dict[str, Any]
) -> None:
    run = Replay([HALF], lambda _number: clock.calls > 5, looks=0)

    run.start()
    watch(run, stream, clock=clock, **options)

    assert stream.getvalue() == ""
    assert not run.is_alive()


@needs_terminal
@pytest.mark.parametrize(("columns", "bar"), [(80, 10), (120, 24)])
def test_a_bar_leaves_room_for_what_is_said_beside_it(
    columns: int, bar: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    later = [replace(HALF, failed=12, to_retry=99, bytes_received=n * 9 * MIB) for n in (1, 2)]
    shown = drawn(later, "99 to retry", " left")

    [frame] = set(re.findall(rf"\|.{{{bar}}}\| \[50 %\][^\r]*? left[^\r\x1b]*", shown)[-1:])
    assert "500 of 1,000, 12 failed, 99 to retry · " in frame
    assert len(frame) <= columns


@needs_terminal
def test_while_the_listing_runs_the_bar_has_no_end_and_then_a_true_one() -> None:
    planning = replace(HALF, is_planned=False, planned=600, planned_bytes=60 * MIB)

    shown = drawn([planning, HALF], "of 600 so far", "of 1,000")

    before, _, after = shown.partition("[50 %]")
    assert "500 of 600 so far" in before
    assert "%" not in before
    assert "so far" not in after


@needs_terminal
def test_a_bar_goes_back_when_bytes_turn_out_to_be_wrong() -> None:
    shown = drawn([HALF, replace(HALF, bytes_done=40 * MIB)], "[50 %]", "[40 %]")

    assert "[40 %]" in shown


@needs_terminal
def test_counts_are_drawn_on_a_terminal() -> None:
    found = Progress(listed=5000, planned=5000, planned_bytes=MIB)

    assert "5,000 objects, 1.0 MiB so far" in drawn([found], "5,000 objects", bar=COUNTS)


@needs_terminal
def test_a_wide_bar_gives_the_slowest_objects_a_line_each_and_goes_when_the_run_ends() -> None:
    text = drawn([replace(HALF, to_retry=3, slowest=SLOW)], "web/b.bin", bar=WIDE)

    assert re.search(r"\|█+ *\| \[50 %\] 500 of 1,000, 3 to retry", text)
    assert "  web/a.bin: 25 % of 4.0 MiB · 256.0 KiB/s · for 4 s" in text
    assert "  web/b.bin: 0 % of 9 B · for 2 s" in text
    assert "web" not in text[text.rindex("\x1b[2K") :]  # all lines were cleared


@needs_terminal
def test_a_wide_bar_claims_no_share_while_the_listing_runs() -> None:
    planning = replace(HALF, is_planned=False, slowest=SLOW)

    shown = drawn([planning], "web/a.bin", bar=WIDE)

    assert "500 of 1,000 so far" in shown
    assert "█" not in shown


class _Window(Screen):
    """A terminal, until its window is closed; what the thread of the bar writes is not heard of."""

    is_closed = False

    def write(self, text: str) -> int:
        if self.is_closed and threading.current_thread() is threading.main_thread():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().write(text)


class _ToldToEnd(Replay):
    """A run whose watcher is told to end, as the window is closed; then the run ends, too."""

    def __init__(self, window: _Window) -> None:
        super().__init__([HALF], is_drawn=lambda _number: window.is_closed, looks=0)
        self._window = window

    def join(self, timeout: float | None = None) -> None:
        if not self._window.is_closed:
            self._window.is_closed = True
            raise SystemExit(129)
        super().join(timeout)


@pytest.mark.parametrize("bar", [LINE, WIDE, COUNTS])
def test_a_closed_window_hides_no_signal(bar: str) -> None:
    run = _ToldToEnd(window := _Window())
    run.start()

    with pytest.raises(SystemExit):
        watch(run, window, bar=bar, clock=Clock())
    run.join()
