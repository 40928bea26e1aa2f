"""Where Ctrl-C goes, and the signals that end the process.

- At the prompt, prompt_toolkit clears the line. At a question, the answer is "no" or "stop".
- While a command runs, Python calls `sigint_handler` of cmd2 in the main thread. It asks the set
  of the command, `InterruptibleCommands.sigint_handler` below: True means that the set has dealt
  with it; otherwise KeyboardInterrupt is raised where the command stands.
    - A run, a restoration or a verification is told to stop, and the command shows what was done.
      Where a person sits, a run asks first: stop, move to the background, or continue? The second
      Ctrl-C ends the command at once.
    - A count that is cut short (`live_count`) shows what it has.
    - All other commands just end; `wait` leaves its job running. No wait for the network is deaf to
      Ctrl-C: `ossh.store.interruptible` asks in a thread that is left behind.
- While code is imported, it counts once that is done (`interrupted_imports`).
- In a pager it ends a search; the listing goes on (`output`).
- A script ends after an interrupted line, with status 130 (`exit_status`).
- SIGTERM and SIGHUP raise SystemExit in the main thread: runs are parked, then the process ends.
  So do Ctrl-Break and a closed window on Windows.
"""

import _thread
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

import cmd2

from ossh.language import N_, _
from ossh.session.background_runs import PARK_SECONDS
from ossh.session.jobs.removal import forget_unbegun
from ossh.shell import windows_console
from ossh.shell.console import Console
from ossh.shell.dialogue.credential_question import watch_and_ask
from ossh.shell.dialogue.run_outcome import tell

if TYPE_CHECKING:  # a run brings the whole of transfer with it
    from ossh.transfer.run import Run

QUESTION = N_("stop, move to the background, or continue? [s/b/C] ")

# What becomes of a run that was interrupted.
STOP, BACKGROUND, CONTINUE = "stop", "background", "continue"

_MEANINGS = (
    N_("s  stop: what has arrived is kept, and 'get' resumes the job"),
    N_("b  background: the job keeps running, and the prompt returns at once"),
    N_("c  continue here as before (or just press Enter)"),
)
_ANSWERS = {"": CONTINUE} | {
    answer: one for one in (STOP, BACKGROUND, CONTINUE) for answer in (one, one[0])
}


def ask_how_to_go_on(shell: cmd2.Cmd) -> str:
    """Ask what to do with a run, which goes on while we ask; Ctrl-C or Ctrl-D means stop."""
    while True:
        try:
            answer = shell.read_input(_(QUESTION)).strip().lower()
        except (KeyboardInterrupt, EOFError):
            return STOP
        if answer in _ANSWERS:
            return _ANSWERS[answer]
        for meaning in _MEANINGS:
            shell.perror(_(meaning), style=None)


class Stoppable(Protocol):
    """What can be told to stop, and does so soon: a run, a restoration, a verification."""

    def stop(self) -> None: ...


class InterruptibleCommands(cmd2.CommandSet[Console]):
    """Commands that draw something until it ends, and stop it gently at the first Ctrl-C."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Stoppable | None = None
        self._may_ask = False  # whether the first Ctrl-C asks what to do; the code that draws asks

    def sigint_handler(self) -> bool:
        """Stop what runs gently at the first Ctrl-C; the next one ends the command."""
        run = self._cmd.session.run
        if self._drawn is None and run is not None and run.is_alive() and not run.is_stopping:
            run.stop()  # it is about to be drawn, and then its end is shown
            return True
        if self._drawn is None or self._may_ask:
            return False
        self._drawn.stop()
        self._drawn = None
        return True

    @contextmanager
    def stopped_by_ctrl_c(self, drawn: Stoppable, *, may_ask: bool = False) -> Iterator[None]:
        """Let Ctrl-C stop something while it is drawn; what an error leaves unseen is stopped."""
        self._drawn, self._may_ask = drawn, may_ask
        try:
            yield
        except BaseException:
            drawn.stop()
            raise
        finally:
            self._drawn = None

    def watch(self, run: "Run") -> bool:
        """Draw a run until it ends; raise what kept it from starting.

        Returns:
            Whether it ended; otherwise it is to continue in the background.
        """
        is_choice = self._cmd.interactive and run.preflight is None
        try:
            with self.stopped_by_ctrl_c(run, may_ask=is_choice):
                if not self._draw(run):
                    return False
        except SystemExit:  # told to end: park as Ctrl-C does
            run.join(PARK_SECONDS)
            if run.summary is not None and run.preflight is None:
                with suppress(OSError):  # the terminal may be gone
                    tell(self._cmd, run)
            raise
        forget_unbegun(self._cmd.session, run)
        if run.error is not None:
            raise run.error
        return True

    def _draw(self, run: "Run") -> bool:
        """Draw a run until it ends, or until a person asks for it to go to the background."""
        while True:
            try:
                watch_and_ask(self._cmd, run)
            except KeyboardInterrupt:
                if not self._may_ask:
                    raise
            else:
                return True
            choice = ask_how_to_go_on(self._cmd)
            if choice == BACKGROUND:
                return False
            if choice == STOP:
                self._may_ask = False
                self._drawn = None
                run.stop()


def obey_signals(shell: Console) -> None:
    """Let Ctrl-C stop a command, and let whatever ends the process park first."""
    signal.signal(signal.SIGINT, shell.sigint_handler)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, shell.termination_signal_handler)
        windows_console.on_close(partial(end_from_outside, shell, signal.SIGBREAK))
    else:
        signal.signal(signal.SIGTERM, shell.termination_signal_handler)
        signal.signal(signal.SIGHUP, shell.termination_signal_handler)


def end_from_outside(
    shell: Console, number: signal.Signals, hold_seconds: float = windows_console.HOLD_SECONDS
) -> None:
    """End the shell as a signal does, from another thread, after which the process may be killed.

    The main thread may wait for its input, which nothing interrupts; so what runs is parked here.
    """
    until = time.monotonic() + hold_seconds
    _thread.interrupt_main(number)
    run, runs = shell.session.run, shell.session.runs
    if run is not None:
        run.stop()
    runs.park(runs.alive)
    time.sleep(max(0.0, until - time.monotonic()))  # the main thread ends the process before that
