"""Takes over what another tool fetched, without fetching it again.

```
rows without proof ── right size ──▶ threads: MD5, or HEAD and CRC64 ──▶ date of the object, row
```
A file that is proved byte for byte gets the date of its object, then its row says that it is here.
A file that differs stays what it was by the rules of a target. What was done is recorded on the
way, so to stop and begin again costs no file twice.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, takewhile

from ossh.advice import store_error
from ossh.backoff import Backoff
from ossh.errors import reason
from ossh.language import Words, _
from ossh.manifest import Manifest, Outcome
from ossh.model import AT_TARGET, Cause, Entry, Failure, Proof, Status
from ossh.paths import ancestors, path_in
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import Lister
from ossh.transfer.disk import links
from ossh.transfer.disk.file_io import Interrupted, crc64_of, md5_in, md5_of
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.messages import Adopted, Phase, Progress

THREADS = 16  # most of the time they wait for an answer; checksums keep few cores busy
_TRIES = 8  # of one request that may succeed later
_PAUSES = Backoff(0.2, 10.0)
_FINAL = frozenset({Cause.GONE, Cause.DENIED, Cause.KMS, Cause.REFUSED})  # of one object alone
_FATAL = frozenset({Cause.BAD_CREDENTIALS, Cause.NO_BUCKET, Cause.WRONG_ENDPOINT})
_CLAIMED = (Status.PENDING, Status.FAILED, Status.ARCHIVED, Status.SKIPPED)

Ask = Callable[[Entry], int | None]
"""Returns the CRC64 of an object that is still as it was listed."""


def candidates(manifest: Manifest, target: str) -> Iterator[Entry]:
    """Yield the rows that may have a whole file, which nothing has proved yet."""
    return (one for one in manifest.entries(_CLAIMED) if _is_candidate(one, target))


def _is_candidate(entry: Entry, target: str) -> bool:
    if entry.is_symlink or entry.path.endswith("/"):
        return False
    if entry.status in AT_TARGET and entry.proof is not None:
        return False
    failure = entry.failure
    if entry.status is Status.FAILED and failure and failure.cause is not Cause.LOCAL_CONFLICT:
        return False
    try:
        found = os.lstat(path_in(target, entry.path))
    except OSError:
        return False
    is_whole = stat.S_ISREG(found.st_mode) and found.st_size == entry.size
    return is_whole and not any(
        links.is_link(path_in(target, folder)) for folder in ancestors(entry.path)
    )


def foresee(manifest: Manifest, local_files: LocalFiles, adopted: Adopted) -> None:
    """Count what is to be read, and what of it takes a request."""
    for entry in candidates(manifest, local_files.target):
        local_files.check_stopping()
        adopted.files += 1
        adopted.size += entry.size
        adopted.requests += not md5_in(entry.etag, entry.type)


def adopt(
    manifest: Manifest, local_files: LocalFiles, lister: Lister, adopted: Adopted
) -> Iterator[Progress]:
    """Prove and record the files that are here; yield how far that is.

    Raises:
        StoreError: The service does not answer; what was adopted is recorded.
        Interrupted: Told to stop; likewise.
    """
    foresee(manifest, local_files, adopted)
    size = 0  # bytes of what was examined
    is_stopping = _asker(local_files)
    calls = (
        partial(_adopted, one, local_files, partial(_crc64, lister, local_files))
        for one in takewhile(lambda _: not is_stopping(), candidates(manifest, local_files.target))
    )
    with DaemonPool(THREADS, "ossh-adopt") as pool:
        for found in pool.results(calls, 2 * THREADS):
            for entry, outcome in found:
                adopted.proved += outcome.status in AT_TARGET
                adopted.differing += outcome.status not in AT_TARGET
                size += entry.size
            manifest.record([outcome for _, outcome in found])
            local_files.check_stopping()
            yield Progress(
                phase=Phase.FETCHING,
                is_planned=True,
                planned=adopted.files,
                planned_bytes=adopted.size,
                skipped=adopted.proved,
                failed=adopted.differing,
                bytes_done=size,
                note=Words("comparing files with their objects"),
            )


def _asker(local_files: LocalFiles) -> Callable[[], bool]:
    """Return what tells whether to stop."""

    def is_stopping() -> bool:
        try:
            local_files.check_stopping()
        except Interrupted:
            return True
        return False

    return is_stopping


def _adopted(entry: Entry, local_files: LocalFiles, ask: Ask) -> tuple[Entry, Outcome]:
    """Return what becomes of an entry whose file may be its object.

    Raises:
        StoreError: The service does not tell.
        Interrupted: Told to stop.
    """
    path = path_in(local_files.target, entry.path)
    modified = entry.last_modified.timestamp()
    try:
        before = os.lstat(path)
        proof, crc64 = _proof(entry, path, local_files, ask)
        if proof is None or _facts(before) != _facts(os.lstat(path)):
            return entry, _unproved(entry)
        if before.st_mtime != modified:
            os.utime(path, (modified, modified))
    except FileNotFoundError:
        return entry, _unproved(entry)
    except OSError as error:
        text = Words("cannot be adopted: {why}", why=reason(error))
        failure = Failure(Cause.CANNOT_WRITE, "not adopted", text)
        return entry, Outcome(entry.row, Status.FAILED, 1, failure)
    return entry, Outcome(entry.row, Status.SKIPPED, 0, None, proof, crc64, time.time())


def _facts(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _proof(
    entry: Entry, path: str, local_files: LocalFiles, ask: Ask
) -> tuple[Proof | None, int | None]:
    """Return how a file is proved to be its object, and its CRC64 if that is known."""
    meter = local_files.check_stopping
    if expected := md5_in(entry.etag, entry.type):
        return (Proof.MD5 if md5_of(path, meter) == expected else None), None
    known = ask(entry)
    if known is None or crc64_of(path, entry.size, meter) != known:
        return None, None
    return Proof.CRC64, known


def _unproved(entry: Entry) -> Outcome:
    """Return what becomes of an entry whose file is not its object.

    What was taken for it by its size and date no longer is.
    """
    if entry.status is not Status.SKIPPED:
        return Outcome(
            entry.row,
            entry.status,
            entry.attempts,
            entry.failure,
            entry.proof,
            entry.crc64,
            entry.finished_seconds,
        )
    return Outcome(entry.row, Status.PENDING, 0, proof=Proof.LENGTH)


def _crc64(lister: Lister, local_files: LocalFiles, entry: Entry) -> int | None:
    """Return the CRC64 of an object; None if it has none, or is another one than was listed.

    Raises:
        StoreError: The service does not tell.
        Interrupted: Told to stop.
    """
    for tries in count(1):
        local_files.check_stopping()
        found = lister.checksum(entry.key, entry.version_id)
        if not isinstance(found, Failure):
            info, crc64 = found
            return crc64 if (info.size, info.etag) == (entry.size, entry.etag) else None
        if found.cause in _FINAL:
            return None
        if tries == _TRIES or found.cause in _FATAL:
            raise store_error(_("adopt '{key}'").format(key=entry.key), found)
        _rest(max(found.wait_seconds, _PAUSES.after(tries)), local_files)
    return None


def _rest(seconds: float, local_files: LocalFiles) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        local_files.check_stopping()
        time.sleep(min(left, 0.1))
