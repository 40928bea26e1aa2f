"""Files that another program has open, as programs on Windows do: nobody may rename or remove them.

On Windows it is a real handle without FILE_SHARE_DELETE, as `open` makes it. Elsewhere the calls
that would rename or remove the file raise what Windows raises.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ossh.transfer.disk import tree

ACCESS_DENIED, SHARING_VIOLATION = 5, 32


class Hold:
    """Another program, and the files that it has open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = ExitStack()
        self._paths: set[str] = set()
        self.refused = 0  # attempts to rename or remove, where they can be counted
        if sys.platform != "win32":
            monkeypatch.setattr(tree, "HAS_DESCRIPTORS", False)  # of targets from now on
            monkeypatch.setattr(os, "replace", self._checked(os.replace))
            monkeypatch.setattr(os, "unlink", self._checked(os.unlink))

    def __call__(self, *paths: Path | str) -> None:
        """Open files."""
        for path in map(str, paths):
            if sys.platform == "win32":
                self._open.enter_context(Path(path).open("rb"))  # noqa: SIM115 - the stack closes it
            self._paths.add(path)

    def release(self) -> None:
        """Close all of them."""
        self._open.close()
        self._paths.clear()

    def _checked(self, call: Callable[..., None]) -> Callable[..., None]:
        def check(*paths: str | os.PathLike[str], **others: Any) -> None:
            *source, last = [os.fspath(path) for path in paths]
            if source and source[0] in self._paths:
                self._refuse(SHARING_VIOLATION, source[0])
            if last in self._paths:
                self._refuse(ACCESS_DENIED if source else SHARING_VIOLATION, last)
            if _is_read_only(last):
                self._refuse(ACCESS_DENIED, last)
            call(*paths, **others)

        return check

    def _refuse(self, code: int, path: str) -> None:
        self.refused += 1
        raise denied(path, code)


def denied(path: Path | str, code: int = 0) -> PermissionError:
    """Return what a system raises that does not let a file be changed.

    Args:
        path: Of the file.
        code: Of Windows; 0 for other systems, which have none.
    """
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if code:
        setattr(error, "winerror", code)  # noqa: B010 - only Windows knows it
    return error


def _is_read_only(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and not mode & stat.S_IWRITE


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """Return another program, which opens the files that it is called with."""
    made = Hold(monkeypatch)
    yield made
    made.release()
