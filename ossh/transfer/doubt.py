"""After the machine restarts: which files are in doubt, and what proves them again.

A rename may reach the disk before the bytes of its file do, and either of them before the row.
Size and mtime agree then, and only the checksum shows it.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence

from ossh.manifest import Manifest, Outcome, RunRecord
from ossh.model import Entry, Status
from ossh.transfer.disk import Halted
from ossh.transfer.proof import crc64_of
from ossh.transfer.standing import UNSAFE_SECONDS, is_own_time
from ossh.transfer.workspace import located

_COMPLETE = frozenset({"done", "failed"})


def is_doubtful(runs: Sequence[RunRecord], boot_id: str) -> bool:
    """Return whether the machine restarted since files were last known to hold what they should.

    A run that comes to its own end has met every row. Until one has on this start of the machine,
    files may lack what an earlier start had not yet written.

    Args:
        runs: Of the job, the oldest first.
        boot_id: Of this start of the machine.
    """
    for run in reversed(runs):
        if run.boot_id != boot_id:
            return True
        if run.outcome in _COMPLETE:
            return False
    return False


def prove_last(
    manifest: Manifest, target: str, is_stopping: Callable[[], bool]
) -> Iterator[tuple[Entry, Outcome] | None]:
    """Prove, one by one, what was finished last; yield what must be fetched again, else None.

    A file of another size or time is left out: the run sees it anyway, and may have to keep it.

    Args:
        manifest: Of the job.
        target: Local root.
        is_stopping: Asked often; True ends it.
    """
    for entry in manifest.finished_last(UNSAFE_SECONDS, time.time()):
        if is_stopping():
            return
        if is_whole(entry, located(target, entry.path), is_stopping):
            yield None
        else:  # `finished` stays, too: what is at its place is ours
            yield (
                entry,
                Outcome(
                    entry.row,
                    Status.PENDING,
                    0,
                    proof=entry.proof,  # stays: so no later run trusts the file's date
                    finished=entry.finished_seconds,
                ),
            )


def is_whole(entry: Entry, path: str, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Return whether the file of an entry holds what was proved, or is another file now.

    If it is told to stop, it knows nothing against the file.
    """
    if entry.path.endswith("/") or not _has_own_time(entry, path):
        return True

    def look(_count: int) -> None:
        if is_stopping():
            raise Halted

    try:
        crc = crc64_of(path, entry.size, look)
    except Halted:
        return True
    except OSError:
        return False
    return entry.crc64 is None or crc == entry.crc64


def _has_own_time(entry: Entry, path: str) -> bool:
    """Return whether there is a file of an entry's size with the time that ossh gave it."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    is_file = stat.S_ISREG(found.st_mode) and found.st_size == entry.size
    return is_file and is_own_time(found.st_mtime, entry.last_modified.timestamp())
