"""What a crash leaves: files that may lack their bytes, and bytes that no row knows of.

A power cut: a rename may reach the disk before the bytes of its file do, and either of them before
the row. Size and time agree then, and only the checksum shows it. A kill: files that were finished
last have no row yet, and the parts that each thread received last are in its journal alone.
"""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

from ossh.manifest import Manifest, ManifestQueries, PartChange, RunRecord
from ossh.model import Entry, Part, Status
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import UNSAFE_SECONDS
from ossh.transfer.disk.part_journal import Mark
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import journals, partial_files
from ossh.transfer.scheduling.item import usable
from ossh.transfer.scheduling.window import SIZE

_BEHIND = "behind"  # where the manifest keeps on which start of the machine the clock was so


def note_clock(manifest: Manifest, now: datetime, boot_id: str) -> None:
    """Remember, as a run begins, if an earlier one went on until long after that: a clock is wrong.

    If the power goes, what the run finished last will seem to have been finished long before.
    """
    latest = max((one.ended or one.started for one in manifest.runs()), default=now).timestamp()
    if killed_run(manifest) is not None:
        latest = max(latest, manifest.last_finished(math.inf))
    if latest > now.timestamp() + UNSAFE_SECONDS:
        manifest.set_meta(_BEHIND, boot_id)


def doubted_since(manifest: ManifestQueries, boot_id: str) -> float | None:
    """Return since when what was finished may lack its bytes, in epoch seconds; None: nothing may.

    A run that comes to its own end has met every row. Until one has on this start of the machine,
    files may lack what an earlier start had not yet written: its last run, which fetched the last
    of them, cannot have ended before it began. Where the clock was behind on that start, what was
    finished last cannot be told, and all that it fetched is in doubt.
    """
    now, runs = time.time(), manifest.runs()
    for run in reversed(runs):
        if run.boot_id != boot_id:
            began = run.started.timestamp()
            if manifest.get_meta(_BEHIND) == run.boot_id:
                first = min(one.started for one in runs if one.boot_id == run.boot_id)
                return first.timestamp() - UNSAFE_SECONDS
            last = max(manifest.last_finished(now), began if began <= now else 0.0)
            return last - UNSAFE_SECONDS
        if run.outcome in {"done", "failed"}:
            return None
    return None


def killed_run(manifest: ManifestQueries) -> RunRecord | None:
    """Return the last run, if it was killed: it may have finished files that no row knows of.

    While a run is under way, that is the last one.
    """
    last = manifest.runs()[-1:]
    return last[0] if last and last[0].ended is None else None


def unrecorded(manifest: Manifest, local_files: LocalFiles, *, is_all: bool) -> Iterator[Entry]:
    """Yield pending objects whose files are here, and may be what a killed run had just finished.

    No run has begun since. With `is_all`, as the machine restarted since, the last rows may be
    lost, too; else only what was under way at the end can be among them.

    Raises:
        Interrupted: The run is told to stop.
    """
    windows = (manifest.pending(0, SIZE, tried=tried) for tried in (False, True))
    pending = manifest.entries((Status.PENDING,)) if is_all else chain.from_iterable(windows)
    for entry in pending:
        local_files.check_stopping()
        if local_files.may_be_torn(entry):
            yield entry


def recover_parts(manifest: Manifest, target: Path) -> None:
    """Let a manifest learn how far the bodies of a run that was cut off came.

    What is on disk is compared with that before it is kept, like every part of an earlier run.
    """
    tree = Tree(str(target))
    paths = journals(tree, manifest.job_id)
    if not paths:
        return
    left = chain.from_iterable(part_journal.marks(tree, path) for path in paths)
    changes: list[PartChange] = []
    for entry, its_parts in _grown(manifest, left):
        changes += [PartChange(entry.row)]
        changes += [PartChange(entry.row, part) for part in its_parts]
    manifest.record([], changes)
    with suppress(OSError):
        for path in paths:
            tree.place(path).discard()


def unrecorded_size(manifest: ManifestQueries, target: Path) -> int:
    """Return the bytes of unfinished objects that only the journals of a run know of as yet.

    Nothing is changed, and the run may be under way.

    Raises:
        LocalError: Nobody can look.
    """
    if killed_run(manifest) is None:
        return 0
    rows = {Path(path).name for path in partial_files(target, manifest.job_id)}
    with closing(Tree(str(target))) as tree:
        left = [part_journal.marks(tree, path) for path in journals(tree, manifest.job_id)]
    here = (mark for mark in chain.from_iterable(left) if str(mark.row) in rows)
    return sum(_length(grown) - _length(entry.parts) for entry, grown in _grown(manifest, here))


def _length(parts: Iterable[Part]) -> int:
    return sum(part.length for part in parts)


def _grown(
    manifest: ManifestQueries, marks: Iterable[Mark]
) -> Iterator[tuple[Entry, tuple[Part, ...]]]:
    """Yield objects of which marks know more than the manifest, with all parts there are."""
    latest_last = sorted(marks, key=lambda mark: (mark.row, mark.moment))
    for row, its in groupby(latest_last, key=attrgetter("row")):
        found = manifest.entries_at([row])
        entry = manifest.entry(found[0].key) if found and found[0].status.is_resumable else None
        if entry is None:
            continue
        versions = {part_journal.version_of(etag, entry.size) for etag in (entry.etag, "")}
        latest = {mark.part.start: mark.part for mark in its if mark.version in versions}
        known = {part.start: part for part in entry.parts}
        for start, part in latest.items():
            if start not in known or known[start].length < part.length:
                known[start] = part
        kept = usable(entry.size, tuple(known.values()))
        if kept != entry.parts:
            yield entry, kept
