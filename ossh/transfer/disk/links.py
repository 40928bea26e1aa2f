"""Links, distinguished from other files, and what they say."""

import os

import fastcrc

_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT


def crc64_of(path: str) -> int | None:
    """Return the CRC64 of a link's destination, as it is written there; None for no link."""
    try:
        return crc64_of_way(os.readlink(path))
    except OSError:
        return None


def crc64_of_way(way: str) -> int:
    """Return the CRC64 of what a link says."""
    return int(fastcrc.crc64.xz(os.fsencode(way)))


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
