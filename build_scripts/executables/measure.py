"""How large the executables are, and how long they take to start."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

RUNS = 9
STARTS: tuple[tuple[str, ...], ...] = (("--version",), ("-c", "pwd"), ("--demo", "-c", "ls"))


def mib(path: Path) -> float:
    """Return the size of a file, or of all files of a folder, in MiB."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if not one.is_symlink()]
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20


def seconds(command: Sequence[str], runs: int = RUNS) -> float:
    """Return the median time that a command takes from its start to its end."""
    return statistics.median(_time(command) for _ in range(runs))


def report(programs: dict[str, Path]) -> str:
    """Return a table of start times in seconds: a row for each program, by what it is called."""
    head = " | ".join(f"`{' '.join(one)}`" for one in STARTS)
    lines = [f"| build | {head} |", "|---|" + "---:|" * len(STARTS)]
    for name, program in programs.items():
        times = " | ".join(f"{seconds([str(program), *one]):.2f} s" for one in STARTS)
        lines.append(f"| {name} | {times} |")
    return "\n".join(lines)


def _time(command: Sequence[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.monotonic() - started
