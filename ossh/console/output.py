"""Where the results of a command go: a terminal or its pager, a pipe or a file."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import IO, TextIO, cast

from ossh import programs
from ossh.console.windows_console import shows_styles

# Lines written at once: few enough to appear at once, enough to cost little.
_BATCH = 200


def has_colours(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that understands colours.

    Source: https://no-color.org for NO_COLOR.
    """
    is_refused = os.environ.get("NO_COLOR") or _is_dumb(os.environ)
    return not is_refused and stream.isatty() and shows_styles(stream)


def _is_dumb(environ: Mapping[str, str]) -> bool:
    """Return whether a terminal, such as a buffer of Emacs, only appends to what it shows."""
    return environ.get("TERM") == "dumb"


def is_utf8(stream: TextIO) -> bool:
    """Return whether a stream can hold every character."""
    encoding = getattr(stream, "encoding", None) or "utf-8"  # one in memory holds text as it is
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"


def error_descriptor() -> int:
    """Return where another program may write to stderr: nowhere, if that is no file."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return subprocess.DEVNULL


def write(text: Iterable[str], stream: TextIO, *, paged: bool = False) -> None:
    """Write lines to a stream as they come; where a person sits, page what a screen cannot hold."""
    remaining = iter(text)
    # "more", which Windows has, knows neither colours nor a way back
    may_page = paged and stream.isatty() and sys.platform != "win32"
    if may_page and (pager := _pager(os.environ)):
        height = shutil.get_terminal_size().lines - 2
        first = list(islice(remaining, height + 1))
        remaining = chain(first, remaining)
        if len(first) > height:
            _page(remaining, pager, stream)
            return
    _write(remaining, stream)


def _write(text: Iterator[str], stream: IO[str]) -> None:
    while batch := list(islice(text, _BATCH)):
        stream.write("\n".join(batch) + "\n")
        stream.flush()


def _pager(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the program that pages; none without one, or on a dumb terminal.

    $PAGER names it, else it is less. What it is told beside $LESS keeps the colours.
    """
    words = [] if _is_dumb(environ) else programs.words(environ.get("PAGER", "less"))
    with contextlib.suppress(FileNotFoundError):
        program = programs.found(words[0], environ) if words else ""
        is_less = Path(program).name == "less"
        return [program, *words[1:], *["-R"] * is_less] if program else []
    return []


def _page(text: Iterator[str], pager: list[str], stream: TextIO) -> None:
    stream.flush()
    # A locale that is named but not installed would have less show characters as <E4><B8><AD>.
    usual = {"LESS": "SX"} | ({"LESSCHARSET": "utf-8"} if is_utf8(stream) else {})
    process = subprocess.Popen(  # noqa: S603 - the user's own command, no shell
        pager,
        stdin=subprocess.PIPE,
        text=True,
        encoding=stream.encoding,
        errors=stream.errors,
        env=usual | programs.environment(os.environ),
    )
    pipe = cast("IO[str]", process.stdin)
    try:
        # Whoever leaves the pager early has seen enough; the listing ends there.
        with contextlib.suppress(BrokenPipeError):
            _write(text, pipe)
    finally:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        while process.returncode is None:
            # Ctrl-C in a pager means "stop searching", not "leave".
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
