"""What earlier runs left: rows and the disk are reconciled before a run resumes.

A row that claims what the disk lacks is pending again; a file that is whole though its row does not
say so is not fetched again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ossh.language import Words
from ossh.manifest import COMPARED, Manifest, Outcome, keeping
from ossh.model import Entry, Proof, Status
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.scheduling.outcomes import RunTotals
from ossh.transfer.watching import Phase, Progress


def recheck(
    manifest: Manifest, local_files: LocalFiles, verified: Counter[Proof | None]
) -> Iterator[Progress]:
    """Make rows that claim what the disk lacks pending again; a row never claims too much.

    Of those that are done, `verified` counts what was read again and is right. Most files are only
    compared by size and date.

    Raises:
        Interrupted: The run is told to stop.
    """
    if not manifest.counts().at_target:
        return
    for entries, known in _doubtful(manifest, local_files):
        outcomes = [outcome for one in entries if (outcome := _checked(one, known, verified))]
        manifest.record(outcomes)
        totals = RunTotals(manifest.counts())
        yield totals.progress(Phase.PLANNING, Words("comparing with what is on disk"))
        local_files.check_stopping()
    manifest.set_meta(COMPARED, datetime.now(UTC).isoformat())


def _doubtful(
    manifest: Manifest, local_files: LocalFiles
) -> Iterator[tuple[list[Entry], LocalFiles]]:
    """Yield, page by page, the rows that claim a file and need a closer look, and what to ask.

    These are the ones whose file is not, at a glance, as they say; the ones that have it by its
    size and date, where another job may have put a different object; and after a power cut those
    that were finished last, for size and time do not show that bytes are missing. Some pages are
    empty.
    """
    since = local_files.policy.doubted_since
    if since is not None:
        for entry in manifest.finished_since(since):
            yield [entry], local_files
    for page in manifest.files():
        yield manifest.entries_at([row[0] for row in local_files.differing(page)]), local_files
        known, contested = local_files.contested(page)
        yield manifest.entries_at([row[0] for row in contested]), known


def _checked(
    entry: Entry, local_files: LocalFiles, verified: Counter[Proof | None]
) -> Outcome | None:
    """Return what becomes of a row; None when its file is just as it says.

    A file that was deleted is fetched again, one that lost its bytes goes to the trash first; one
    that was edited is kept and reported. One that was only touched is remembered as it is now. A
    row whose file nobody can look at stays as it is.
    """
    try:
        found = local_files.look(entry)
    except OSError:
        return None
    if found.state is LocalState.HERE and found.is_read and entry.status is Status.DONE:
        verified[found.proof] += 1
    match found.state:
        case LocalState.HERE if found.own is None or found.own == entry.own:
            return None
        case LocalState.HERE:
            known = replace(entry, own=found.own, proof=found.proof)
            return keeping(known, entry.status, attempts=entry.attempts)
        case LocalState.CONFLICT:
            return keeping(entry, Status.FAILED, found.failure)
        case LocalState.TRASHED if found.is_damaged:
            local_files.trash.take(entry.path)
            return Outcome(entry.row, Status.PENDING, 0)
        case _:
            return keeping(entry, Status.PENDING)


def compared(entry: Entry, local_files: LocalFiles) -> Entry:
    """Return a pending entry of an earlier run with what the disk says of it."""
    found = local_files.compare(entry)
    known = entry if found.own is None else replace(entry, own=found.own, proof=found.proof)
    match found.state:
        case LocalState.HERE:
            return replace(known, status=Status.SKIPPED)
        case LocalState.CONFLICT:
            return replace(entry, status=Status.FAILED, failure=found.failure, attempts=1)
        case _:
            return known
