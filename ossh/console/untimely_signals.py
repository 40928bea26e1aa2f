"""Signals that come where an exception would be lost, and those that come twice.

The former count once what they would be lost in is done.
An exception that is raised inside an import is lost in callbacks of the import system, comes out
as another one from `__set_name__`, and in code that dataclasses make from text lets `python -m` end
with SIGINT whatever we return. Inside a task of an event loop, prompt_toolkit shows what it takes
for an error, and waits for the Enter key. Each import and each step of a task ends by itself, soon.
In a finalizer, or the callback of a weak reference, which may run wherever an object is freed,
Python writes the exception to stderr and forgets it; so the signal is raised again afterwards.

The executable that is one file is two processes: the one that unpacked it waits for the one that is
ossh, and forwards all signals to it. A terminal signals both of them (Ctrl-C, hang-up), and so do
batch systems, so ossh gets each twice. A second Ctrl-C would cut short what the first lets end.
"""

import _thread
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from types import FrameType
from typing import TYPE_CHECKING

from ossh.errors import STATUS_SIGNALLED

if TYPE_CHECKING:  # which the running Python need not know
    from sys import UnraisableHookArgs

RETRY_SECONDS = 0.01
ECHO_SECONDS = 1.0  # longer than a busy machine takes to forward a signal


class Echoes:
    """Tells a signal from its echo, which may come at any time, even while this is asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[int, float] = {}
        self._asked: defaultdict[int, Lock] = defaultdict(Lock)

    def is_echo(self, number: int) -> bool:
        """Return whether the same signal has just arrived."""
        if not self._asked[number].acquire(blocking=False):
            return True  # this interrupts the call that is about the other one
        try:
            now = self._clock()
            before, self._heard[number] = self._heard.get(number), now
            return before is not None and now - before < ECHO_SECONDS
        finally:
            self._asked[number].release()

    def forget(self, number: int) -> None:
        """Let the next such signal count, which we raise ourselves."""
        self._heard.pop(number, None)


_echoes: Echoes | None = None


def expect_echoes() -> None:
    """Let each signal count once, although this process gets it twice."""
    global _echoes  # noqa: PLW0603 - signals belong to the whole process
    _echoes = Echoes()


def is_untimely(number: int, frame: FrameType | None) -> bool:
    """Return whether a signal does not count now: an echo, or one to be raised again in a moment.

    Every handler asks this first.
    """
    if _echoes is not None and _echoes.is_echo(number):
        return True
    while frame is not None:
        if _loses_exceptions(frame):
            _postpone(number)
            return True
        frame = frame.f_back
    return False


def _loses_exceptions(frame: FrameType) -> bool:
    module, function = frame.f_globals.get("__name__"), frame.f_code.co_name
    return module == "importlib._bootstrap" or (module, function) == ("asyncio.events", "_run")


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, as Python does; a handler of SIGINT until there is a shell."""
    if not is_untimely(number, frame):
        raise KeyboardInterrupt


def raise_forgotten(forgotten: "UnraisableHookArgs") -> None:
    """Raise a signal again whose exception Python forgets; a `sys.unraisablehook`."""
    error = forgotten.exc_value
    if isinstance(error, KeyboardInterrupt):
        _postpone(signal.SIGINT)
    elif (
        isinstance(error, SystemExit)
        and isinstance(error.code, int)
        and error.code > STATUS_SIGNALLED
    ):
        _postpone(error.code - STATUS_SIGNALLED)
    else:
        sys.__unraisablehook__(forgotten)


def _postpone(number: int) -> None:
    # not by `threading`: an import may hold its locks
    _thread.start_new_thread(_raise_again, (number,))


def _raise_again(number: int) -> None:
    time.sleep(RETRY_SECONDS)
    if _echoes is not None:
        _echoes.forget(number)
    # a true signal, which also ends a wait that the main thread has begun meanwhile
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)
