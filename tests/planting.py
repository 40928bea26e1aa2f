"""Things that somebody else puts where a file of ours belongs."""

import os
import stat
import sys
from pathlib import Path

import pytest

each_kind = pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "socket"])


def plant(kind: str, path: Path, other: Path) -> None:
    """Put something in a file's place; links are to `other`, which is on the same disk."""
    if sys.platform == "win32":
        pytest.skip("Windows has no named pipes, and links need rights")
    match kind:
        case "link":
            path.symlink_to(other)
        case "hard link":
            path.hardlink_to(other)
        case "pipe":
            os.mkfifo(path)
        case "socket":
            try:
                os.mknod(path, stat.S_IFSOCK | 0o600)  # to bind one needs a short path
            except PermissionError:
                pytest.skip("making sockets this way needs rights")
        case _:
            raise ValueError(kind)
