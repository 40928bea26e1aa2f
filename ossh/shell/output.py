"""Where the results of a command go: a terminal, a pager, a pipe or a file.

A terminal gets a table, long ones page; everything else gets tab-separated lines.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import IO, TextIO, TypeVar

from ossh.shell.text import Form, Mode, Paint, coloured, colourless, lines

T = TypeVar("T")

# Lines written at once: few enough to appear at once, enough to cost little.
_BATCH = 200


def paint_for(stream: TextIO, *, allowed: bool) -> Paint:
    """Return how text is coloured on a stream: only on a terminal that understands it.

    Args:
        stream: Where the text goes.
        allowed: What the shell's `allow_style` setting says.

    Source: https://no-color.org for NO_COLOR.
    """
    if not allowed or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return colourless
    return coloured if stream.isatty() else colourless


def is_utf8(stream: TextIO) -> bool:
    """Tell whether a stream can hold every character."""
    encoding = getattr(stream, "encoding", None) or "utf-8"  # one in memory holds text as it is
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"


def mode_for(stream: TextIO, *, as_json: bool) -> Mode:
    """Return how rows are written to a stream."""
    if as_json:
        return Mode.JSON
    return Mode.TABLE if stream.isatty() else Mode.TABS


def lines_for(
    items: Iterable[T],
    form: Form[T],
    stream: TextIO,
    *,
    as_json: bool = False,
    coloured_allowed: bool = True,
) -> Iterator[str]:
    """Return items as lines, as they come, in the mode that suits a stream.

    Args:
        items: May be endless or slow; what is there is shown.
        form: How one item is written.
        stream: The shell's present stdout.
        as_json: JSON lines wherever they go.
        coloured_allowed: What the shell's `allow_style` setting says.
    """
    return lines(
        items,
        form,
        mode_for(stream, as_json=as_json),
        paint_for(stream, allowed=coloured_allowed),
        ascii_only=not is_utf8(stream),
        width=shutil.get_terminal_size().columns if stream.isatty() else 0,
    )


def write(text: Iterable[str], stream: TextIO, *, paged: bool = False) -> None:
    """Write lines to a stream.

    Args:
        text: The lines; may be endless or slow: what is there is written.
        stream: The shell's present stdout.
        paged: Whether a person sits there, so that more than a screen holds goes to a pager.
    """
    remaining = iter(text)
    if not (paged and stream.isatty()):
        _write(remaining, stream)
        return
    height = shutil.get_terminal_size().lines - 2
    first = list(islice(remaining, height + 1))
    command = pager() if len(first) > height else None
    if command is None:
        _write(chain(first, remaining), stream)
        return
    _page(chain(first, remaining), command, stream)


def write_bytes(blocks: Iterable[bytes], stream: TextIO) -> None:
    """Write bytes to a stream of text as they are, past its encoding."""
    stream.flush()
    for block in blocks:
        stream.buffer.write(block)
        stream.flush()


def _write(text: Iterator[str], stream: IO[str]) -> None:
    while batch := list(islice(text, _BATCH)):
        stream.write("\n".join(batch) + "\n")
        stream.flush()


def pager(which: Callable[[str], str | None] = shutil.which) -> list[str] | None:
    """Return the command that pages, or None when this system has none that suits."""
    if sys.platform == "win32":
        return None  # "more" knows neither colours nor a way back
    less = which("less")
    return [less, "-RSX"] if less else None


def _page(text: Iterator[str], command: list[str], stream: TextIO) -> None:
    stream.flush()
    # A locale that is named but not installed would have less show characters as <E4><B8><AD>.
    environ = {"LESSCHARSET": "utf-8"} | os.environ
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, stdin=subprocess.PIPE, text=True, encoding="utf-8", env=environ
    )
    if process.stdin is None:  # cannot be: a pipe was asked for
        raise AssertionError
    try:
        # Whoever leaves the pager early has seen enough; the listing ends there.
        with contextlib.suppress(BrokenPipeError):
            _write(text, process.stdin)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        _wait(process)


def _wait(process: subprocess.Popen[str]) -> None:
    while True:
        # Ctrl-C in a pager means "stop searching", not "leave".
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
            return
