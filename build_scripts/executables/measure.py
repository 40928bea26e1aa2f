"""How large executables are, how long they take to start, and which C library they need."""

from __future__ import annotations

import os
import re
import subprocess
import timeit
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import ossh.demo

RUNS = 9
BUCKET = "oss://demo-bucket/"
STARTS: tuple[tuple[str, ...], ...] = (
    ("--version",),
    ("-c", "pwd"),
    (BUCKET, "-c", "ls"),  # of a server that is there already
    ("--demo", "-c", "ls"),
)

_SYMBOL = re.compile(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)")


def mib(path: Path) -> float:
    """Return the size of a file, or of all files of a folder, in MiB."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if not one.is_symlink()]
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20


def seconds(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return how long a command takes at its fastest; other load only adds to it."""
    nothing = subprocess.DEVNULL
    run = partial(subprocess.run, command, env=environ, check=True, stdin=nothing, stdout=nothing)
    return min(timeit.repeat(run, number=1, repeat=RUNS))


def report(programs: Mapping[str, Path]) -> str:
    """Return a table of start times in seconds: a row for each program, by its name."""
    head = " | ".join(f"`{' '.join(one)}`" for one in STARTS)
    lines = [f"| build | {head} |", "|---|" + "---:|" * len(STARTS)]
    with ossh.demo.start() as server:
        environ = {
            **os.environ,
            **server.environ,
            "OSS_ENDPOINT": server.endpoint,
            "OSS_REGION": server.region,
        }
        for name, program in programs.items():
            times = [f"{seconds([str(program), *one], environ):.2f} s" for one in STARTS]
            lines.append(f"| {name} | {' | '.join(times)} |")
    return "\n".join(lines)


def glibc_floor(files: Iterable[Path]) -> tuple[int, int]:
    """Return the newest version of glibc that any file requires: (2, 35); (0, 0) for none."""
    return max((glibc_needed(path.read_bytes()) for path in files), default=(0, 0))


def glibc_needed(binary: bytes) -> tuple[int, int]:
    """Return the newest version of glibc in the string table of a binary."""
    found = _SYMBOL.finditer(binary)
    return max(((int(one[1]), int(one[2])) for one in found), default=(0, 0))
