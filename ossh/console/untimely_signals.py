"""Signals that come where an exception would be lost: they count once that is done.

An exception that is raised inside an import is lost in callbacks of the import system, comes out
as another one from `__set_name__`, and in code that dataclasses make from text lets `python -m` end
with SIGINT whatever we return. Inside a task of an event loop, prompt_toolkit shows what it takes
for an error, and waits for the Enter key. Each import and each step of a task ends by itself, soon.
In a finalizer, or the callback of a weak reference, which may run wherever an object is freed,
Python writes the exception to stderr and forgets it; so the signal is raised again afterwards.
"""

import _thread
import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING

from ossh.errors import STATUS_SIGNALLED

if TYPE_CHECKING:  # which the running Python need not know
    from sys import UnraisableHookArgs

RETRY_SECONDS = 0.01


def postponed(number: int, frame: FrameType | None) -> bool:
    """Return whether a signal came at such a place; then it is raised again in a moment."""
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
    if not postponed(number, frame):
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
    # a true signal, which also ends a wait that the main thread has begun meanwhile
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)
