"""ossh at its prompt, on a pseudo-terminal."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmark.launch import COLUMNS, LINES
from benchmark.measure import ROOT, FailedError, Sample, base_environ

if sys.platform == "win32":
    message = "the benchmark runs on Linux only"
    raise SystemExit(message)

import termios

CODES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
WHERE = b"\x1b[6n"  # a program asks where the cursor is
SECONDS = 60.0  # the longest that anything takes
CLEAR = "\x15"  # Ctrl-U: forgets what was typed


class Terminal:
    """ossh on a terminal of its own; use it as a context.

    Args:
        arguments: Of ossh.
        environ: Added to an environment that is otherwise nearly empty.
        scratch: An existing folder, its home; its output is kept there, too.
    """

    def __init__(self, arguments: list[str], environ: Mapping[str, str], scratch: Path) -> None:
        (scratch / ".local/state/ossh").mkdir(parents=True)
        (scratch / ".local/state/ossh/history").touch()  # else it greets a newcomer
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (LINES, COLUMNS))
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ossh", *arguments],
            cwd=scratch,
            env={**base_environ(scratch), "PYTHONPATH": str(ROOT), **environ},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._output = scratch / "output"
        self._text = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._output.write_bytes(self._text)
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        os.close(self._master)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def look(self, seconds: float) -> bytes:
        """Return the next output, without terminal codes; b"" if there is none in time."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            block = os.read(self._master, 65536)
        except OSError as error:
            raise FailedError("ossh left: " + self._text[-600:].decode(errors="replace")) from error
        if WHERE in block:
            os.write(self._master, b"\x1b[1;1R")
        self._text += block
        return CODES.sub(b"", block)

    def until(self, text: str) -> None:
        """Wait until a text has appeared.

        Raises:
            FailedError: It does not.
        """
        wanted, seen, end = text.encode(), b"", time.monotonic() + SECONDS
        while wanted not in seen:
            if time.monotonic() > end:
                raise FailedError(f"'{text}' does not appear in {seen[-600:]!r}")
            seen += self.look(0.5)

    def leave(self, seconds: float) -> Sample:
        """Kill it; return a sample with these seconds and the CPU and memory it used."""
        self._process.send_signal(signal.SIGKILL)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        return Sample(seconds, cpu, usage.ru_maxrss * 1024)
