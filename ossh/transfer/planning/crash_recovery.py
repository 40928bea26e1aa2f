"""What a crash leaves: files that may lack their bytes, and bytes that no row knows of.

A power cut: a rename may reach the disk before the bytes of its file do, and either of them before
the row. Size and time agree then, and only the checksum shows it. A kill: files that were finished
last have no row yet, and the parts that each thread received last are in its journal alone.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path

from ossh.manifest import Manifest, ManifestQueries, PartChange, RunRecord
from ossh.model import Entry, Status
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import UNSAFE_SECONDS
from ossh.transfer.disk.part_journal import Mark
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import journals
from ossh.transfer.scheduling import parts
from ossh.transfer.scheduling.window import SIZE

_PAGE = 1000


def doubted_since(manifest: ManifestQueries, boot_id: str) -> float | None:
    """Return since when what was finished may lack its bytes, in epoch seconds; None: nothing may.

    A run that comes to its own end has met every row. Until one has on this start of the machine,
    files may lack what an earlier start had not yet written.
    """
    for run in reversed(manifest.runs()):
        if run.boot_id != boot_id:
            return manifest.last_finished(time.time()) - UNSAFE_SECONDS
        if run.outcome in {"done", "failed"}:
            return None
    return None


def killed_run(manifest: Manifest) -> RunRecord | None:
    """Return the last run, if it was killed: it may have finished files that no row knows of."""
    last = manifest.runs()[-1:]
    return last[0] if last and last[0].ended is None else None


def unrecorded(manifest: Manifest, local_files: LocalFiles, *, is_all: bool) -> Iterator[Entry]:
    """Yield pending objects whose files are here, and may be what a killed run had just finished.

    Args:
        manifest: Of the job; no run has begun since.
        local_files: The target.
        is_all: Whether the machine restarted since: the last rows may be lost then. Else only what
            was under way at the end can be among them.

    Raises:
        Interrupted: The run is told to stop.
    """
    for tried in (False, True):
        pending = _pending(manifest, tried=tried)
        for entry in pending if is_all else islice(pending, SIZE):
            local_files.check_stopping()
            if local_files.may_be_torn(entry):
                yield entry


def _pending(manifest: Manifest, *, tried: bool) -> Iterator[Entry]:
    row = 0
    while page := manifest.pending(row, _PAGE, tried=tried):
        yield from page
        row = page[-1].row


def recover_parts(manifest: Manifest, target: Path) -> None:
    """Let a manifest learn what a run that was cut off had received, and how far its bodies came.

    What is on disk is compared with that before it is kept, like every part of an earlier run.
    """
    tree = Tree(str(target))
    paths = journals(tree, manifest.job_id)
    if not paths:
        return
    left = [part_journal.marks(tree, path) for path in paths]
    manifest.record_killed_run(part_journal.received(left))
    latest = sorted(chain.from_iterable(left), key=lambda mark: (mark.row, mark.moment))
    changes: list[PartChange] = []
    for row, marks in groupby(latest, key=attrgetter("row")):
        changes += _grown(manifest, row, list(marks))
    manifest.record([], changes)
    for path in paths:
        tree.discard(path)


def _grown(manifest: Manifest, row: int, marks: Sequence[Mark]) -> list[PartChange]:
    """Return what marks of one row, the latest last, add to its parts."""
    found = [one for one in manifest.page(row - 1, 1, tuple(Status)) if one.row == row]
    entry = manifest.entry(found[0].key) if found and found[0].status.is_resumable else None
    if entry is None:
        return []
    versions = {part_journal.version_of(etag, entry.size) for etag in (entry.etag, "")}
    latest = {mark.part.start: mark.part for mark in marks if mark.version in versions}
    known = {part.start: part for part in entry.parts}
    for start, part in latest.items():
        if start not in known or known[start].length < part.length:
            known[start] = part
    usable = parts.usable(entry.size, tuple(known.values()))
    if usable == entry.parts:
        return []
    return [PartChange(row, drop=True), *(PartChange(row, part) for part in usable)]
