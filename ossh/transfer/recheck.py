"""What earlier runs left: rows and the disk are reconciled before a run resumes.

A row that claims what the disk lacks is pending again; a file that is whole though its row does not
say so is not fetched again.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ossh.language import Words
from ossh.manifest import Manifest, Outcome
from ossh.model import Entry, Status
from ossh.transfer.disk import Disk, is_as_recorded
from ossh.transfer.doubt import prove_last
from ossh.transfer.messages import Phase, Progress
from ossh.transfer.standing import Standing
from ossh.transfer.tally import Tally
from ossh.transfer.workspace import located


def recheck(manifest: Manifest, disk: Disk, is_stopping: Callable[[], bool]) -> Iterator[Progress]:
    """Make rows that claim what the disk lacks pending again; a row never claims too much.

    Args:
        manifest: Of the job.
        disk: Its target.
        is_stopping: Asked often; True ends it.
    """
    counts = manifest.counts()
    if not counts.objects[Status.DONE] + counts.objects[Status.SKIPPED]:
        return
    tally = Tally(counts)
    for found in _found(manifest, disk, is_stopping):
        for entry, outcome in found:
            tally.move(entry.status, outcome.status, entry.size)
        manifest.record([outcome for _, outcome in found])
        yield tally.progress(Phase.PLANNING, 1, Words("comparing with what is on disk"))
        if is_stopping():
            return


def _found(
    manifest: Manifest, disk: Disk, is_stopping: Callable[[], bool]
) -> Iterator[list[tuple[Entry, Outcome]]]:
    """Yield what differs on disk from its row, after a power cut what lacks its bytes too."""
    if disk.policy.is_doubtful:
        for one in prove_last(manifest, disk.target, is_stopping):
            yield [] if one is None else [one]
    yield from differing(manifest, disk)


def differing(manifest: Manifest, disk: Disk) -> Iterator[list[tuple[Entry, Outcome]]]:
    """Yield, page by page, the rows that claim a file which is not on disk as they say.

    A file that was deleted or damaged is to be fetched again; one that was edited is kept
    and reported. Pages on which all agrees are empty lists.
    """
    for page in manifest.files():
        yield [
            found
            for _, key, path, size, modified in page
            if not is_as_recorded(located(disk.target, path), size, modified)
            and (found := _differing(manifest, disk, key)) is not None
        ]


def _differing(manifest: Manifest, disk: Disk, key: str) -> tuple[Entry, Outcome] | None:
    """Return an entry and what becomes of it; None when its file is the object all the same."""
    entry = manifest.entry(key)
    if entry is None:
        return None
    finished = entry.finished_seconds  # stays: what is at its place is, or was, ours
    found = disk.standing(entry, entry.path)
    match found.standing:
        case Standing.HERE:
            return None
        case Standing.CONFLICT:
            return entry, Outcome(entry.row, Status.FAILED, 0, found.failure, finished=finished)
        case _:
            return entry, Outcome(entry.row, Status.PENDING, 0, finished=finished)


def compared(entry: Entry, disk: Disk) -> Entry:
    """Return a pending entry of an earlier run with what the disk says of it.

    Its file may be whole, since a row is written after its file.
    """
    found = disk.standing(entry, entry.path)
    match found.standing:
        case Standing.HERE:
            return replace(entry, status=Status.SKIPPED)
        case Standing.CONFLICT:
            return replace(entry, status=Status.FAILED, failure=found.failure, attempts=1)
        case _:
            return entry
