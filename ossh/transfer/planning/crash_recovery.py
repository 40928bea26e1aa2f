"""What a crash leaves: files that may lack their bytes, and bytes that no row knows of.

A power cut: a rename may reach the disk before the bytes of its file do, and either of them before
the row. Size and mtime agree then, and only the checksum shows it. A kill: the parts that each
thread received last are in its journal alone.
"""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

from ossh.manifest import Manifest, Outcome, PartChange, RunRecord
from ossh.model import Entry, Status
from ossh.paths import path_in
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.file_io import crc64_of
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import UNSAFE_SECONDS, is_own_time
from ossh.transfer.disk.part_journal import Mark
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import journals
from ossh.transfer.scheduling import parts


def is_doubtful(runs: Sequence[RunRecord], boot_id: str) -> bool:
    """Return whether the machine restarted since files were last known to hold what they should.

    A run that comes to its own end has met every row. Until one has on this start of the machine,
    files may lack what an earlier start had not yet written. Runs come with the oldest first.
    """
    for run in reversed(runs):
        if run.boot_id != boot_id:
            return True
        if run.outcome in {"done", "failed"}:
            return False
    return False


def was_killed(runs: Sequence[RunRecord]) -> bool:
    """Return whether a run was killed since one met every row: it may have left a file unrecorded.

    Runs come with the oldest first.
    """
    for run in reversed(runs):
        if run.ended is None:
            return True
        if run.outcome in {"done", "failed"}:
            return False
    return False


def recheck_recent(
    manifest: Manifest, local_files: LocalFiles
) -> Iterator[list[tuple[Entry, Outcome]]]:
    """Prove what was finished last; yield for each file what must be fetched again, if it must.

    A file of another size or time is left out: the run sees it anyway, and may have to keep it.

    Raises:
        Interrupted: The run is told to stop.
    """
    for entry in manifest.finished_last(UNSAFE_SECONDS, time.time()):
        local_files.check_stopping()
        if _is_whole(entry, local_files):
            yield []
        else:
            outcome = Outcome(
                entry.row,
                Status.PENDING,
                0,
                proof=entry.proof,  # stays: so no later run trusts the file's date
                finished=entry.finished_seconds,  # stays, too: what is at its place is ours
            )
            yield [(entry, outcome)]


def _is_whole(entry: Entry, local_files: LocalFiles) -> bool:
    """Return whether the file of an entry holds what was proved, or is another file now."""
    path = path_in(local_files.target, entry.path)
    try:
        found = os.lstat(path)
    except OSError:
        return True
    is_file = stat.S_ISREG(found.st_mode) and found.st_size == entry.size
    if not is_file or not is_own_time(found.st_mtime, entry.last_modified.timestamp()):
        return True
    try:
        crc = crc64_of(path, entry.size, local_files.check_stopping)
    except OSError:
        return False
    return entry.crc64 is None or crc == entry.crc64


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
