"""One file against its row: is it what was proved when it was downloaded?

Size first, for it costs nothing; then the CRC64 that the manifest recorded. Where it has none, the
file was here before the job: then its MD5 counts if the ETag is one, else size and date.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from enum import StrEnum

from ossh.errors import reason
from ossh.language import Words
from ossh.model import MIB, Entry, Proof, value
from ossh.paths import TARGET_ITSELF
from ossh.transfer import links, partial
from ossh.transfer.standing import Trait, is_damaged, time_traits
from ossh.transfer.workspace import located

# What is read between two looks at whether to stop: a large file takes minutes.
SLICE = 64 * MIB

_MD5_DIGITS = 32
_BAD = Words("its bytes differ from those that were verified")
_EDITED = Words("edited since it was downloaded")

Meter = Callable[[int], None]
"""Told how many bytes are read next; raises `Halted` when they need not be."""


class Kind(StrEnum):
    """What can be wrong with a file of the target."""

    MISSING = "missing"
    CHANGED = "changed"  # another size or kind, or edited since
    CORRUPT = "corrupt"  # its date as it was, but other bytes, or fewer
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"  # no object of the job has this name


@value
class Finding:
    """A file that is not as its row says."""

    kind: Kind
    path: str  # below the target, segments joined by "/"
    key: str = ""
    message: str = ""  # what the kind alone does not say


def examine(entry: Entry, target: str, meter: Meter) -> Proof | Finding | None:
    """Return how the file of a finished entry is proved, or what is wrong with it.

    None stands for a folder that is there: it has no bytes to prove.

    Args:
        entry: Of status done or skipped.
        target: Local root.
        meter: Told what is read.

    Raises:
        Halted: By the meter.
    """
    path = target if entry.path == TARGET_ITSELF else located(target, entry.path)
    kind, text = Kind.CHANGED, ""
    try:
        found = os.lstat(path)
        if entry.proof is Proof.LINK:
            text = _other_link(entry, path, found)
            return Finding(kind, entry.path, entry.key, text) if text else Proof.LINK
        text = _other_shape(entry, found)
        if not text and stat.S_ISDIR(found.st_mode):
            return None
        proof = None if text else _proof(entry, path, found, meter)
        if proof is not None:
            return proof
        is_bad = _is_damaged(entry, found)
        kind = Kind.CORRUPT if is_bad else Kind.CHANGED
        text = text or (_BAD if is_bad else _EDITED)
    except (FileNotFoundError, NotADirectoryError):
        kind = Kind.MISSING
    except OSError as error:
        kind, text = Kind.UNREADABLE, reason(error)
    return Finding(kind, entry.path, entry.key, text)


def _other_shape(entry: Entry, found: os.stat_result) -> str:
    """Return what is in the place of an entry's file; "" for a file of the right size."""
    if stat.S_ISLNK(found.st_mode):
        return Words("there is a link in its place")
    if entry.path.endswith("/"):
        return (
            "" if stat.S_ISDIR(found.st_mode) else Words("there is a file where the folder belongs")
        )
    if stat.S_ISDIR(found.st_mode):
        return Words("there is a folder in its place")
    if not stat.S_ISREG(found.st_mode):
        return Words("there is something in its place that is not a file")
    if found.st_size != entry.size:
        return Words("{found:,} bytes instead of {size:,}", found=found.st_size, size=entry.size)
    return ""


def _other_link(entry: Entry, path: str, found: os.stat_result) -> str:
    """Return what is in the place of a recorded link; "" for the link itself."""
    if not stat.S_ISLNK(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            return Words("there is a folder where the link belongs")
        return Words("there is a file where the link belongs")
    return "" if links.crc64_of(path) == entry.crc64 else Words("the link points elsewhere")


def _proof(entry: Entry, path: str, found: os.stat_result, meter: Meter) -> Proof | None:
    """Return what proves the bytes of a file; None when they are others."""
    if entry.crc64 is not None:
        is_same = crc64_of(path, entry.size, meter) == entry.crc64
        # These are the bytes that arrived, and so proved no less and no more than they were then.
        proof = entry.proof or Proof.CRC64
    elif entry.type == "Normal" and len(entry.etag) == _MD5_DIGITS:
        is_same = _md5_of(path, meter) == entry.etag.upper()
        proof = Proof.MD5
    else:
        meter(entry.size)
        is_same = Trait.ITS_TIME in time_traits(found.st_mtime, entry.last_modified.timestamp())
        proof = Proof.LENGTH
    return proof if is_same else None


def _is_damaged(entry: Entry, found: os.stat_result) -> bool:
    """Return whether a file has its object's time still, so that no edit explains what it holds."""
    if entry.path.endswith("/") or not stat.S_ISREG(found.st_mode):
        return False
    modified = entry.last_modified.timestamp()
    return is_damaged(found.st_size, found.st_mtime, entry.size, modified)


def crc64_of(path: str, size: int, meter: Meter) -> int | None:
    """Return the CRC64 of a file's first bytes, None when it is shorter.

    Raises:
        OSError: It cannot be read, or a link stands in its place.
        Halted: By the meter.
    """
    crc: int | None = 0
    start = 0
    while start < size and crc is not None:
        stop = min(start + SLICE, size)
        meter(stop - start)
        crc = partial.crc64_of(path, start, stop, crc)
        start = stop
    return crc


def _md5_of(path: str, meter: Meter) -> str:
    """Return the MD5 of a file in capital hexadecimal digits."""
    digest = hashlib.md5(usedforsecurity=False)
    buffer = memoryview(bytearray(partial.BLOCK))
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            meter(count)
            digest.update(buffer[:count])
    return digest.hexdigest().upper()
