"""Which C library a Linux build needs, from the versions of the symbols in its files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_SYMBOL = re.compile(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)")


def floor(files: Iterable[Path]) -> tuple[int, int]:
    """Return the newest version of glibc that any file requires: (2, 35); (0, 0) for none."""
    return max((needed(path.read_bytes()) for path in files), default=(0, 0))


def needed(binary: bytes) -> tuple[int, int]:
    """Return the newest version of glibc in the string table of a binary."""
    found = _SYMBOL.finditer(binary)
    return max(((int(one[1]), int(one[2])) for one in found), default=(0, 0))
