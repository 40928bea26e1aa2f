"""Proves a finished tree: every file against its row, then what else is in the target.

```
manifest ── 1,000 rows ──▶ batches ──▶ threads: proof.examine ──▶ counts, findings
target ─── every file ──▶ foreign ───────────────────────────────▶ counts, findings
```
Nothing at the target is changed. The manifest learns of files whose bytes went bad, for size and
date do not show them to the next run; what is missing or was edited, that run sees by itself.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from ossh.job import Job
from ossh.language import Words
from ossh.manifest import Manifest, Outcome
from ossh.model import MIB, Cause, Entry, Failure, Proof, Status
from ossh.transfer.disk import Halted
from ossh.transfer.foreign import foreign, own_paths
from ossh.transfer.messages import Phase, Progress
from ossh.transfer.naming import rules_for
from ossh.transfer.proof import Finding, Kind, examine
from ossh.transfer.workspace import long_path

THREADS = 4  # the checksum of one keeps a core busy; a disk gains little from more readers
_HERE = frozenset({Status.DONE, Status.SKIPPED})
_BATCH_OBJECTS = 50
_BATCH_BYTES = 16 * MIB
_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Verified:
    """What was found; counts are complete, `findings` are the first of each kind."""

    objects: int  # of the job, of any status
    absent: dict[Status, int]  # not downloaded yet, or not available
    proved: Counter[Proof] = field(default_factory=Counter)
    folders: int = 0  # that are there; they have nothing to prove
    proved_size: int = 0  # bytes
    found: Counter[Kind] = field(default_factory=Counter)
    findings: dict[Kind, list[Finding]] = field(default_factory=dict)
    seconds: float = 0.0
    is_whole: bool = False  # False: it was stopped before its end

    @property
    def whole(self) -> int:
        """Return how many objects are at the target as they should be."""
        return self.proved.total() + self.folders

    @property
    def differing(self) -> int:
        """Return how many objects are not at the target as they were proved."""
        others = sum(number for kind, number in self.found.items() if kind is not Kind.FOREIGN)
        return others + sum(self.absent.values())

    @property
    def status(self) -> int:
        """Return the exit status: 0 all proved, 1 something differs, 130 stopped."""
        return (1 if self.differing else 0) if self.is_whole else 130

    def add(self, finding: Finding, limit: int) -> None:
        """Count a finding, and keep it if it is among the first of its kind."""
        self.found[finding.kind] += 1
        kept = self.findings.setdefault(finding.kind, [])
        if len(kept) < limit:
            kept.append(finding)


_Examined = list[tuple[Entry, Proof | Finding | None]]


class Verification(threading.Thread):
    """Proves the tree of a job in a thread of its own; can be watched as a run can.

    When it has ended, `result` says what was found, or `error` why it could not begin or go on.

    Args:
        job: That has run.
        limit: How many findings of each kind are kept.
        threads: How many files are read at once.
    """

    def __init__(self, job: Job, *, limit: int, threads: int = 0) -> None:
        super().__init__(name=f"ossh-verify-{job.name}", daemon=True)
        self.progress = Progress()
        self.result: Verified | None = None
        self.error: BaseException | None = None
        self.job = job
        self._target = long_path(str(job.directory))
        self._limit = limit
        self._threads = threads or min(THREADS, os.cpu_count() or 1)
        self.is_stopping = False
        self._bytes = 0
        self._counting = threading.Lock()

    def stop(self) -> None:
        """Ask it to end soon; what was found so far stays in `result`."""
        self.is_stopping = True

    def finished(self) -> Verified:
        """Return what was found, once it has ended.

        Raises:
            OsshError: The manifest cannot be read or written, or another ossh has the job.
        """
        if self.error is not None:
            raise self.error
        if self.result is None:  # cannot be: it has ended, and without an error
            raise AssertionError
        return self.result

    def run(self) -> None:
        """Prove everything; what goes wrong is left in `error`."""
        began = time.monotonic()
        try:
            with Manifest.open(self.job.manifest_path) as manifest:
                counts = manifest.counts()
                absent = {
                    status: number
                    for status, number in counts.objects.items()
                    if number and status not in _HERE
                }
                self.result = Verified(counts.total, absent)
                self.progress = Progress(
                    phase=Phase.FETCHING,
                    is_planned=True,
                    planned=sum(counts.objects[status] for status in _HERE),
                    planned_bytes=sum(counts.size[status] for status in _HERE),
                )
                self._prove(manifest, self.result)
                self._look_around(manifest, self.result)
                self.result.is_whole = not self.is_stopping
        except BaseException as error:  # noqa: BLE001 - shown by the thread that watches
            self.error = error
        finally:
            if self.result is not None:
                self.result.seconds = time.monotonic() - began
            self.progress = replace(self.progress, phase=Phase.ENDED)

    def _prove(self, manifest: Manifest, result: Verified) -> None:
        """Have every file examined, a few batches ahead of what was counted."""
        with ThreadPoolExecutor(self._threads, "ossh-verify") as pool:
            waiting: set[Future[_Examined]] = set()
            for batch in _batches(manifest.entries(_HERE)):
                waiting.add(pool.submit(self._examine, batch))
                while len(waiting) > 2 * self._threads:
                    waiting = self._take(waiting, manifest, result)
                if self.is_stopping:
                    break
            while waiting:
                waiting = self._take(waiting, manifest, result)

    def _examine(self, batch: list[Entry]) -> _Examined:
        examined: _Examined = []
        for entry in batch:
            if self.is_stopping:
                break
            try:
                examined.append((entry, examine(entry, self._target, self._meter)))
            except Halted:
                break
        return examined

    def _meter(self, count: int) -> None:
        if self.is_stopping:
            raise Halted
        with self._counting:
            self._bytes += count

    def _take(
        self, waiting: set[Future[_Examined]], manifest: Manifest, result: Verified
    ) -> set[Future[_Examined]]:
        """Count what is ready, or wait a moment for it; return what is still under way."""
        ready, under_way = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
        bad: list[Outcome] = []
        for one in ready:
            for entry, found in one.result():
                if isinstance(found, Finding):
                    result.add(found, self._limit)
                    if found.kind is Kind.CORRUPT:
                        bad.append(_to_fetch_again(entry, found))
                elif found is None:
                    result.folders += 1
                else:
                    result.proved[found] += 1
                    result.proved_size += entry.size
        manifest.record(bad)
        self.progress = replace(
            self.progress,
            done=result.whole,
            failed=result.found.total(),
            bytes_done=self._bytes,
            bytes_received=self._bytes,
            phase=Phase.STOPPING if self.is_stopping else Phase.FETCHING,
        )
        return under_way

    def _look_around(self, manifest: Manifest, result: Verified) -> None:
        if self.is_stopping or self.job.is_key:  # a folder is not there for one file
            return
        self.progress = replace(
            self.progress, note=Words("looking for files that do not belong to the job")
        )
        ours = own_paths(self.job, self._target)
        for paths in foreign(manifest, self._target, rules_for(self.job, manifest), ours):
            for path in paths:
                result.add(Finding(Kind.FOREIGN, path), self._limit)
            if self.is_stopping:
                return


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


def _to_fetch_again(entry: Entry, finding: Finding) -> Outcome:
    """Return what the manifest must know so that no later run trusts the file's date."""
    failure = Failure(Cause.CORRUPT, "not as proved", finding.message)
    proof = entry.proof or Proof.MD5  # what was here before the job is proved by nothing else
    return Outcome(entry.row, Status.FAILED, 0, failure, proof, finished=entry.finished_seconds)
