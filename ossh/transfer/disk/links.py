"""Symlinks that are recorded as local links: made, and distinguished from others.

A local link points from one file of the target to another, by a relative path. It never leads out
of the target, and nothing is ever written through it: files get their names by a rename, which
replaces a link.
"""

import os

import fastcrc

from ossh.paths import path_in

_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT


def make(draft: str, final: str, to: str, target: str) -> bool:
    """Make a local link at `draft` that is right once it has its final name.

    It leads to the place `to` below the target.

    Returns:
        False when this disk, system or user has no links, or when it would lead out of the target
        because another one stands on the way.
    """
    destination = path_in(target, to)
    if not is_inside(destination, target):
        return False
    folder, name = os.path.split(destination)  # only the file itself may be a link
    real = os.path.join(os.path.realpath(folder), name)
    try:
        os.symlink(os.path.relpath(real, os.path.realpath(os.path.dirname(final))), draft)
    except (OSError, NotImplementedError, ValueError):  # the last: there is no relative way
        return False
    return True


def crc64_of(path: str) -> int | None:
    """Return the CRC64 of a link's destination, as it is written there; None for no link."""
    try:
        return int(fastcrc.crc64.xz(os.fsencode(os.readlink(path))))
    except OSError:
        return None


def is_link(path: str) -> bool:
    """Return whether a link is at a path, also what Windows calls a junction."""
    return crc64_of(path) is not None


def is_junction(found: os.stat_result | os.DirEntry[str]) -> bool:
    """Return whether a folder that was looked at is a junction: how Windows mounts and links them.

    It counts as a folder there, and leads anywhere.
    """
    if isinstance(found, os.DirEntry):
        found = found.stat(follow_symlinks=False)
    tag = getattr(found, "st_reparse_tag", 0)  # 0 where nothing is special; only Windows has it
    return tag == _JUNCTION


def is_inside(path: str, target: str) -> bool:
    """Return whether an absolute path, all links followed, is below a target; it may be missing."""
    root = os.path.realpath(target)
    return os.path.realpath(path).startswith(root.rstrip(os.sep) + os.sep)
