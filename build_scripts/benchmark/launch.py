"""Start one command, wait until it ends, and write what it took.

Run as `python -I -S launch.py SPEC`, alone and small: on Linux a process inherits the peak memory
of whatever started it, so a large starter would hide the peak of a small tool. SPEC is a JSON file:

| field | meaning |
|---|---|
| command, environ, cwd | what to start; its standard input is empty |
| output | file that takes what it prints |
| terminal | true: it has a terminal of 120 columns, which is read as fast as it is written |
| until | folder; when a file with a byte in it appears there, the command is interrupted |
| seconds | the command is killed after this time |
| result | JSON file to write: seconds, cpu_seconds (user and system, of the command and all
  descendants it waited for), peak_bytes (of the largest of them), status, first_seconds (until the
  file appeared; null without), timed_out |
"""

import json
import os
import signal
import sys
import time
from typing import Any

if sys.platform == "win32":
    raise SystemExit("the benchmark runs on Linux only")

import termios

COLUMNS, LINES = 120, 40
POLL_SECONDS = 0.002  # between two looks for the first file


class Child:
    """The command as a process of its own session, so that all of it can be signalled."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.timed_out = False
        self.terminal = self._slave = -1
        self._output = os.open(spec["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.chdir(spec["cwd"])
        actions: list[tuple[Any, ...]] = self._streams(terminal=spec["terminal"])
        command = spec["command"]
        self.started = time.monotonic()
        self.pid = os.posix_spawnp(
            command[0], command, spec["environ"], file_actions=actions, setsid=True
        )
        if self._slave >= 0:
            os.close(self._slave)  # or reading would not end
        self._alarm(spec["seconds"])

    def _streams(self, *, terminal: bool) -> list[tuple[Any, ...]]:
        if not terminal:
            return [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, self._output, 1),
                (os.POSIX_SPAWN_DUP2, self._output, 2),
            ]
        self.terminal, self._slave = os.openpty()
        termios.tcsetwinsize(self._slave, (LINES, COLUMNS))
        name = os.ttyname(self._slave)
        # Opened by the leader of a new session, it becomes that session's terminal.
        return [
            (os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
            (os.POSIX_SPAWN_CLOSE, self._slave),
            (os.POSIX_SPAWN_CLOSE, self.terminal),
        ]

    def _alarm(self, seconds: float) -> None:
        def late(*_: object) -> None:
            self.timed_out = True
            self.signal(signal.SIGKILL)

        def stop(*_: object) -> None:
            self.signal(signal.SIGKILL)
            os._exit(1)

        signal.signal(signal.SIGALRM, late)
        signal.signal(signal.SIGTERM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def drain(self, seconds: float | None) -> None:
        """Read what the terminal shows, until it closes or the time is up."""
        import select  # noqa: PLC0415 - only a command with a terminal needs it

        while seconds is None or select.select([self.terminal], [], [], seconds)[0]:
            try:
                shown = os.read(self.terminal, 65536)
            except OSError:  # on Linux: the other end is closed
                return
            os.write(self._output, shown)
            seconds = seconds if seconds is None else 0.0


def has_content(folder: str) -> bool:
    """Return whether a folder has a non-empty file, at any depth."""
    paths = (f"{place}/{name}" for place, _, names in os.walk(folder) for name in names)
    try:
        return any(os.lstat(path).st_size for path in paths)
    except FileNotFoundError:  # renamed meanwhile: it has another name at the next look
        return False


def watch(child: Child, folder: str) -> tuple[float | None, tuple[int, Any]]:
    """Interrupt the command once a file appears; return when that was, and how it ended."""
    first = None
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            return first, (status, usage)
        if first is None and has_content(folder):
            first = time.monotonic() - child.started
            child.signal(signal.SIGINT)
        if child.terminal >= 0:
            child.drain(POLL_SECONDS)
        else:
            time.sleep(POLL_SECONDS)


def main() -> None:
    """Start the command that the specification names and write what it took."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes memory
        spec = json.load(file)
    began = time.time()
    child = Child(spec)
    first = None
    if spec["until"]:
        first, (status, usage) = watch(child, spec["until"])
    else:
        if child.terminal >= 0:
            child.drain(None)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - child.started
    signal.setitimer(signal.ITIMER_REAL, 0)
    child.signal(signal.SIGKILL)  # what it may have left behind
    result = {
        "seconds": seconds,
        "began": began,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
        "first_seconds": first,
        "timed_out": child.timed_out,
    }
    with open(spec["result"], "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump(result, file)


if __name__ == "__main__":
    main()
