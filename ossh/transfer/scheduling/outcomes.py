"""What answers bring an object: kept in its item, recorded for the manifest, counted. Pure."""

from collections.abc import Callable
from dataclasses import InitVar, dataclass, replace
from heapq import heappush, heappushpop

from ossh.manifest import Outcome, PartChange, keeping
from ossh.model import Counts, Entry, Failure, Part, Status
from ossh.transfer.messages import (
    Answer,
    CheckPart,
    Differs,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Readlink,
    Returned,
    Seal,
    Served,
)
from ossh.transfer.scheduling.item import Item
from ossh.transfer.watching import Phase, Progress, Summary

MOST_SLOWEST = 10  # objects that a run remembers


class RunTotals:
    """The manifest's figures, as of its last record, and what else is counted in a run."""

    def __init__(self, counts: Counts, summary: Summary | None = None) -> None:
        self.counts = counts
        self._summary = summary or Summary()
        self.listed = 0
        self.to_retry = 0  # of the pending, those that failed at least once
        self.part_bytes = 0  # finished parts of objects that are not done
        self.resumed = counts.size_at_target

    def plan(self, counts: Counts) -> None:
        """Take the manifest's figures, to which the listing added, and what is there already."""
        self.resumed += counts.size[Status.SKIPPED] - self.counts.size[Status.SKIPPED]
        self.counts = counts

    @property
    def bytes_left(self) -> int:
        """Return the bytes of objects that are pending, without what is here of their parts."""
        return self.counts.size[Status.PENDING] - self.part_bytes

    def progress(self, phase: Phase, note: str = "") -> Progress:
        """Return the totals as a snapshot; the lanes' figures are added by the loop."""
        counts = self.counts
        return Progress(
            phase=phase,
            listed=self.listed,
            planned=counts.total,
            planned_bytes=counts.total_size,
            done=counts.at_target,
            failed=counts.missing,
            archived=counts.objects[Status.ARCHIVED],
            to_retry=self.to_retry,
            fetched=self._summary.fetched,
            bytes_done=counts.size_at_target + self.part_bytes,
            bytes_resumed=self.resumed,
            note=note,
        )


@dataclass(eq=False)
class Outcomes:
    """Gathers outcomes and part changes until they are taken to the manifest."""

    counts: InitVar[Counts]  # of the manifest as the run begins
    summary: Summary
    epoch: float  # wall clock minus monotonic clock, seconds
    # returns the path of the file that the job has of a key, "" when it has none
    file_of: Callable[[str], str]

    def __post_init__(self, counts: Counts) -> None:
        self.totals = RunTotals(counts, self.summary)
        self._slowest: list[tuple[float, str]] = []  # a heap of seconds and key
        self._outcomes: list[Outcome] = []
        self._changes: list[PartChange] = []

    @property
    def slowest(self) -> tuple[tuple[str, float], ...]:
        """Return key and seconds of the finished objects that took longest, the slowest first."""
        return tuple((key, seconds) for seconds, key in sorted(self._slowest, reverse=True))

    def take(self) -> tuple[list[Outcome], list[PartChange]]:
        """Return what the manifest must learn since the last call."""
        records = self._outcomes, self._changes
        self._outcomes, self._changes = [], []
        return records

    def resumed(self, item: Item) -> None:
        """Count the parts that an object brings from an earlier run."""
        self.totals.part_bytes += item.part_bytes
        self.totals.resumed += item.part_bytes

    def found(self, entry: Entry, now: float) -> None:
        """Record what the disk says of an entry: whole already, or taken by another file."""
        outcome = keeping(entry, entry.status, entry.failure, attempts=entry.attempts)
        if entry.status is Status.SKIPPED:
            outcome = replace(outcome, finished=self.epoch + now)
        self._outcomes.append(outcome)
        if entry.parts and not entry.status.is_resumable:
            self._changes.append(PartChange(entry.row, drop=True))

    # answers

    def on(self, item: Item, answer: Answer, now: float) -> bool:
        """Take in what an answer brought; return whether its object is done."""
        match answer:
            case Done():
                return self._on_done(item, answer, now)
            case Differs():
                self.lost(answer)
            case Failed(task=CheckPart(part=part)) | Returned(task=CheckPart(part=part)):
                item.uncheck(part)
            case _:
                self._keep(item, answer.kept, answer.served)
        return False

    def _on_done(self, item: Item, done: Done, now: float) -> bool:
        match done.task:
            case Fetch(range=None) | Seal():
                self._done(item, done, now)
                return True
            case Fetch():
                self._keep(item, done.part, done.served)
            case CheckPart(part=part):
                item.add(part)
            case Look() if done.served is not None:
                self._look(item, done.served)
            case Readlink():
                item.lead_to(self.file_of(done.link))
            case Link() if done.proof is None:
                self.summary.trashed += done.has_moved
                item.lead_to("")
            case Link():
                before, item.entry = item.entry, replace(item.entry, size=0)  # no bytes are here
                self._update(item, before)
                self._done(item, done, now)
                return True
        return False

    def lost(self, found: Differs) -> None:
        """Record that a part of an earlier run is not on disk as it was."""
        part = found.task.part
        self.totals.part_bytes -= part.length
        self.totals.resumed -= part.length
        self._changes.append(PartChange(found.task.entry.row, part, drop=True))

    def _keep(self, item: Item, part: Part | None, served: Served | None) -> None:
        if part is None:
            return
        item.add(part)
        item.fetched_bytes += part.length
        if not item.is_growing:
            item.served = served or item.served
        self.totals.part_bytes += part.length
        self._changes.append(PartChange(item.entry.row, part))

    def _look(self, item: Item, served: Served) -> None:
        """Take what a HEAD says of an object, whose parts may be of another version."""
        before, part_bytes = item.entry, item.part_bytes
        item.seen(served)
        if not item.part_bytes:
            self._drop_parts(item, part_bytes)
        self._update(item, before)

    def forget(self, item: Item) -> None:
        """Drop all of an object's parts: they are of no more use."""
        self._drop_parts(item, item.part_bytes)
        item.forget()

    def _drop_parts(self, item: Item, part_bytes: int) -> None:
        if part_bytes:
            self.totals.part_bytes -= part_bytes
            self._changes.append(PartChange(item.entry.row, drop=True))

    def _update(self, item: Item, before: Entry) -> None:
        """Record what is known of an object now, where it differs from what was."""
        entry = item.entry
        if entry == before:
            return
        known = keeping(entry, Status.PENDING, attempts=item.attempts, facts=entry.info)
        self._outcomes.append(known)

    # attempts

    def charged(self, item: Item, failure: Failure) -> None:
        """Record an attempt that failed, of an object that has another one left."""
        self.again(item, is_again=True)
        self._outcomes.append(keeping(item.entry, Status.PENDING, failure, attempts=item.attempts))

    def again(self, item: Item, *, is_again: bool) -> None:
        """Count an object among those that are tried again, or no longer."""
        self.totals.to_retry += is_again - item.is_again
        item.is_again = is_again

    def acquitted(self, item: Item, *, was_ended: bool) -> None:
        """Record that an attempt was charged wrongly; an object that it ended is pending again."""
        entry = item.entry
        if was_ended:
            self.totals.part_bytes += item.part_bytes
        self.again(item, is_again=item.attempts > 0)
        failure = entry.failure if item.attempts else None
        self._outcomes.append(keeping(entry, Status.PENDING, failure, attempts=item.attempts))

    def ended(self, item: Item, status: Status, failure: Failure) -> None:
        self._end(item, keeping(item.entry, status, failure, attempts=item.attempts))

    def _done(self, item: Item, done: Done, now: float) -> None:
        """Record an object that is proved at its final name: `done` answers its last task."""
        summary = self.summary
        summary.fetched += 1
        summary.verified[done.proof] += 1
        summary.replaced += item.changes > 0
        summary.followed += item.is_followed
        summary.trashed += done.has_moved
        add = heappush if len(self._slowest) < MOST_SLOWEST else heappushpop
        add(self._slowest, (now - item.began, item.entry.key))
        served = done.served
        self._end(
            item,
            Outcome(
                item.entry.row,
                Status.DONE,
                item.attempts + 1,
                proof=done.proof,
                own=done.own,
                finished=self.epoch + now,
                is_client_encrypted=served is not None and served.is_client_encrypted,
            ),
        )

    def _end(self, item: Item, outcome: Outcome) -> None:
        self.again(item, is_again=False)
        self.totals.part_bytes -= item.part_bytes
        if (item.part_bytes or item.has_rows) and not outcome.status.is_resumable:
            self._changes.append(PartChange(outcome.row, drop=True))
        self._outcomes.append(outcome)
