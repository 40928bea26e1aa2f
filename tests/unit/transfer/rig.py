"""A manifest in memory and a clock: what the loop is to a scheduler, without threads or files."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ossh.manifest import Outcome, PartChange
from ossh.model import (
    KIB,
    Cause,
    Counts,
    Entry,
    Failure,
    OwnFile,
    Part,
    Proof,
    Status,
    TransferSettings,
)
from ossh.transfer.messages import (
    Answer,
    CheckPart,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Page,
    Readlink,
    Reply,
    Seal,
    Served,
    Task,
)
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision
from ossh.transfer.scheduling.scheduler import Scheduler
from ossh.transfer.scheduling.window import LEAST_PART, SIZE
from ossh.transfer.watching import Summary

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EPOCH = 1_700_000_000.0  # wall clock where the rig's own clock stands at 0
PART_SIZE = LEAST_PART  # so that all parts but the last are as long
LARGE = 300 * KIB  # one body, but for a stream
OWN = OwnFile(1000, 1, 1)  # how any file was left
# Troubles of this computer, which say nothing of the service.
LOCAL = frozenset(
    {
        Cause.IN_USE,
        Cause.WORKER_LOST,
        Cause.LOCAL_CONFLICT,
        Cause.CANNOT_WRITE,
        Cause.DISK_FULL,
        Cause.READ_ONLY,
        Cause.TARGET_GONE,
        Cause.TOO_MANY_FILES,
    }
)
TURNS = 20_000  # far more than any test needs: a run that does not end is a bug


def entry(row: int, size: int = 1000, *, key: str = "", parts: Sequence[Part] = ()) -> Entry:
    """Return a pending object."""
    key = key or f"key-{row}"
    return Entry(row, key, key, size, "E1", MODIFIED, parts=tuple(parts))


def failure(cause: Cause, wait_seconds: float = 0.0) -> Failure:
    """Return a failure of some cause."""
    return Failure(cause, cause.value, "as the test wished", wait_seconds=wait_seconds)


def served(task: Task, size: int = -1, etag: str = "") -> Served:
    """Return what an answer says of a task's object; that which was listed if not told else."""
    listed = task.entry
    if isinstance(task, Fetch | Seal):
        size, etag = listed.size if size < 0 else size, etag or listed.etag
    return Served(size, etag or "E1", 1, MODIFIED.timestamp())


def done(task: Task, size: int = -1) -> Done:
    """Return the reply to a task that went well; a Look needs the size it finds."""
    match task:
        case Fetch() if task.range is not None:
            part = Part(task.range.start, task.range.stop, 1)
            return Done(task, part=part, served=served(task))
        case CheckPart():
            return Done(task, part=task.part)
        case Look():
            return Done(task, served=served(task, size))
        case Readlink():
            return Done(task, served=served(task), link=f"key-{task.entry.row - 1}")
        case Link():
            return Done(task, own=OWN, proof=Proof.LINK)
        case _:
            return Done(task, served=served(task), own=OWN, proof=Proof.CRC64)


def failed(task: Task, cause: Cause, kept: Part | None = None, wait_seconds: float = 0.0) -> Failed:
    """Return the reply to a task that did not go well."""
    return Failed(task, failure(cause, wait_seconds), kept=kept)


class Book:
    """The rows of a manifest, kept in memory."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.rows = {one.row: one for one in entries}

    def pending(
        self, after_row: int, limit: int, *, tried: bool, with_links: bool = True
    ) -> list[Entry]:
        """Return the next pending entries, as `Manifest.pending` does."""
        rows = sorted(row for row in self.rows if row > after_row)
        found = (self.rows[row] for row in rows)
        return [
            one
            for one in found
            if one.status is Status.PENDING
            and (one.attempts > 0) == tried
            and (with_links or one.type != "Symlink")
        ][:limit]

    def file_of(self, key: str) -> str:
        """Return the path of a key's file, as `Manifest.file_of` does."""
        found = (one for one in self.rows.values() if one.key == key)
        return "".join(
            one.path for one in found if one.type != "Symlink" and one.status is not Status.GONE
        )

    def record(self, outcomes: Sequence[Outcome], changes: Sequence[PartChange]) -> None:
        """Record, as `Manifest.record` does."""
        for outcome in outcomes:
            row = replace(
                self.rows[outcome.row],
                status=outcome.status,
                attempts=outcome.attempts,
                failure=outcome.failure,
                own=outcome.own,
                proof=outcome.proof,
            )
            if outcome.facts is not None:
                row = replace(row, size=outcome.facts.size, etag=outcome.facts.etag)
            self.rows[outcome.row] = row
        for change in changes:
            old = self.rows[change.row].parts
            if change.drop:
                kept = [one for one in old if change.part and one.start != change.part.start]
            else:
                assert change.part is not None
                kept = [one for one in old if one.start != change.part.start] + [change.part]
            kept.sort(key=lambda part: part.start)
            self.rows[change.row] = replace(self.rows[change.row], parts=tuple(kept))

    def counts(self) -> Counts:
        """Return objects and bytes by status."""
        objects: Counter[Status] = Counter(one.status for one in self.rows.values())
        size: Counter[Status] = Counter()
        for one in self.rows.values():
            size[one.status] += one.size
        return Counts(objects, size)

    def parts(self, row: int) -> int:
        """Return the bytes of a row's finished parts."""
        return sum(part.length for part in self.rows[row].parts)


class Rig:
    """Plays the loop: hands out rows, keeps records, moves the clock, and watches the totals."""

    def __init__(  # noqa: PLR0913 - the settings of a run, all optional
        self,
        *entries: Entry,
        listings: int = 0,
        connections: int = 64,
        max_attempts: int = 3,
        patience_seconds: float = 3600.0,
        is_dry: bool = False,
        records_links: bool = False,
        part_size: int = PART_SIZE,
        seed: int = 0,
    ) -> None:
        transfer = TransferSettings(
            connections,
            part_size,
            max_attempts,
            patience_seconds=patience_seconds,
        )
        self.now = 100.0
        self.book = Book(entries)
        self.outcomes: list[Outcome] = []
        self.flying: list[Task] = []
        self.question: int | None = None  # that the service itself was asked, not answered yet
        self.begun: set[int] = set()  # rows of which a task was sent
        self.overtaken: set[int] = set()  # rows that had not begun when others were tried again
        self.summary = Summary()
        self.scheduler = Scheduler(
            transfer,
            Outcomes(self.book.counts(), self.summary, EPOCH, self.book.file_of),
            listings,
            random.Random(seed),
            is_dry=is_dry,
            records_links=records_links,
        )
        self._held: set[int] = set()  # rows the scheduler has in its window
        self._met: set[int] = set()  # rows it has had there

    def row(self, row: int) -> Entry:
        """Return a row as it is recorded."""
        return self.book.rows[row]

    def on(self, *replies: Reply) -> None:
        """Let replies come in; those to tasks land."""
        for reply in replies:
            if isinstance(reply, Answer):
                self.flying.remove(reply.task)
            self.scheduler.on(reply, self.now)

    def turn(self, seconds: float = 0.0) -> list[Task]:
        """Let time pass, record, and return the tasks that are sent then."""
        self.now += seconds
        self.record()
        tasks = self.scheduler.tasks(self._pending, self.now)
        while self.scheduler.is_filling:
            tasks += self.scheduler.tasks(self._pending, self.now)
        self.flying += tasks
        self._note_begun(tasks)
        self.question = self.question or self.scheduler.attempts.question(self.now)
        return tasks

    def hear(self, failure: Failure | None = None) -> None:
        """Let the question be answered: by the service, or with a failure."""
        if self.question is not None:
            number, self.question = self.question, None
            self.scheduler.attempts.heard(number, failure, self.now)

    def _note_begun(self, tasks: list[Task]) -> None:
        """Take note of whose first task is sent, and of who should have had one before others."""
        again = any(self.row(task.entry.row).attempts for task in tasks)
        self.begun.update(task.entry.row for task in tasks)
        if again:
            untried = (one for one in self.book.rows.values() if one.status is Status.PENDING)
            self.overtaken.update(one.row for one in untried if one.row not in self.begun)

    def record(self) -> None:
        """Record what there is to record, and take the counts from the rows, as a run does."""
        outcomes, changes = self.scheduler.outcomes.take()
        self.outcomes += outcomes
        self.book.record(outcomes, changes)
        self.scheduler.totals.counts = self.book.counts()
        for outcome in outcomes:
            is_charged = outcome.failure is not None and self.scheduler.state.rounds.number == 1
            if outcome.status is not Status.PENDING or is_charged:
                self._held.discard(outcome.row)
        self._expect_totals()

    def _expect_totals(self) -> None:
        totals = self.scheduler.totals
        pending = [row for row in self._met if self.row(row).status is Status.PENDING]
        assert totals.part_bytes == sum(map(self.book.parts, pending))
        charged = [row for row in pending if self.row(row).attempts]
        assert len(charged) <= totals.to_retry <= len(pending)  # some were asked to slow down

    def _pending(self, after_row: int, limit: int, tried: bool) -> list[Entry]:  # noqa: FBT001 - as the loop's
        with_links = not self.scheduler.state.rounds.leaves_links
        page = self.book.pending(after_row, limit, tried=tried, with_links=with_links)
        assert limit <= SIZE - len(self._held)
        self._held.update(one.row for one in page)
        self._met.update(one.row for one in page)
        return page

    def play(self, answer: Callable[[Task], Reply]) -> None:
        """Run to the end; every task is answered."""
        for _ in range(TURNS):
            wait = self.scheduler.wait(self.now)
            if wait is None:
                self.record()
                return
            landing = list(self.flying)
            self.now += wait if landing else 0.5
            self.on(*map(answer, landing))
            self.hear()
            self.turn()
        message = "the run does not end"
        raise AssertionError(message)

    def page(self, *entries: Entry, listing: int = 1, finished: bool = False) -> None:
        """Let a page of the listing be planned and told of."""
        self.record()
        for one in entries:
            self.book.rows[one.row] = one
        self.scheduler.totals.plan(self.book.counts())
        cursor = entries[-1].key if entries else ""
        self.on(Page(listing, (), cursor, finished))


def caused(answer: Decision) -> list[Cause]:
    """Return the causes that have an answer."""
    return sorted(cause for cause, what in DECISIONS.items() if what is answer)


def answered(rig: Rig) -> Rig:
    """Let the service have served something: an empty, last page of a listing."""
    rig.page(finished=True)
    return rig


def finish(rig: Rig) -> None:
    """Let everything go well from here."""
    rig.play(lambda task: done(task, rig.row(task.entry.row).size))


def rows(tasks: Iterable[Task]) -> list[int]:
    """Return the rows that tasks belong to."""
    return [task.entry.row for task in tasks]
