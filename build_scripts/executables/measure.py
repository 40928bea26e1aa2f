"""How large executables are, and which C library they need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_SYMBOL = re.compile(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)")


def mib(path: Path) -> float:
    """Return the size of a file, or of all files of a folder, in MiB."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if not one.is_symlink()]
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20


def glibc_floor(files: Iterable[Path]) -> tuple[int, int]:
    """Return the newest version of glibc that any file requires: (2, 35); (0, 0) for none."""
    return max((glibc_needed(path.read_bytes()) for path in files), default=(0, 0))


def glibc_needed(binary: bytes) -> tuple[int, int]:
    """Return the newest version of glibc in the string table of a binary."""
    found = _SYMBOL.finditer(binary)
    return max(((int(one[1]), int(one[2])) for one in found), default=(0, 0))
