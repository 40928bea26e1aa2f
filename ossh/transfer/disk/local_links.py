"""Symlinks that are recorded as local links, made.

A local link points from one file of the target to another, by a relative path, through no other
link of a folder. Nothing is ever written through it: files get their names by a rename, which
replaces a link.
"""

import errno
import os
import posixpath

from ossh.model import OwnFile, Proof
from ossh.transfer.disk.delivery import put_in_place
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.file_io import crc64_of_link
from ossh.transfer.disk.occupant import Wanted
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Done, Link

_MOST_HOPS = 40  # as many links as Linux follows


def deliver_link(task: Link, workspace: Workspace) -> Done:
    """Make a local link to what is, or will be, at another path below the target.

    The answer has no proof when this disk, system or user has no links, or when another one stands
    on the way and may lead out of the target.

    Raises:
        InUseError: Another program has what is in its place open.
        OSError: Its place must be kept, or cannot be written.
    """
    entry = task.entry
    workspace.drop(entry.row)
    draft = workspace.draft(entry.row)
    _, has_cleared = workspace.cleared_place(entry.path)
    if not _is_within(workspace.tree, task.to):
        return Done(task)
    way = posixpath.relpath(f"/{task.to}", posixpath.dirname(f"/{entry.path}"))
    try:
        draft.symlink(way.replace("/", os.sep))
    except (OSError, NotImplementedError):
        return Done(task)
    crc64 = crc64_of_link(draft.readlink())  # as the system has it
    one = Wanted(entry.path, crc64=crc64, is_link=True, own=entry.own)
    own, has_moved = put_in_place(draft, one, OwnFile(0, 0, crc64, is_link=True), workspace)
    return Done(task, own=own, proof=Proof.LINK, has_moved=has_moved or has_cleared)


def _is_within(tree: Tree, path: str) -> bool:
    """Return whether what is at a path, all links followed, is below the target, or missing.

    That is what the links say; no folder on the way may be one.
    """
    for _hop in range(_MOST_HOPS):
        try:
            way = tree.place(path).readlink()
        except EscapeError:
            return False
        except OSError as error:
            return error.errno != errno.EACCES  # it is none, or missing
        if (found := _destination(path, way)) is None:
            return False
        path = found
    return True  # a loop leads nowhere


def _destination(path: str, way: str) -> str | None:
    """Return the path below the target that a link leads to; None if that is none."""
    names = way.replace(os.sep, "/").split("/")
    ups = next((at for at, name in enumerate(names) if name != ".."), len(names))
    down, folder = names[ups:], path.split("/")[:-1]
    is_odd = not down or not {"", ".", ".."}.isdisjoint(down) or os.path.splitdrive(way)[0]
    if is_odd or ups > len(folder):  # "..", once below a name, need not lead back
        return None
    return "/".join(folder[: len(folder) - ups] + down)
