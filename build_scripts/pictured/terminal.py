"""ossh on a pseudo-terminal: keys go in, and its screen can be waited for and read."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import environment
import pyte
from pyte.screens import Char

SECONDS = 60.0  # to wait at most
_FAINT, _BLINK, _NORMAL, _STEADY = 2, 5, 22, 25  # terminal attributes
_COLOUR_FOLLOWS = frozenset({38, 48})

Line = tuple[Char, ...]


class NotShownError(Exception):
    """What was waited for did not appear; the message holds the screen."""


class _Screen(pyte.Screen):
    """A screen that answers its process.

    Faint text, which pyte does not support, is kept as blinking, which ossh never uses.
    """

    def __init__(self, columns: int, lines: int, master: int) -> None:
        self._master = master
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        os.write(self._master, data.encode())

    def select_graphic_rendition(self, *attrs: int, **_kwargs: bool) -> None:
        renamed: list[int] = []
        for attr in attrs:
            renamed += {_FAINT: (_BLINK,), _NORMAL: (_NORMAL, _STEADY)}.get(attr, (attr,))
        is_plain = _COLOUR_FOLLOWS.isdisjoint(attrs)  # else numbers mean other things
        super().select_graphic_rendition(*(renamed if is_plain else attrs))


def open_terminal(columns: int, lines: int) -> tuple[int, int]:
    """Return both ends of a new terminal: ours and the process's."""
    if sys.platform == "win32":
        raise OSError("there are no pseudo-terminals on Windows")
    else:  # noqa: RET506 - so that mypy leaves it out elsewhere
        ends = os.openpty()
        set_size(ends[1], columns, lines)
        return ends


def set_size(end: int, columns: int, lines: int) -> None:
    """Give a terminal a size."""
    if sys.platform != "win32":
        import termios  # noqa: PLC0415 - not on Windows

        termios.tcsetwinsize(end, (lines, columns))


class Terminal:
    """ossh on a terminal of its own; use it as a context.

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
        self._master, slave = open_terminal(*size)
        self._screen = _Screen(*size, self._master)
        self._drawn = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ossh", *arguments],
            cwd=home,
            env={**environ, "PYTHONPATH": str(environment.ROOT), "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        """Return the terminal, whose process runs."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        os.close(self._master)

    def _read(self) -> None:
        stream = pyte.ByteStream(self._screen)
        while True:
            try:
                block = os.read(self._master, 65536)
            except OSError:  # on Linux: the process has ended
                return
            if not block:
                return
            with self._drawn:
                stream.feed(block)
                self._drawn.notify_all()

    def run(self, command: str) -> None:
        """Type a command that the screen does not show yet, and wait for the next prompt."""
        self.type(command)
        self.until(rf"{re.escape(command)}\n(.*\n)*oss://.*>(\n+.*(: |：).*)?$")  # maybe a toolbar

    def type(self, text: str) -> None:
        """Press keys, the last of them Enter."""
        self.press(f"{text}\r")

    def press(self, keys: str) -> None:
        """Press keys, as a terminal sends them."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        with self._drawn:
            self._screen.resize(lines, columns)
        set_size(self._master, columns, lines)
        if sys.platform != "win32":
            self._process.send_signal(signal.SIGWINCH)

    def status(self) -> int:
        """Wait for the process to end; return its exit status."""
        return self._process.wait(SECONDS)

    def end(self) -> int:
        """Ask the process to end, and wait until it has; return its exit status."""
        self._process.terminate()
        return self.status()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def until(self, pattern: str) -> tuple[Line, ...]:
        """Return the lines of the screen once they match, as they are at that moment.

        Raises:
            NotShownError: They do not.
        """
        with self._drawn:
            if not self._drawn.wait_for(lambda: re.search(pattern, self._text()), SECONDS):
                raise NotShownError(f"'{pattern}' does not appear in:\n{self._text()}")
            return self._lines()

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def _lines(self) -> tuple[Line, ...]:
        screen = self._screen
        return tuple(
            tuple(screen.buffer[row][column] for column in range(screen.columns))
            for row in range(screen.lines)
        )
