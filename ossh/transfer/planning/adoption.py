"""Proves files that nobody has proved yet to be their objects, without fetching them.

```
entries ── right size ──▶ threads: MD5, or HEAD and CRC64 ──▶ date of the object, row
```
`--adopt` does so with what another tool fetched; a run that follows a killed one does so with what
that had just finished. A file that is proved byte for byte gets the date of its object, then its
row says that it is here; a file that differs stays as it is. Where nothing can tell, for lack of a
checksum or of access, the row stays, too. What was done is recorded on the way, so to stop and
begin again costs no file twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from ossh.advice import store_error
from ossh.backoff import Backoff
from ossh.language import Words, _
from ossh.manifest import Manifest, Outcome, keeping
from ossh.model import SYMLINK, Cause, Entry, Failure, ObjectInfo, OwnFile, Proof, Status, value
from ossh.printable import printable
from ossh.store.credentials import Provider, Renewal
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import Lister
from ossh.store.retries import Retries, retried
from ossh.transfer.disk.disk_errors import failure_of
from ossh.transfer.disk.file_io import md5_in
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.occupant import Wanted
from ossh.transfer.disk.overwrite_rules import Comparison, LocalState
from ossh.transfer.planning.crash_recovery import killed_run, unrecorded
from ossh.transfer.scheduling.retry_policy import DECISIONS, MAY_PASS, Decision
from ossh.transfer.watching import Adopted, Phase, Progress

T = TypeVar("T")

_THREADS = 16  # most of the time they wait for an answer; checksums keep few cores busy
_TRIES = 8  # of one request that may succeed later
_RETRIES = Retries(dict.fromkeys(MAY_PASS, _TRIES), Backoff(0.2, 10.0))
_CLAIMED = (Status.PENDING, Status.FAILED, Status.ARCHIVED, Status.SKIPPED)

_Proved = tuple[Entry, Outcome | None, Comparison | None]
"""What becomes of an entry if its file is its object, or cannot be read; and what was found of the
file, if anything can tell."""


@value
class Checksums:
    """Asks what objects are now and which CRC64 they have; several threads may do so at once."""

    lister: Lister  # signs with what the provider holds
    provider: Provider
    local_files: LocalFiles  # they know when to stop

    def each(self, calls: Iterable[Callable[[], T]]) -> Iterator[list[T]]:
        """Make calls in several threads; yield their results as they end, maybe none of them.

        Raises:
            StoreError: The service does not tell.
            Interrupted: Told to stop.
        """
        with DaemonPool(_THREADS, "ossh-checksums") as pool:
            for found in pool.results(calls):
                yield found
                self.local_files.check_stopping()  # calls under way are left behind

    def ask(self, entry: Entry) -> tuple[ObjectInfo, int | None] | None:
        """Return what a HEAD says; None where nobody may know it, which a `get` tells.

        Raises:
            StoreError: The service does not tell.
            Interrupted: Told to stop.
        """

        def ask() -> tuple[ObjectInfo, int | None] | Failure:
            self.local_files.check_stopping()
            return self.lister.checksum(entry.key, entry.version_id)

        rest, mend = self.local_files.rest, Renewal(self.provider)
        answer = retried(ask, _RETRIES, mend=mend, sleep=rest)
        if not isinstance(answer, Failure):
            return answer
        if DECISIONS[answer.cause] is Decision.GIVE_UP:  # it is about this object alone
            return None
        raise store_error(_("compare '{key}'").format(key=printable(entry.key)), answer)


def candidates(manifest: Manifest, local_files: LocalFiles) -> Iterator[Entry]:
    """Yield the rows that may have a whole file, which nothing has proved yet."""
    return (one for one in manifest.entries(_CLAIMED) if _is_candidate(one, local_files))


def _is_candidate(entry: Entry, local_files: LocalFiles) -> bool:
    if entry.is_symlink or (entry.status is Status.SKIPPED and entry.is_current):
        return False
    failure = entry.failure
    if entry.status is Status.FAILED and failure and failure.cause is not Cause.LOCAL_CONFLICT:
        return False
    return local_files.has_its_size(entry)


def count_candidates(manifest: Manifest, local_files: LocalFiles, adopted: Adopted) -> None:
    """Count what is to be read, and what of it takes a request."""
    for entry in candidates(manifest, local_files):
        local_files.check_stopping()
        adopted.files += 1
        adopted.size += entry.size
        adopted.requests += not md5_in(entry.etag, entry.type)


def adopt(manifest: Manifest, checksums: Checksums, adopted: Adopted) -> Iterator[Progress]:
    """Prove and record the files that are here; yield how far that is.

    Raises:
        StoreError: The service does not answer; what was adopted is recorded.
        Interrupted: Told to stop; likewise.
    """
    local_files = checksums.local_files
    count_candidates(manifest, local_files, adopted)
    size = 0  # bytes of what was examined
    calls = (partial(_proved, one, checksums) for one in candidates(manifest, local_files))
    for found in checksums.each(calls):
        differing = [
            _unproved(entry)
            for entry, outcome, one in found
            if outcome is None and one is not None and one.is_read
        ]
        outcomes = [outcome for _, outcome, _ in found if outcome is not None]
        proved = sum(one.status is Status.SKIPPED for one in outcomes)
        adopted.proved += proved
        adopted.differing += len(differing)
        adopted.unknown += len(found) - proved - len(differing)
        size += sum(entry.size for entry, *_ in found)
        local_files.write_out([entry.path for entry, outcome, _ in found if outcome])
        manifest.record(outcomes + differing)
        yield Progress(
            phase=Phase.FETCHING,
            is_planned=True,
            planned=adopted.files,
            planned_bytes=adopted.size,
            done=adopted.proved,
            failed=adopted.differing + adopted.unknown,
            bytes_done=size,
            note=Words("comparing files with their objects"),
        )


def recover_files(manifest: Manifest, checksums: Checksums, boot_id: str) -> Iterator[Progress]:
    """Record the files that a killed run had finished and not recorded; yield how far that is.

    After a power cut such a file may lack its bytes. One that was read and has others goes to the
    trash, and its object is fetched; one of which nobody can tell stays.

    Raises:
        StoreError: The service does not answer; what was found is recorded.
        Interrupted: Told to stop; likewise.
    """
    killed, local_files = killed_run(manifest), checksums.local_files
    if killed is None:
        return
    has_restarted = killed.boot_id != boot_id
    entries = unrecorded(manifest, local_files, is_all=has_restarted)
    calls = (partial(_proved, one, checksums, is_in_doubt=has_restarted) for one in entries)
    for found in checksums.each(calls):
        for entry, _outcome, one in found:
            if one is not None and one.state is LocalState.TRASHED:
                local_files.trash.take(entry.path)
        local_files.write_out([entry.path for entry, outcome, _ in found if outcome])
        manifest.record([outcome for _, outcome, _ in found if outcome is not None])
        yield Progress(phase=Phase.PLANNING, note=Words("comparing with what is on disk"))


def _proved(entry: Entry, checksums: Checksums, *, is_in_doubt: bool = False) -> _Proved:
    """Return an entry with what was found of its file; one in doubt may lack bytes."""
    one, facts = Wanted(entry.path, entry.size, md5=md5_in(entry.etag, entry.type)), None
    if not one.md5:
        info, crc64 = checksums.ask(entry) or (entry.info, None)
        is_same = entry.is_symlink or (info.size, info.etag) == (entry.size, entry.etag)
        if crc64 is None or not is_same:  # it has none, or is another one than was listed
            return entry, None, None
        one = replace(one, size=info.size, crc64=crc64)
        if entry.is_symlink:  # its row has what was listed of the link
            facts = replace(info, type=SYMLINK, last_modified=entry.last_modified)
    modified = entry.last_modified.timestamp()
    try:
        if is_in_doubt:  # it was finished by now
            own, finished = entry.own, time.time()
            one = replace(one, key=entry.key, modified=modified, own=own, finished=finished)
        found = checksums.local_files.examine(one, reads=True)
        if found.own is None or found.proof is None:
            return entry, None, found
        own = checksums.local_files.dated(entry.path, found.own, modified)
    except FileNotFoundError:
        return entry, None, None
    except OSError as error:
        text = Words("cannot be adopted: {why}", why=failure_of(error).message)
        failure = Failure(Cause.CANNOT_WRITE, "not adopted", text)
        return entry, keeping(entry, Status.FAILED, failure, attempts=1), None
    proof, now = found.proof, time.time()
    return entry, Outcome(entry.row, Status.SKIPPED, 0, None, own, proof, now, facts), found


def _unproved(entry: Entry) -> Outcome:
    """Return what becomes of an entry whose file is not its object.

    What was taken for it by its size and date no longer is.
    """
    if entry.status is Status.SKIPPED:
        return keeping(entry, Status.PENDING, is_disproved=True)
    return keeping(entry, entry.status, entry.failure, attempts=entry.attempts, is_disproved=True)


# Listed again with another date, but with size and ETag as before: somebody wrote them once more,
# the same bytes as a rule, or others with an ETag that is no MD5. Only a CRC64 tells.


def settled(
    entry: Entry, modified: datetime, checksums: Checksums
) -> tuple[Entry, ObjectInfo, Outcome | None]:
    """Return an entry, its object as it is now, and what becomes of it if its file still is that.

    The entry is at the target, and comes with the date that was listed.

    Raises:
        StoreError: The service does not tell.
        Interrupted: Told to stop.
    """
    crc64: int | None = 0
    info = entry.info
    if entry.size:  # else there are no bytes, and no others
        info, crc64 = checksums.ask(entry) or (info, None)
    info = replace(info, last_modified=modified)
    outcome = None
    if entry.path.endswith("/") and not info.size:
        outcome = _as_before(entry, info, None, entry.proof)
    elif crc64 is not None and (info.size, info.etag) == (entry.size, entry.etag):
        own = _still_has(entry, crc64, checksums.local_files)
        outcome = None if own is None else _as_before(entry, info, own, Proof.CRC64)
    return entry, info, outcome


def _still_has(entry: Entry, crc64: int, local_files: LocalFiles) -> OwnFile | None:
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
