"""Signals that come while code is imported: they count once that is done.

An exception that is raised inside an import is lost in callbacks of the import system, comes out
as another one from `__set_name__`, and in code that dataclasses make from text lets `python -m` end
with SIGINT whatever we return. Each import ends by itself, soon.
"""

import _thread
import signal
import time
from types import FrameType

RETRY_SECONDS = 0.01


def postponed(number: int, frame: FrameType | None) -> bool:
    """Return whether a signal came inside an import; then it is raised again in a moment."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            # not by `threading`: the import may hold its locks
            _thread.start_new_thread(_raise_again, (number,))
            return True
        frame = frame.f_back
    return False


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, as Python does; a handler of SIGINT until there is a shell."""
    if not postponed(number, frame):
        raise KeyboardInterrupt


def _raise_again(number: int) -> None:
    time.sleep(RETRY_SECONDS)
    _thread.interrupt_main(signal.Signals(number))
