"""Start one command, wait until it ends, and write what it took.

Run as `python -I -S launch.py SPEC`, alone and small: on Linux a process inherits the peak memory
of whatever started it, so a large starter would hide the peak of a small tool. It leads a session
of its own; whoever started it kills all that is left of that. SPEC is a JSON file:

| field | meaning |
|---|---|
| command, environ, cwd | what to start; its standard input is empty |
| output | file that takes what it prints |
| terminal | true: it has a terminal of 120 columns, which is read as fast as it is written |
| until | folder; when a file with a byte in it appears there, the command is interrupted |
| result | JSON file to write: began (in Unix time), seconds, cpu_seconds (user and system, of the
  command and all descendants it waited for), peak_bytes (of the largest of them), status,
  first_seconds (until the file appeared; null without) |
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


def copy(terminal: int, output: int) -> None:
    """Write what a terminal shows to a file, until it closes."""
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # on Linux: the other end is closed
            return
        os.write(output, shown)


def has_content(folder: str) -> bool:
    """Return whether a folder has a non-empty file, at any depth."""
    paths = (f"{place}/{name}" for place, _, names in os.walk(folder) for name in names)
    try:
        return any(os.lstat(path).st_size for path in paths)
    except FileNotFoundError:  # renamed meanwhile: it has another name at the next look
        return False


def main() -> None:
    """Start the command that the specification names and write what it took."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes memory
        spec = json.load(file)
    os.chdir(spec["cwd"])
    output = os.open(spec["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    terminal, end = open_terminal() if spec["terminal"] else (-1, output)
    source = end if spec["terminal"] else os.open(os.devnull, os.O_RDONLY)
    streams = [(os.POSIX_SPAWN_DUP2, one, number) for number, one in enumerate((source, end, end))]
    command = spec["command"]
    began, started = time.time(), time.monotonic()
    pid = os.posix_spawnp(command[0], command, spec["environ"], file_actions=streams)
    if spec["terminal"]:
        import threading  # noqa: PLC0415 - its memory is not the command's any more

        os.close(end)  # or reading would not end
        threading.Thread(target=copy, args=(terminal, output), daemon=True).start()
    first = None
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    while spec["until"] and first is None and not ended:
        if has_content(spec["until"]):
            first = time.monotonic() - started
            os.kill(pid, signal.SIGINT)
        time.sleep(POLL_SECONDS)
        ended, status, usage = os.wait4(pid, os.WNOHANG)
    if not ended:
        _, status, usage = os.wait4(pid, 0)
    result = {
        "began": began,
        "seconds": time.monotonic() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
        "first_seconds": first,
    }
    with open(spec["result"], "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump(result, file)


if __name__ == "__main__":
    main()
