"""What trails say about partial files, read by the format's description, and what is missing."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

NAME = "trail-"
_MARK = struct.Struct("<8x3Q32x")  # received; row, start and stop; the rest
PAGE = 4096  # bytes: a disk knows no better where data begins and ends

Span = tuple[int, int]


def spans(folder: Path) -> dict[int, list[Span]]:
    """Return which bytes of each row's partial file are in the trails below a folder."""
    found: dict[int, list[Span]] = defaultdict(list)
    for path in folder.glob(f"*/{NAME}*"):
        data = path.read_bytes()
        for row, start, stop in _MARK.iter_unpack(data[: len(data) // _MARK.size * _MARK.size]):
            if row:
                found[row].append((start, stop))
    return found


def untold(path: Path, told: Iterable[Span]) -> int:
    """Return how many bytes of a sparse file were written that none of some spans covers."""
    known = sorted(told)
    return sum(_uncovered(start, stop, known) for start, stop in _written(path))


def _uncovered(start: int, stop: int, known: list[Span]) -> int:
    """Return the bytes of a stretch that no span covers, except what rounding to pages adds."""
    left = 0
    for begin, end in (*known, (stop, stop)):
        left += max(0, min(begin, stop) - start - 2 * PAGE)
        start = max(start, end)
    return left


def _written(path: Path) -> list[Span]:
    """Return the stretches of a file that hold data."""
    if sys.platform == "win32":
        raise OSError("the chaos run needs Linux")
    found: list[Span] = []
    stop = 0
    with path.open("rb") as file, contextlib.suppress(OSError):  # no data after the last one
        while True:
            start = os.lseek(file.fileno(), stop, os.SEEK_DATA)
            stop = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            found.append((start, stop))
    return found
