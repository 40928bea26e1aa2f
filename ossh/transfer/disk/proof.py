"""One file against its row: is it what was proved when it was downloaded?

Size first, for it costs nothing; then the CRC64 that the manifest recorded. Where it has none, the
file was here before the job: then its MD5 counts if the ETag is one, else size and date.
"""

import os
import stat
from enum import StrEnum

from ossh.errors import reason
from ossh.language import Words
from ossh.model import Entry, Proof, value
from ossh.paths import path_in
from ossh.transfer.disk import links
from ossh.transfer.disk.file_io import Meter, crc64_of, look, md5_in, md5_of
from ossh.transfer.disk.overwrite_rules import (
    FILE_FOR_FOLDER,
    FOLDER_IN_PLACE,
    LINK_IN_PLACE,
    is_its_time,
    is_own_time,
)

_BAD = Words("its bytes differ from those that were verified")
_EDITED = Words("edited since it was downloaded")


class FindingKind(StrEnum):
    """What can be wrong with a file of the target."""

    MISSING = "missing"
    CHANGED = "changed"  # another size or kind, or edited since
    CORRUPT = "corrupt"  # its date as it was, but other bytes, or fewer
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"  # no object of the job has this name


@value
class Finding:
    """A file that is not as its row says."""

    kind: FindingKind
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
        Interrupted: By the meter.
    """
    path = path_in(target, entry.path)
    try:
        return _examine(entry, path, meter)
    except (FileNotFoundError, NotADirectoryError):
        return Finding(FindingKind.MISSING, entry.path, entry.key)
    except OSError as error:
        return Finding(FindingKind.UNREADABLE, entry.path, entry.key, reason(error))


def _examine(entry: Entry, path: str, meter: Meter) -> Proof | Finding | None:
    found = look(path)
    if entry.proof is Proof.LINK:
        text = _other_link(entry, path, found)
        return Finding(FindingKind.CHANGED, entry.path, entry.key, text) if text else Proof.LINK
    text = _other_shape(entry, found)
    if not text and stat.S_ISDIR(found.st_mode):
        return None
    if not text and (proof := _proof(entry, path, found, meter)) is not None:
        return proof
    if _is_damaged(entry, found):
        return Finding(FindingKind.CORRUPT, entry.path, entry.key, text or _BAD)
    return Finding(FindingKind.CHANGED, entry.path, entry.key, text or _EDITED)


def _other_shape(entry: Entry, found: os.stat_result) -> str:
    """Return what is in the place of an entry's file; "" for a file of the right size."""
    if stat.S_ISLNK(found.st_mode):
        return LINK_IN_PLACE
    if entry.path.endswith("/"):
        return "" if stat.S_ISDIR(found.st_mode) else FILE_FOR_FOLDER
    if stat.S_ISDIR(found.st_mode):
        return FOLDER_IN_PLACE
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
    elif expected := md5_in(entry.etag, entry.type):
        is_same = md5_of(path, meter) == expected
        proof = Proof.MD5
    else:
        meter(entry.size)
        is_same = is_its_time(found.st_mtime, entry.last_modified.timestamp())
        proof = Proof.LENGTH
    return proof if is_same else None


def _is_damaged(entry: Entry, found: os.stat_result) -> bool:
    """Return whether a file has its object's time still, so that no edit explains what it holds."""
    if entry.path.endswith("/") or not stat.S_ISREG(found.st_mode) or found.st_size > entry.size:
        return False
    return is_own_time(found.st_mtime, entry.last_modified.timestamp())
