"""Links, distinguished from other files, and what they say."""

import os

import fastcrc

_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT


def crc64_of(destination: str) -> int:
    """Return the CRC64 of a link's destination, as it is written there."""
    return int(fastcrc.crc64.xz(os.fsencode(destination)))


def is_link(path: str) -> bool:
    """Return whether a link is at a path, also what Windows calls a junction."""
    try:
        os.readlink(path)
    except OSError:
        return False
    return True


def is_junction(found: os.stat_result | os.DirEntry[str]) -> bool:
    """Return whether a folder that was looked at is a junction: how Windows mounts and links them.

    It counts as a folder there, and leads anywhere.
    """
    if isinstance(found, os.DirEntry):
        found = found.stat(follow_symlinks=False)
    tag = getattr(found, "st_reparse_tag", 0)  # 0 where nothing is special; only Windows has it
    return tag == _JUNCTION
