"""Symlinks that are recorded as local links, made.

A local link points from one file of the target to another, by a relative path, through no other
link of a folder. Nothing is ever written through it: files get their names by a rename, which
replaces a link.
"""

import errno
import os
import posixpath

from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.folder import Place
from ossh.transfer.disk.tree import Tree

_MOST_HOPS = 40  # as many links as Linux follows


def make(draft: Place, path: str, to: str, tree: Tree) -> bool:
    """Make a local link at `draft` that is right once it is at a path below the target.

    It leads to `to`, also below the target, where nothing need be yet.

    Returns:
        False when this disk, system or user has no links, or when another one stands on the way
        and may lead out of the target.
    """
    if not is_within(tree, to):
        return False
    way = posixpath.relpath(f"/{to}", posixpath.dirname(f"/{path}"))
    try:
        draft.symlink(way.replace("/", os.sep))
    except (OSError, NotImplementedError):
        return False
    return True


def is_within(tree: Tree, path: str) -> bool:
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
