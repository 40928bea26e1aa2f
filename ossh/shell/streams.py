"""The standard streams of the process: as the shell needs them, and as whoever reads left them."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def prepare_streams() -> None:
    """Let no character end a command, and no stream that whoever started us has closed.

    What a console cannot show is written escaped.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - kept open
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept open
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept open
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            is_file = sys.platform == "win32" and not stream.isatty()
            stream.reconfigure(encoding="utf-8" if is_file else None, errors="backslashreplace")


def close_stdout() -> None:
    """Write what is left, or let it go quietly when nobody reads any more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
