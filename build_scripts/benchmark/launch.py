"""Start one command, wait until it ends, and write what it took.

Run as `python -I -S launch.py RESULT UNTIL TERMINAL COMMAND ...`, alone and small: on Linux a
process inherits the peak memory of whatever started it, so a large starter would hide the peak of a
small tool. It leads a session of its own; whoever started it kills all that is left of that. What
the command prints goes to this process's own output.

RESULT    JSON file to write: began (in Unix time), seconds, cpu_seconds (user and system, of the
          command and all descendants it waited for), peak_bytes (of the largest of them), status,
          first_seconds (until the file below appeared; null without)
UNTIL     "", or a folder; when a file with a byte in it appears there, the command is interrupted
TERMINAL  "", or "terminal": it has one of 120 columns, which is read as fast as it is written
"""

import json
import os
import signal
import sys
import time

if sys.platform == "win32":
    raise SystemExit("the benchmark runs on Linux only")

import termios

COLUMNS, LINES = 120, 40
POLL_SECONDS = 0.002  # between two looks for the first file


def open_terminal() -> tuple[int, int]:
    """Return both ends of a new terminal: ours and the command's."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (LINES, COLUMNS))
    os.close(os.open(os.ttyname(theirs), os.O_RDWR))  # makes it the terminal of this session
    return ours, theirs


def copy(terminal: int) -> None:
    """Print what a terminal shows, until it closes."""
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # on Linux: the other end is closed
            return
        os.write(sys.stdout.fileno(), shown)


def has_content(folder: str) -> bool:
    """Return whether a folder has a non-empty file, at any depth."""
    paths = (f"{place}/{name}" for place, _, names in os.walk(folder) for name in names)
    try:
        return any(os.lstat(path).st_size for path in paths)
    except FileNotFoundError:  # renamed meanwhile: it has another name at the next look
        return False


def main() -> None:
    """Start the command and write what it took."""
    result, until, has_terminal, *command = sys.argv[1:]
    terminal, end = open_terminal() if has_terminal else (-1, -1)
    streams = [(os.POSIX_SPAWN_DUP2, end, number) for number in range(3)] if has_terminal else []
    began, started = time.time(), time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
    if has_terminal:
        import threading  # noqa: PLC0415 - its memory is not the command's any more

        os.close(end)  # or reading would not end
        threading.Thread(target=copy, args=(terminal,), daemon=True).start()
    first = None
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    while until and first is None and not ended:
        if has_content(until):
            first = time.monotonic() - started
            os.kill(pid, signal.SIGINT)
        time.sleep(POLL_SECONDS)
        ended, status, usage = os.wait4(pid, os.WNOHANG)
    if not ended:
        _, status, usage = os.wait4(pid, 0)
    took = {
        "began": began,
        "seconds": time.monotonic() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
        "first_seconds": first,
    }
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes memory
        json.dump(took, file)


if __name__ == "__main__":
    main()
