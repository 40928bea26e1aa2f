"""What earlier runs left: rows and the disk are reconciled before a run resumes.

A row that claims what the disk lacks is pending again; a file that is whole though its row does not
say so is not fetched again.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from ossh.language import Words
from ossh.manifest import Manifest, Outcome
from ossh.model import Entry, Proof, Status
from ossh.paths import path_in
from ossh.transfer.disk.local_files import LocalFiles, is_as_recorded
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.messages import Phase, Progress
from ossh.transfer.planning.crash_recovery import recheck_recent
from ossh.transfer.scheduling.run_totals import RunTotals


def recheck(manifest: Manifest, local_files: LocalFiles) -> Iterator[Progress]:
    """Make rows that claim what the disk lacks pending again; a row never claims too much.

    Raises:
        Interrupted: The run is told to stop.
    """
    counts = manifest.counts()
    if not counts.at_target:
        return
    totals = RunTotals(counts)
    # after a power cut also what lacks its bytes, which its size and time do not show
    recent = recheck_recent(manifest, local_files) if local_files.policy.is_doubtful else ()
    for found in chain(recent, differing(manifest, local_files)):
        for entry, outcome in found:
            totals.move(entry.status, outcome.status, entry.size)
        manifest.record([outcome for _, outcome in found])
        yield totals.progress(Phase.PLANNING, 1, Words("comparing with what is on disk"))
        local_files.check_stopping()


def differing(manifest: Manifest, local_files: LocalFiles) -> Iterator[list[tuple[Entry, Outcome]]]:
    """Yield, page by page, the rows that claim a file which is not on disk as they say.

    A file that was deleted or damaged is to be fetched again; one that was edited is kept
    and reported. Pages on which all agrees are empty lists.
    """
    for page in manifest.files():
        yield [
            found
            for _, key, path, size, modified in page
            if not is_as_recorded(path_in(local_files.target, path), size, modified)
            and (found := _differing(manifest, local_files, key)) is not None
        ]


def _differing(
    manifest: Manifest, local_files: LocalFiles, key: str
) -> tuple[Entry, Outcome] | None:
    """Return an entry and what becomes of it; None when its file is the object all the same."""
    entry = manifest.entry(key)
    if entry is None:
        return None
    finished = entry.finished_seconds  # stays: what is at its place is, or was, ours
    comparison = local_files.compare(entry, entry.path)
    match comparison.state:
        case LocalState.HERE:
            return None
        case LocalState.CONFLICT:
            return entry, Outcome(
                entry.row, Status.FAILED, 0, comparison.failure, finished=finished
            )
        case _:
            return entry, Outcome(entry.row, Status.PENDING, 0, finished=finished)


def compared(entry: Entry, local_files: LocalFiles) -> Entry:
    """Return a pending entry of an earlier run with what the disk says of it.

    Its file may be whole, since a row is written after its file. When a run was killed, it is taken
    for the job's own then, which size and time have to prove.
    """
    comparison = local_files.compare(entry, entry.path)
    match comparison.state:
        case LocalState.HERE:
            proof = comparison.proof or (Proof.LENGTH if local_files.policy.was_killed else None)
            return replace(entry, status=Status.SKIPPED, proof=proof)
        case LocalState.CONFLICT:
            return replace(entry, status=Status.FAILED, failure=comparison.failure, attempts=1)
        case _:
            return entry
