"""Symlinks that are recorded as local links: made, distinguished from those of others, and proved.

A local link points from one file of the target to another, by a relative path. It never leads out
of the target, and nothing is ever written through it: files get their names by a rename, which
replaces a link.
"""

import os
from collections.abc import Callable

import fastcrc

from ossh.transfer import partial
from ossh.transfer.messages import Link
from ossh.transfer.workspace import Workspace, located


def make(
    task: Link, workspace: Workspace, symlink: Callable[[str, str], None] = os.symlink
) -> int | None:
    """Make a local link, and return its checksum.

    Args:
        task: Which link, and where it leads to.
        workspace: Where it goes.
        symlink: Makes a link: (where it leads to, its path).

    Returns:
        See `crc64_of`; None when this disk, system or user has no links, or when it would lead out
        of the target because another one stands on the way.

    Raises:
        OSError: Its place cannot be written.
    """
    final = workspace.place(task.path)
    to = located(workspace.target, task.to)
    if not is_inside(to, workspace.target):
        return None
    fresh = workspace.partial(task.row)
    workspace.drop(task.row)
    try:
        symlink(os.path.relpath(_real(to), os.path.realpath(os.path.dirname(final))), fresh)
    except (OSError, NotImplementedError, ValueError):  # the last: there is no relative way
        return None
    partial.rename(fresh, final)
    return crc64_of(final)


def _real(path: str) -> str:
    """Return a path whose folders are not links; the file itself may be one."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def crc64_of(path: str) -> int | None:
    """Return the CRC64 of where a link leads to, as it is written there; None for no link."""
    try:
        return int(fastcrc.crc64.xz(os.fsencode(os.readlink(path))))
    except OSError:
        return None


def is_inside(path: str, target: str) -> bool:
    """Return whether a path, all links followed, is below a target; what is there may be missing.

    Args:
        path: Absolute.
        target: Local root.
    """
    root = os.path.realpath(target)
    return os.path.realpath(path).startswith(root.rstrip(os.sep) + os.sep)
