"""Things that somebody else puts where a file of ours belongs."""

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

links_needed = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
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


def where_nobody_can_look(folder: Path) -> Path:
    """Return a place that may or may not be there: not even root can tell."""
    if sys.platform == "win32":
        pytest.skip("links need rights on Windows")
    circle = folder / "circle"
    circle.symlink_to(circle)
    return circle / "place"


def cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a disk fail where the names in a folder are read."""
    bad, real = folder.stat(), os.scandir

    def scan(wanted: int | str) -> Any:
        if os.path.samestat(os.stat(wanted), bad):  # noqa: PTH116 - of a descriptor, too
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(wanted)

    monkeypatch.setattr(os, "scandir", scan)
