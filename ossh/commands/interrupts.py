"""Where Ctrl-C goes, and the signals that end the process.

- At the prompt, prompt_toolkit clears the line. At a question, the answer is "no" or "stop".
- While a command runs, Python calls the host's handler in the main thread. `stops_gently` below
  tells whether that was enough; otherwise KeyboardInterrupt is raised where the command stands.
    - A run, a restoration or a verification is told to stop, and the command shows what was done.
      At a prompt, a run asks first: stop, move to the background, or continue? The second
      Ctrl-C ends the command at once.
    - A count that is cut short (`live_count`) shows what it has.
    - All other commands just end; `wait` leaves its job running. No wait for the network is deaf to
      Ctrl-C: `ossh.store.interruptible` asks in a thread that is left behind.
- While code is imported, it counts once that is done (`untimely_signals`).
- In a pager it ends a search; the listing goes on (`output`).
- A script ends after an interrupted line, with status 130 (`ossh.shell.console`).
- SIGTERM and SIGHUP raise SystemExit in the main thread: runs are parked, then the process ends.
  So do Ctrl-Break and a closed window on Windows. The prompt and the picker end between two steps
  of theirs (`untimely_signals`).
"""

import _thread
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from ossh.console import windows_console
from ossh.console.console import Console, Withdrawn
from ossh.console.dialogue.events import Events
from ossh.console.dialogue.questions import watch_and_ask
from ossh.console.dialogue.run_outcome import report_outcome
from ossh.console.progress_bar import LINE, watch
from ossh.language import _
from ossh.session import Session
from ossh.session.jobs.removal import forget_unbegun
from ossh.transfer.job_thread import PARK_SECONDS, JobThread

if TYPE_CHECKING:  # a run brings the whole of transfer with it
    from ossh.transfer.run import Run

T = TypeVar("T")
Handler = Callable[[int, FrameType | None], object]

# What becomes of a run that was interrupted.
STOP, BACKGROUND, CONTINUE = "stop", "background", "continue"

_SHORT = {"": CONTINUE, "s": STOP, "b": BACKGROUND, "c": CONTINUE}


def ask_how_to_go_on(console: Console) -> str:
    """Ask what to do with a run, which goes on while we ask; Ctrl-C or Ctrl-D means stop.

    A question that is taken back, as the run has ended, means nothing more.
    """
    while True:
        try:
            question = _("stop, move to the background, or continue? [s/b/C] ")
            answer = console.read(question).strip().lower()
        except (KeyboardInterrupt, EOFError):
            return STOP
        except Withdrawn:
            return CONTINUE
        if (choice := _SHORT.get(answer, answer)) in _SHORT.values():
            return choice
        text = _("please answer s, b or c, not '{answer}'; Enter alone means c")
        console.remark(text.format(answer=answer))


def stops_gently(console: Console) -> bool:
    """Tell what runs to stop, at the first Ctrl-C; False where that is to end the command."""
    run, stop = console.session.run, console.stop_drawn
    if stop is None and run is not None and run.is_alive() and not run.is_stopping:
        run.stop()  # it is about to be drawn, and then its end is shown
        return True
    if stop is None or console.asks_how_to_go_on:
        return False
    console.stop_drawn = None
    stop()
    return True


@contextmanager
def stopped_by_ctrl_c(
    console: Console, stop: Callable[[], None], *, may_ask: bool = False
) -> Iterator[None]:
    """Let Ctrl-C stop something while it is drawn; what an error leaves unseen is stopped."""
    console.stop_drawn, console.asks_how_to_go_on = stop, may_ask
    try:
        yield
    except BaseException:
        stop()
        raise
    finally:
        console.stop_drawn = None


def watch_to_end(console: Console, thread: JobThread[T], bar: str = LINE) -> T:
    """Draw what Ctrl-C stops until it ends; return its result, or raise what kept it from one."""
    with stopped_by_ctrl_c(console, thread.stop):
        watch(thread, sys.stderr, bar=bar, quiet=console.quiet)
    return thread.result()


def watch_run(console: Console, run: "Run", events: Events | None = None) -> bool:
    """Draw a run until it ends, or tell events; raise what kept it from starting.

    Returns:
        Whether it ended; otherwise it is to continue in the background.
    """
    may_ask = console.interactive and console.has_prompt and run.preflight is None
    may_ask &= events is None
    try:
        with stopped_by_ctrl_c(console, run.stop, may_ask=may_ask):
            if not _draw(console, run, events):
                return False
    except (SystemExit, OSError) as error:  # told to end, or whoever read the events has left
        run.join(PARK_SECONDS)
        if isinstance(error, SystemExit) and run.summary is not None and run.preflight is None:
            with suppress(OSError):  # the terminal may be gone
                report_outcome(console, run) if events is None else events.end(run)
        raise
    forget_unbegun(console.session, run)
    if run.error is not None:
        raise run.error
    return True


def _draw(console: Console, run: "Run", events: Events | None) -> bool:
    """Draw a run until it ends, or until a person asks for it to go to the background."""
    while True:
        try:
            watch_and_ask(console, run, events=events)
        except KeyboardInterrupt:
            if not console.asks_how_to_go_on:
                raise
        else:
            return True
        with console.asked_while(run.is_alive):
            choice = ask_how_to_go_on(console)
        if choice == BACKGROUND:
            return False
        if choice == STOP:
            console.asks_how_to_go_on = False
            console.stop_drawn = None
            run.stop()


def obey_signals(session: Session, on_interrupt: Handler, on_termination: Handler) -> None:
    """Let Ctrl-C stop a command, and let whatever ends the process park its runs first."""
    signal.signal(signal.SIGINT, on_interrupt)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, on_termination)
        windows_console.on_close(partial(end_from_outside, session, signal.SIGBREAK))
    else:
        signal.signal(signal.SIGTERM, on_termination)
        signal.signal(signal.SIGHUP, on_termination)


def end_from_outside(
    session: Session, number: signal.Signals, hold_seconds: float = windows_console.HOLD_SECONDS
) -> None:
    """End the process as a signal does, from another thread, after which it may be killed.

    The main thread may wait for its input, which nothing interrupts; so what runs is parked here.
    """
    until = time.monotonic() + hold_seconds
    _thread.interrupt_main(number)
    run, runs = session.run, session.runs
    if run is not None:
        run.stop()
    runs.park(runs.alive)
    time.sleep(max(0.0, until - time.monotonic()))  # the main thread ends the process before that
