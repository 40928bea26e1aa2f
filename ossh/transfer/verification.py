"""Proves a finished tree: every file against its row, then what else is in the target.

```
manifest ── 1,000 rows ──▶ batches ──▶ threads: proof.examine ──▶ counts, findings
target ─── every file ──▶ strangers ────────────────────────────▶ counts, findings
```
Nothing at the target is changed. The manifest learns what is not there as it says, so that `status`
and `failures` tell of it, and the next run fetches what is missing or went bad.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, takewhile

from ossh.advice import IMMOVABLE
from ossh.errors import STATUS_INTERRUPTED, STATUS_MISSING
from ossh.job import Job
from ossh.language import Words
from ossh.manifest import Manifest, Outcome, keeping
from ossh.model import AT_TARGET, MIB, Cause, Entry, Failure, Proof, Status
from ossh.store.interruptible import DaemonPool
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.foreign_files import UNREAD
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy, conflict
from ossh.transfer.disk.proof import Finding, FindingKind, examine
from ossh.transfer.disk.tree import Tree
from ossh.transfer.job_thread import JobThread
from ossh.transfer.planning import target_disk
from ossh.transfer.planning.other_jobs import strangers
from ossh.transfer.watching import Phase, Progress

THREADS = 4  # the checksum of one keeps a core busy; a disk gains little from more readers
_DISPROVED = "not as proved"  # the code of a failure that was found here
_BATCH_OBJECTS = 50
_BATCH_BYTES = 16 * MIB


@dataclass(slots=True)
class Verified:
    """What was found; counts are complete, `findings` are the first of each kind."""

    objects: int  # of the job, of any status
    absent: dict[Status, int]  # not downloaded yet, or not available
    thawing: int  # of the archived, those that are being restored
    is_listed: bool  # False: the listing was interrupted, so that there may be more objects
    proved: Counter[Proof] = field(default_factory=Counter)
    here_by_date: int = 0  # of those by length: ossh did not fetch them, and they have its date
    folders: int = 0  # that are there; they have nothing to prove
    proved_size: int = 0  # bytes
    found: Counter[FindingKind] = field(default_factory=Counter)
    findings: dict[FindingKind, list[Finding]] = field(default_factory=dict)
    replaceable: int = 0  # found in the place of objects, which a run can move to the trash
    immovable: int = 0  # the same, which no run moves
    is_whole: bool = False  # False: it was stopped before its end

    @property
    def whole(self) -> int:
        """Return how many objects are at the target as they should be."""
        return self.proved.total() + self.folders

    @property
    def by_length(self) -> int:
        """Return how many of these have nothing but their length to be proved by."""
        return self.proved[Proof.LENGTH]

    @property
    def differing(self) -> int:
        """Return how many objects are not at the target as they were proved."""
        others = self.found.total() - self.found[FindingKind.FOREIGN]
        return others + sum(self.absent.values())

    @property
    def status(self) -> int:
        """Return the exit status: 0 all proved, 1 something differs or is unknown, 130 stopped."""
        if not self.is_whole:
            return STATUS_INTERRUPTED
        return STATUS_MISSING if self.differing or not self.is_listed else 0

    def add(self, finding: Finding, limit: int) -> None:
        """Count a finding, and keep it if it is among the first of its kind."""
        self.found[finding.kind] += 1
        if finding.kind in {FindingKind.CHANGED, FindingKind.DIFFERENT}:
            is_immovable = finding.message and conflict(finding.message).code == IMMOVABLE
            self.immovable += bool(is_immovable)
            self.replaceable += not is_immovable
        kept = self.findings.setdefault(finding.kind, [])
        if len(kept) < limit:
            kept.append(finding)


_Examined = list[tuple[Entry, Proof | Finding | None]]


class Verification(JobThread[Verified]):
    """Proves the tree of a job that has run; its summary says what was found.

    Of each kind the first findings are kept, up to the limit.
    """

    def __init__(self, job: Job, *, limit: int) -> None:
        super().__init__(job, "verify")
        self._local_files = LocalFiles(Tree(str(job.directory)), Policy())
        self._limit = limit
        self._bytes = 0
        self._counting = threading.Lock()

    def work(self) -> None:
        """Prove everything.

        Raises:
            OsshError: The manifest cannot be read or written, or another ossh has the job.
        """
        with Manifest.open(self.job.manifest_path) as manifest:
            target_disk.refuse_away(self.job, manifest)
            counts = manifest.counts()
            kept = sum(map(_is_kept, manifest.entries({Status.FAILED})))
            lacking = {one: n for one, n in counts.objects.items() if not one.is_at_target}
            absent = dict(Counter(lacking) - Counter({Status.FAILED: kept}))
            archived = manifest.archived() if Status.ARCHIVED in absent else ()
            thawing = sum(one.objects for one in archived if one.is_thawing)
            is_listed = manifest.is_listing_finished()
            self.summary = verified = Verified(counts.total, absent, thawing, is_listed)
            self.progress = Progress(
                phase=Phase.FETCHING,
                is_planned=True,
                planned=counts.at_target + kept,
                planned_bytes=counts.size_at_target,
            )
            self._prove(manifest, verified)
            self._look_around(manifest, verified)
            verified.is_whole = not self.is_stopping

    def _prove(self, manifest: Manifest, result: Verified) -> None:
        """Have every file examined, a few batches ahead of what was counted."""
        entries = manifest.entries((*AT_TARGET, Status.FAILED))
        chosen = (one for one in entries if one.status.is_at_target or _is_kept(one))
        batches = takewhile(lambda _batch: not self.is_stopping, _batches(chosen))
        calls = (partial(self._examine, batch) for batch in batches)
        with DaemonPool(min(THREADS, os.cpu_count() or 1), "ossh-verify") as pool:
            for examined in pool.results(calls):
                self._count(examined, manifest, result)

    def _examine(self, batch: list[Entry]) -> _Examined:
        examined: _Examined = []
        with suppress(Interrupted):
            for entry in batch:
                self._meter(0)
                examined.append((entry, examine(entry, self._local_files, self._meter)))
        return examined

    def _meter(self, count: int) -> None:
        if self.is_stopping:
            raise Interrupted
        with self._counting:
            self._bytes += count

    def _count(self, examined: list[_Examined], manifest: Manifest, result: Verified) -> None:
        outcomes: list[Outcome] = []
        for entry, found in chain.from_iterable(examined):
            if isinstance(found, Finding):
                result.add(found, self._limit)
                outcomes += _learnt(entry, found)
            elif found is None:
                result.folders += 1
            else:
                result.proved[found] += 1
                result.here_by_date += found is Proof.LENGTH and entry.proof is None
                result.proved_size += entry.size
        manifest.record(outcomes)
        self.progress = replace(
            self.progress,
            done=result.whole,
            failed=result.found.total(),
            bytes_done=self._bytes,
            bytes_received=self._bytes,
            phase=Phase.STOPPING if self.is_stopping else Phase.FETCHING,
        )

    def _look_around(self, manifest: Manifest, result: Verified) -> None:
        if self.is_stopping or self.job.is_key:  # a folder is not there for one file
            return
        self.progress = replace(
            self.progress, note=Words("looking for files that do not belong to the job")
        )
        for paths in strangers(self.job, manifest):
            for path in paths:
                why = UNREAD if path.endswith("/") else ""
                result.add(Finding(FindingKind.FOREIGN, path, "", why), self._limit)
            if self.is_stopping:
                return


def _is_kept(entry: Entry) -> bool:
    """Return whether an object failed for what is in its place: that is looked at."""
    why = entry.failure
    return why is not None and (why.cause is Cause.LOCAL_CONFLICT or why.code == _DISPROVED)


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Yield entries together: many small ones, so that threads are not kept busy by handing over.

    A large one is a batch by itself.
    """
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += entry.size
        if len(batch) >= _BATCH_OBJECTS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _learnt(entry: Entry, finding: Finding) -> Iterator[Outcome]:
    """Yield what the manifest must know: of bytes that went bad, that no run trusts their date."""
    conflict_here = conflict(finding.message)
    match finding.kind:
        case FindingKind.MISSING:
            yield keeping(entry, Status.PENDING)
        case FindingKind.CORRUPT:
            failure = Failure(Cause.CORRUPT, _DISPROVED, finding.message)
            yield keeping(entry, Status.FAILED, failure, is_disproved=True)
        case FindingKind.DIFFERENT:
            yield keeping(entry, Status.FAILED, conflict_here, is_disproved=True)
        case FindingKind.CHANGED if entry.status.is_at_target:
            yield keeping(entry, Status.FAILED, conflict_here)
