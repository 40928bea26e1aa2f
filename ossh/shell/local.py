"""This machine's files: what their errors mean, and one that only its owner can read."""

import contextlib
import errno
import os
from pathlib import Path

from ossh.errors import LocalError, reason


def local_error(error: OSError) -> LocalError:
    """Return what an error of this machine's files means."""
    if error.errno == errno.ENOSPC:
        return LocalError("the disk is full", hint="free some space, then run it again")
    name = f" '{os.fsdecode(error.filename)}'" if error.filename else ""
    return LocalError(f"cannot use{name or ' the output'}: {reason(error)}")


def private_file(path: Path) -> bool:
    """Make sure that a file exists that only its owner can read; False when that cannot be."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        return True
    return False
