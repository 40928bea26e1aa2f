"""The manifest as its only writer sees it."""

import secrets
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from ossh.manifest import queries, ranges, relisting, runs, schema, updates
from ossh.manifest.database import (
    connect_writer,
    durable,
    transaction,
    translated,
    tune,
)
from ossh.manifest.files import (
    check_absent,
    check_file,
    check_format,
    create_file,
    lock_path,
    make_folder,
)
from ossh.manifest.inserts import insert
from ossh.manifest.lock import RunLock
from ossh.manifest.names import settle
from ossh.manifest.questions import Questions
from ossh.manifest.records import (
    Delta,
    ListingRange,
    NewEntry,
    Outcome,
    PartChange,
    Sample,
)
from ossh.manifest.schema import MISSING
from ossh.model import Cause, Entry, ObjectInfo, Status
from ossh.paths import NameRules

_PAGE = 1000  # rows in memory while something walks through many of them
_TRY_AGAIN = frozenset({Status.FAILED})  # of what is archived, only the bucket knows
_REAL_TIME = f"{MISSING} AND status = 'archived' AND storage_class = 'Archive'"


class Manifest(Questions):
    """A job's manifest, open for writing; belongs to the thread that opened it, holds the lock.

    Get one by `create` or `open`; close it, or use it as a context manager. Every method raises
    `ManifestError` when the file turns out to be damaged and `LocalError` when the disk is full or
    cannot be written; what was recorded before stays.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: RunLock) -> None:
        self.path = path
        self._db = connection
        self._lock = lock
        self._rules: NameRules | None = None

    @classmethod
    def create(cls, path: Path, job_id: str = "") -> Self:
        """Write a new, empty manifest and open it.

        Args:
            path: Where; its folder is made if need be.
            job_id: Names the job's partial files for ever; a random one when not given.

        Raises:
            ManifestError: There is a file of that name.
            JobLockedError: Another ossh has the job.
            LocalError: The folder cannot be written.
        """
        make_folder(path)
        lock = RunLock.take(lock_path(path))
        try:
            check_absent(path)
            meta = {"job_id": job_id or secrets.token_hex(4), "created": f"{time.time():.0f}"}
            create_file(path, meta)
            return cls._opened(path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a manifest, upgrading an older format.

        Raises:
            ManifestError: It is missing, damaged, foreign or of a newer format.
            JobLockedError: Another ossh has the job.
            LocalError: It cannot be read or written.
        """
        check_file(path)
        lock = RunLock.take(lock_path(path))
        try:
            return cls._opened(path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _opened(cls, path: Path, lock: RunLock) -> Self:
        with translated(path):
            connection = connect_writer(path)
            try:
                schema.upgrade(connection)
                check_format(connection, path)
                tune(connection)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, lock)

    def close(self) -> None:
        """Close the file, then give the lock back; a second time does nothing."""
        try:
            with translated(self.path):
                self._db.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # What is remembered about the job

    def set_meta(self, name: str, value: str) -> None:
        """Remember a text, such as the fingerprint of source and filter."""
        with transaction(self._db, self.path) as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    # The listing

    def start_listing(self, bounds: Sequence[tuple[str, str]]) -> tuple[ListingRange, ...]:
        """Begin the listing, or start it over, with ranges of keys (start, end].

        Args:
            bounds: Of each range the keys that it starts after and ends with, "" being no bound.
        """
        with transaction(self._db, self.path) as db:
            ranges.start(db, bounds)
        return self.listing()

    def cut_listing(self, row: int, keys: Sequence[str]) -> tuple[ListingRange, ...]:
        """Cut what is left of a range at some keys; return the new pieces.

        The range itself ends with the first key then; where it stands is kept.

        Args:
            row: Of the range.
            keys: In key order, all behind its cursor and before its end.
        """
        old = next(one for one in self.listing() if one.row == row)
        with transaction(self._db, self.path) as db:
            ranges.cut(db, old, keys)
        return tuple(one for one in self.listing() if one.row != row and one.start in set(keys))

    def claim(self, candidates: Sequence[tuple[str, str]], rules: NameRules) -> list[str]:
        """Return the final, collision-free path of each (key, path), in order.

        A key that has a row keeps the path it has there. Rows win over candidates, earlier
        candidates over later ones. Add the entries before the next claim, for a claim is only
        remembered by the rows it leads to.
        """
        self._rules = rules
        with translated(self.path):
            return settle(self._db, candidates, rules)

    def add(
        self,
        entries: Sequence[NewEntry],
        page_of: int | None = None,
        cursor: str = "",
        *,
        finished: bool = False,
    ) -> int:
        """Add entries and move the cursor of their listing range, in one transaction.

        Args:
            entries: Those whose key has a row already are left out: listings repeat themselves.
            page_of: The row of the listing range; None when the entries are from no listing.
            cursor: The last key of the page; "" leaves the cursor where it is.
            finished: Whether the range ends with this page.

        Returns:
            How many were really added.
        """
        with transaction(self._db, self.path) as db:
            added = insert(db, entries, self._rules)
            if page_of is not None:
                ranges.move(db, page_of, cursor, finished=finished)
        return added

    # The listing once more

    def relist(self) -> None:
        """Start the listing over, to compare it with what was listed before."""
        with translated(self.path):
            relisting.begin(self._db)
        self.start_listing([("", "")])

    def compare(self, objects: Sequence[ObjectInfo]) -> Delta:
        """Return how objects that were listed since `relist` differ from their rows."""
        with transaction(self._db, self.path) as db:
            return relisting.compared(db, objects)

    def unlisted(self) -> Iterator[list[tuple[int, str]]]:
        """Yield row and key of what has not been listed since `relist`, a page at a time."""
        row = 0
        while page := self._unlisted_after(row):
            yield page
            row = page[-1][0]

    def _unlisted_after(self, row: int) -> list[tuple[int, str]]:
        with translated(self.path):
            return list(relisting.unlisted(self._db, row, _PAGE))

    # Runs

    def begin_run(
        self,
        now: datetime,
        boot_id: str,
        *,
        keep: Collection[Cause] = (),
        again: Collection[Status] = _TRY_AGAIN,
    ) -> int:
        """Begin a run with a fresh budget of attempts and return its row.

        Args:
            now: The start, aware.
            boot_id: Tells this start of the machine from others; see `runs`.
            keep: Causes that are not tried again; their entries stay as they are.
            again: Of which statuses entries become pending again.
        """
        with durable(self._db, self.path) as db:
            return runs.begin(db, now, boot_id, keep, again)

    def cut_off(self, bytes_received: int) -> None:
        """Record what the last run received, if it was killed before it could say so."""
        with transaction(self._db, self.path) as db:
            runs.cut_off(db, bytes_received)

    def end_run(  # noqa: PLR0913 - what is recorded of a run
        self,
        run: int,
        outcome: str,
        now: datetime,
        *,
        fetched: int = 0,
        bytes_received: int = 0,
        slowest: Collection[tuple[str, float]] = (),
    ) -> None:
        """Record how a run ended, with the counts of the job at its end.

        Args:
            run: Its row.
            outcome: How it ended.
            now: The end, aware.
            fetched: Objects finished by it.
            bytes_received: By it.
            slowest: Key and seconds of the objects that took longest.
        """
        objects = self.counts().objects
        with transaction(self._db, self.path) as db:
            runs.end(db, run, outcome, now, objects, fetched, bytes_received, slowest)

    def sample(self, run: int, sample: Sample, drop: Sequence[float] = ()) -> None:
        """Record how far a run is.

        Args:
            run: Its row.
            sample: One of the same second is replaced.
            drop: Seconds of earlier samples that are one too many by now.
        """
        with transaction(self._db, self.path) as db:
            runs.sample(db, run, sample, drop)

    # Entries

    def pending(
        self, after_row: int, limit: int, *, tried: bool, with_links: bool = True
    ) -> list[Entry]:
        """Return the next pending entries after a row, with their finished parts.

        Args:
            after_row: 0 to begin.
            limit: How many at most.
            tried: Those with charged attempts, or those without.
            with_links: Symlinks too.
        """
        with translated(self.path):
            return queries.pending(self._db, after_row, limit, tried=tried, with_links=with_links)

    def record(self, outcomes: Sequence[Outcome], parts: Sequence[PartChange] = ()) -> None:
        """Record what became of entries and their parts, in one transaction.

        Both are applied in their order; when there is nothing to record, nothing is written.
        """
        if not outcomes and not parts:
            return
        with transaction(self._db, self.path) as db:
            if outcomes:
                updates.record(db, outcomes)
            for change in parts:
                updates.change_part(db, change)

    def revive_real_time(self) -> None:
        """Make archived objects of class Archive pending: they turned out to be readable."""
        with transaction(self._db, self.path) as db:
            updates.revive(db, _REAL_TIME)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove entries, with their parts: what is gone, or not selected any more."""
        with transaction(self._db, self.path) as db:
            updates.remove(db, rows)

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            yield self._db
