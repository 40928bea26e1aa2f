"""Makes what has its final name outlast a power cut, a batch at a time.

Linux can be asked for a whole file system at once, which takes a tenth as long as to ask for each
file of a batch. Elsewhere each file is written out, and on POSIX each folder on its way, for a name
is part of its folder. macOS empties the disk's own cache once, at the end.
"""

import errno
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path

from ossh import patient, regular_files
from ossh.paths import ancestors
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.folder import FOLDER_FLAGS
from ossh.transfer.disk.tree import Tree

# Windows writes out only what is open for writing, and the names with it.
_FLAGS = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY


def write_out(tree: Tree, paths: Collection[str]) -> None:
    """Wait until files of a target, and their names, outlast a power cut.

    What has another name by now, or none, is left out.

    Raises:
        OSError: The disk failed; what it has of these files, nobody can tell.
    """
    target = tree.folder()
    if target.dir_fd is not None and _all_written(target.dir_fd):
        return
    for path in paths:
        if not path.endswith("/"):
            with suppress(FileNotFoundError, regular_files.NotRegularError, EscapeError):
                opened = partial(_opened, tree, path)
                _write_one(patient.retried(opened, seconds=patient.BODY_SECONDS))
    if target.dir_fd is None:
        return
    for way in sorted({way for path in paths for way in ancestors(path)}):
        with suppress(FileNotFoundError, NotADirectoryError, EscapeError):
            _write_one(os.open(".", FOLDER_FLAGS, dir_fd=tree.folder(way).dir_fd))
    for above in Path(tree.target).parents:  # some may have been made for it
        with suppress(PermissionError):
            _write_one(os.open(above, FOLDER_FLAGS))
    regular_files.flush(target.dir_fd)


def _all_written(descriptor: int) -> bool:
    """Write out all of the file system that a descriptor is on, if there is a call for that."""
    if sys.platform != "linux":
        return False
    import ctypes  # noqa: PLC0415 - few runs need it

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return False
    if syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


def _opened(tree: Tree, path: str) -> int:
    """Return a descriptor of a file, which a virus scanner of Windows may still have open.

    Raises:
        InUseError: Another program has it open at this moment.
    """
    try:
        return tree.place(path).open_regular(_FLAGS)
    except PermissionError as error:
        raise patient.InUseError(error.errno, error.strerror, path) from error


def _write_one(descriptor: int) -> None:
    """Write out a file or a folder, and close it; some file systems do so for files only."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)
