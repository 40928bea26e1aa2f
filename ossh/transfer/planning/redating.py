"""Objects that were listed again with another date, but with size and ETag as before.

Somebody wrote them once more: the same bytes, as a rule, or others with an ETag that is no MD5. The
CRC64 of a HEAD tells; where there is none, the object counts as another one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from ossh.manifest import Outcome
from ossh.model import Entry, ObjectInfo, OwnFile, Proof
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.occupant import Wanted
from ossh.transfer.planning.checksums import Checksums

Redated = tuple[Entry, ObjectInfo, Outcome | None]
"""An entry, its object as it is now, and what becomes of it if its file still is that."""


def settled(
    redated: Iterable[tuple[Entry, datetime]], checksums: Checksums
) -> Iterator[list[Redated]]:
    """Yield what is found out about entries whose objects have other dates, in any order.

    These are at the target, and come with the date that was listed.

    Raises:
        StoreError: The service does not tell.
        Interrupted: Told to stop.
    """
    return checksums.each(
        partial(_settled, entry, modified, checksums) for entry, modified in redated
    )


def _settled(entry: Entry, modified: datetime, checksums: Checksums) -> Redated:
    crc64: int | None = 0
    info = entry.info
    if entry.size:  # else there are no bytes, and no others
        info, crc64 = checksums.ask(entry) or (info, None)
    info = replace(info, last_modified=modified)
    outcome = None
    if entry.path.endswith("/") and not info.size:
        outcome = _as_before(entry, info, None, entry.proof)
    elif crc64 is not None and (info.size, info.etag) == (entry.size, entry.etag):
        own = _proved(entry, crc64, checksums.local_files)
        outcome = None if own is None else _as_before(entry, info, own, Proof.CRC64)
    return entry, info, outcome


def _proved(entry: Entry, crc64: int, local_files: LocalFiles) -> OwnFile | None:
    """Return the file of an entry if it has a CRC64; it is read only where none is known."""
    own = entry.own
    if own is not None and entry.is_current:
        return own if own.crc64 == crc64 else None
    try:
        found = local_files.examine(Wanted(entry.path, entry.size, crc64=crc64), reads=True)
    except OSError:
        return None  # a `get` tells
    return found.own


def _as_before(entry: Entry, info: ObjectInfo, own: OwnFile | None, proof: Proof | None) -> Outcome:
    """Return what becomes of an entry of which only the facts are new; its file keeps its date."""
    finished = entry.finished_seconds
    return Outcome(entry.row, entry.status, entry.attempts, None, own, proof, finished, info)
