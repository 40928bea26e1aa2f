"""This machine's files: what their errors mean, and one that only its owner can read."""

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from ossh import regular
from ossh.errors import LocalError, reason
from ossh.language import _


def local_error(error: OSError) -> LocalError:
    """Return what an error of this machine's files means."""
    if error.errno == errno.ENOSPC:
        return LocalError(_("the disk is full"), hint=_("free some space, then run it again"))
    if not error.filename:
        return LocalError(_("cannot use the output: {reason}").format(reason=reason(error)))
    return LocalError(
        _("cannot use '{name}': {reason}").format(
            name=os.fsdecode(error.filename), reason=reason(error)
        )
    )


def user_file(folder: Callable[[str], Path], name: str) -> Path | None:
    """Return the path of a file of ours in one of the user's folders; None without a home."""
    try:
        return folder("ossh") / name
    except RuntimeError:  # how platformdirs says so
        return None


def private_file(path: Path) -> bool:
    """Make sure that a file exists that only its owner can read; False when that cannot be."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = regular.opened(path, os.O_CREAT | os.O_RDWR)
        os.close(descriptor)
        path.chmod(0o600)
        return True
    return False
