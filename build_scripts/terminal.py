"""A process on a terminal of its own, as a person has one: type, and wait for what it shows."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import environment
import pyte
from pyte.screens import Char

SECONDS = 90.0  # to wait at most, even on a busy machine
COLUMNS = 400  # no line is broken where a path, however long, ends
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FAINT, _GREY = 2, 90  # terminal attributes
_COLOUR_FOLLOWS = frozenset({38, 48})  # behind these, numbers mean other things

Line = tuple[Char, ...]


class NotShownError(Exception):
    """What was waited for did not appear; the message holds what did."""


def open_terminal(rows: int, columns: int) -> tuple[int, int]:
    """Return both ends of a new terminal: ours and the process's."""
    if sys.platform == "win32":
        raise OSError("there are no pseudo-terminals on Windows")
    else:  # noqa: RET506 - so that mypy leaves it out elsewhere
        ends = os.openpty()
        set_size(ends[1], rows, columns)
        return ends


def set_size(end: int, rows: int, columns: int) -> None:
    if sys.platform != "win32":
        import termios  # noqa: PLC0415 - not on Windows

        termios.tcsetwinsize(end, (rows, columns))


class Terminal:
    """A process on a terminal of its own; use it as a context.

    Args:
        command: What to start.
        folder: Where.
        environ: The whole environment of the process, but for TERM.
        size: Rows and columns.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        size: tuple[int, int] = (40, COLUMNS),
    ) -> None:
        self.master, slave = open_terminal(*size)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environ, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""  # all that has appeared, with its terminal codes
        self._seen = 0
        self._has_ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # on Linux: the process has ended
            while block := os.read(self.master, 65536):
                with self._changed:
                    self._take(block)
                    self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def _take(self, block: bytes) -> None:
        self.text += block.decode("utf-8", "replace")
        if b"\x1b[6n" in block:
            os.write(self.master, b"\x1b[1;1R")  # the prompt asks where the cursor is

    def _shown(self) -> str:
        """Return the text in which `until` looks: what appeared since the last line was typed."""
        return _CODES.sub("", self.text[self._seen :])

    def type(self, text: str, end: str = "\r") -> None:
        """Press keys, the last of them Enter."""
        with self._changed:
            self._seen = len(self.text)
        os.write(self.master, (text + end).encode())

    def until(self, pattern: str, seconds: float = SECONDS) -> str:
        """Return what is shown, once it matches.

        Raises:
            NotShownError: It does not in time, or the process has ended before.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._has_ended or re.search(pattern, self._shown()), seconds
            )
            shown = self._shown()
            if not re.search(pattern, shown):
                raise NotShownError(f"{pattern!r} does not appear in:\n{shown}")
            return shown

    def drawn(self, pattern: str) -> str:
        """Return the screen as it is drawn anew, once that matches.

        Of a change only the characters that differ are written, so the screen is asked for whole.
        """
        last = time.monotonic() + SECONDS
        while time.monotonic() < last:
            self.type("", end="\x0c")
            with contextlib.suppress(NotShownError):
                return self.until(pattern, 0.5)
        return self.until(pattern)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(1.0)  # longer only where the process left another on its terminal
        os.close(self.master)


class _Screen(pyte.Screen):
    """A screen that answers its process. Faint text, which pyte does not support, is grey."""

    def __init__(self, columns: int, lines: int, answer: Callable[[str], None]) -> None:
        self._answer = answer
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self._answer(data)

    def select_graphic_rendition(self, *attrs: int, **_kwargs: bool) -> None:
        if _COLOUR_FOLLOWS.isdisjoint(attrs):
            attrs = tuple(_GREY if one == _FAINT else one for one in attrs)
        super().select_graphic_rendition(*attrs)


class ScreenTerminal(Terminal):
    """ossh on a terminal of its own, whose screen is read; use it as a context.

    Args:
        arguments: Of ossh.
        environ: The whole environment of its process.
        home: An existing folder, where it runs.
        size: Columns and lines.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        home: Path,
        size: tuple[int, int],
    ) -> None:
        self._screen = _Screen(*size, self.press)
        self._stream = pyte.ByteStream(self._screen)
        command = [sys.executable, "-P", "-m", "ossh", *arguments]
        environ = {**environ, "PYTHONPATH": str(environment.ROOT)}
        super().__init__(command, home, environ, size[::-1])

    def _take(self, block: bytes) -> None:
        self._stream.feed(block)

    def _shown(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def run(self, command: str) -> None:
        """Type a command that the screen does not show yet, and wait for the next prompt."""
        self.type(command)
        self.until(
            rf"{re.escape(command)}\n(.*\n)*oss://.*>(\n+.*(: |\uff1a).*)?$"
        )  # maybe a toolbar

    def press(self, keys: str) -> None:
        """Press keys, as a terminal sends them."""
        self.type(keys, end="")

    def resize(self, columns: int, lines: int) -> None:
        with self._changed:
            self._screen.resize(lines, columns)
        set_size(self.master, lines, columns)
        if sys.platform != "win32":
            self.process.send_signal(signal.SIGWINCH)

    def lines(self, pattern: str) -> tuple[Line, ...]:
        """Return the lines of the screen once they match, as they are at that moment."""
        with self._changed:
            self.until(pattern)
            screen = self._screen
            return tuple(
                tuple(screen.buffer[row][column] for column in range(screen.columns))
                for row in range(screen.lines)
            )
