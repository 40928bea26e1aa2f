"""Signals that come where an exception would be lost: they count once that is done.

An exception that is raised inside an import is lost in callbacks of the import system, comes out
as another one from `__set_name__`, and in code that dataclasses make from text lets `python -m` end
with SIGINT whatever we return. Inside a task of an event loop, prompt_toolkit shows what it takes
for an error, and waits for the Enter key. Each import and each step of a task ends by itself, soon.
"""

import _thread
import signal
import time
from types import FrameType

RETRY_SECONDS = 0.01


def postponed(number: int, frame: FrameType | None) -> bool:
    """Return whether a signal came at such a place; then it is raised again in a moment."""
    while frame is not None:
        if _loses_exceptions(frame):
            # not by `threading`: an import may hold its locks
            _thread.start_new_thread(_raise_again, (number,))
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


def _raise_again(number: int) -> None:
    time.sleep(RETRY_SECONDS)
    _thread.interrupt_main(signal.Signals(number))
