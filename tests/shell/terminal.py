"""A process on a terminal of its own, for tests of what a person sees."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

from tests.waiting import DEADLINE_SECONDS

COLUMNS = 400


def open_terminal(rows: int, columns: int) -> tuple[int, int]:
    """Return both ends of a new terminal."""
    if sys.platform == "win32":
        raise AssertionError("pytest leaves these tests out on Windows")
    else:  # noqa: RET506 - so that mypy leaves it out elsewhere
        import termios

        ends = os.openpty()
        termios.tcsetwinsize(ends[1], (rows, columns))
        return ends


class Terminal:
    """A process on a terminal of its own: type lines, wait for what appears.

    The terminal is wide: no line is broken where a path, however long, ends.
    """

    def __init__(
        self,
        command: list[str],
        folder: Path,
        environ: dict[str, str],
        size: tuple[int, int] = (40, COLUMNS),
    ) -> None:
        self.master, slave = open_terminal(*size)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ | {"TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._text = ""
        self._seen = 0
        self._grown = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                block = os.read(self.master, 65536)
            except OSError:
                return
            with self._grown:
                self._text += block.decode("utf-8", "replace")
                self._grown.notify_all()
            if b"\x1b[6n" in block:
                os.write(self.master, b"\x1b[1;1R")  # the prompt asks where the cursor is

    @property
    def text(self) -> str:
        """Return all that has appeared, with its terminal codes."""
        return self._text

    def type(self, text: str, end: str = "\r") -> None:
        with self._grown:
            self._seen = len(self._text)
        os.write(self.master, (text + end).encode())

    def until(self, pattern: str, seconds: float = DEADLINE_SECONDS) -> str:
        """Return what appeared since the last line was typed, once it matches."""

        def shown() -> str:
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._text[self._seen :])

        with self._grown:
            found = self._grown.wait_for(lambda: re.search(pattern, shown()), seconds)
            assert found, f"{pattern!r} did not appear in {shown()!r}"
            return shown()

    def drawn(self, pattern: str) -> str:
        """Return the screen as it is drawn anew, once that matches.

        Of a change only the characters that differ are written, so the screen is asked for whole.
        """
        last = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < last:
            self.type("", end="\x0c")
            with contextlib.suppress(AssertionError):
                return self.until(pattern, 0.5)
        return self.until(pattern)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
