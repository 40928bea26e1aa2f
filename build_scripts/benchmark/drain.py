"""A folder whose files forget what is written to them: for more bytes than there is memory.

Files on tmpfs are memory. Within `drained`, holes are cut where data has arrived, so that files
keep their names and lengths and give their pages back within some 20 ms. Every contender writes as
it always does, into new pages. The drain costs all of them the same: about a twentieth of a core
for each GB/s, in a process that is not theirs.
"""

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.paced import meanwhile

SECONDS = 0.02  # between two looks
SEEK_DATA, SEEK_HOLE = 3, 4  # of Linux's lseek
KEEP_SIZE, PUNCH_HOLE = 1, 2  # of Linux's fallocate, which Python does not have

_fallocate = ctypes.CDLL(None, use_errno=True).fallocate
_fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


@contextmanager
def drained(folder: Path) -> Iterator[None]:
    """Empty all files below a folder, again and again, within the block."""

    def look() -> None:
        for inner, _, names in os.walk(folder):
            for name in names:
                _empty(Path(inner, name))

    with meanwhile(SECONDS, look):
        yield
    look()


def _empty(path: Path) -> None:
    """Replace all data of a file with holes; harmless when there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # renamed meanwhile: it has another name at the next look
        return
    try:
        for start, stop in _data(descriptor):
            if _fallocate(descriptor, PUNCH_HOLE | KEEP_SIZE, start, stop - start):
                raise OSError(ctypes.get_errno(), "cannot cut a hole", str(path))
    finally:
        os.close(descriptor)


def _data(descriptor: int) -> Iterator[tuple[int, int]]:
    """Yield where a file has data: from one offset up to another."""
    stop = 0
    while True:
        try:
            start = os.lseek(descriptor, stop, SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # there is no more
                return
            raise
        stop = os.lseek(descriptor, start, SEEK_HOLE)
        yield start, stop
