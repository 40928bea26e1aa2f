"""The manifest as its only writer sees it."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Self

from ossh import regular_files
from ossh.manifest import counts, former, relisting
from ossh.manifest.database import connect_writer, durable, transaction, translated, tune
from ossh.manifest.entries import change_part, insert, record, revive
from ossh.manifest.entry_queries import PAGE
from ossh.manifest.local_names import AreOwn, assign_paths
from ossh.manifest.manifest_files import check_file, check_format, create_file, make_folder
from ossh.manifest.queries import ManifestQueries
from ossh.manifest.schema import IS_MISSING, one_of
from ossh.manifest.values import ListingRange, NewEntry, Outcome, PartChange, Sample
from ossh.model import Cause, Entry, ObjectInfo, Status
from ossh.paths import NameRules
from ossh.run_lock import RunLock
from ossh.units import moment_at

_TRY_AGAIN = frozenset({Status.FAILED})  # of what is archived, only the bucket knows
_ADD_RANGE = 'INSERT INTO listing ("start", "end", cursor) VALUES (?, ?, ?)'
_WHOLE = [("", "")]  # the bounds of a listing in one range, whose row is 1


def new_job_id() -> str:
    """Return an id that no other manifest has."""
    return secrets.token_hex(4)


class Manifest(ManifestQueries):
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
        self._awaited: tuple[ListingRange, ...] = ()  # of a new listing without a page so far
        # Called with entries once it is recorded that they are at the target.
        self.on_done: Callable[[list[Entry]], None] | None = None

    @classmethod
    def create(cls, path: Path) -> Self:
        """Write a new, empty manifest, whose folder is made if need be, and open it.

        Its random job id names the job's partial files. If another process was faster, and has
        ended, its manifest is opened.

        Raises:
            ManifestError: As for `open`.
            JobLockedError: Another ossh has the job.
            LocalError: The folder cannot be written.
        """
        make_folder(path)
        meta = {"job_id": new_job_id(), "created": f"{time.time():.0f}"}
        return cls._locked(path, meta)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a manifest.

        Raises:
            ManifestError: It is missing, damaged, foreign or of another format.
            JobLockedError: Another ossh has the job.
            LocalError: It cannot be read or written.
        """
        check_file(path)
        return cls._locked(path)

    @classmethod
    def _locked(cls, path: Path, meta: Mapping[str, str] | None = None) -> Self:
        """Take the lock and open the file; given the meta data of a new one, create it first."""
        with translated(path), ExitStack() as undo:
            lock = undo.enter_context(RunLock.take(path))
            if meta is not None and not regular_files.is_there(path):
                create_file(path, meta)
            check_file(path)
            connection = connect_writer(path)
            undo.callback(connection.close)
            check_format(connection, path)
            tune(connection)
            undo.pop_all()
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
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # The listing

    def listing(self) -> tuple[ListingRange, ...]:
        return self._awaited or super().listing()

    def start_listing(self, bounds: Sequence[tuple[str, str]]) -> tuple[ListingRange, ...]:
        """Begin the listing, or start it over, with ranges of keys (start, end].

        "" is no bound.
        """
        with transaction(self._db, self.path) as db:
            db.execute("DELETE FROM listing")
            db.executemany(_ADD_RANGE, ((start, end, start) for start, end in bounds))
        self._awaited = ()
        return self.listing()

    def cut_listing(self, row: int, keys: Sequence[str]) -> tuple[ListingRange, ...]:
        """Cut what is left of a range at some keys; return the new pieces.

        The range itself ends with the first key then; where it stands is kept. The keys are in
        order, all behind its cursor and before its end.
        """
        old = next(one for one in self.listing() if one.row == row)
        with transaction(self._db, self.path) as db:
            db.execute('UPDATE listing SET "end" = ? WHERE row = ?', (keys[0], row))
            pieces = pairwise((*keys, old.end))
            db.executemany(_ADD_RANGE, ((start, end, start) for start, end in pieces))
        return tuple(one for one in self.listing() if one.row != row and one.start in set(keys))

    def without_row(self, objects: Sequence[ObjectInfo]) -> list[ObjectInfo]:
        """Return the objects whose keys have no row, the first of each: listings repeat themselves.

        Only these may be claimed for, and added.
        """
        first: dict[str, ObjectInfo] = {}
        for info in objects:
            first.setdefault(info.key, info)
        between = "SELECT 1 FROM entries WHERE key BETWEEN ? AND ? LIMIT 1"
        has_row = "SELECT 1 FROM entries WHERE key = ?"
        with self._connected() as db:
            if not first or not db.execute(between, (min(first), max(first))).fetchone():
                return [*first.values()]  # as of most pages
            return [one for key, one in first.items() if not db.execute(has_row, (key,)).fetchone()]

    def claim(
        self,
        candidates: Sequence[tuple[str, str]],
        rules: NameRules,
        are_own: AreOwn = lambda _paths: False,
    ) -> list[str]:
        """Return the final, collision-free path of each (key, path), in order.

        No key may have a row; see `without_row`. Rows win over candidates, earlier candidates over
        later ones; no candidate gets a path that `are_own` tells of. Add the entries before the
        next claim, for a claim is only remembered by the rows it leads to.
        """
        self._rules = rules
        with translated(self.path):
            return assign_paths(self._db, candidates, rules, are_own)

    def add(
        self,
        entries: Sequence[NewEntry],
        page_of: int | None = None,
        cursor: str = "",
        *,
        finished: bool = False,
    ) -> None:
        """Add entries and move the cursor of their listing range, in one transaction.

        No key may have a row; see `without_row`. `page_of` is the row of the range, None when the
        entries are from no listing; the cursor "" leaves that where it is, and a page that is
        `finished` is the last of the range.
        """
        if page_of is not None and self._awaited:
            self.start_listing(_WHOLE)
        with transaction(self._db, self.path) as db:
            insert(db, entries, self._rules)
            if page_of is not None:
                db.execute(
                    "UPDATE listing SET cursor = coalesce(nullif(?, ''), cursor), finished = ?"
                    " WHERE row = ?",
                    (cursor, finished, page_of),
                )

    # The listing once more

    def relist(self) -> None:
        """Start the listing over, to compare it with what was listed before.

        Others see the listing before as long as no page is added.
        """
        with translated(self.path):
            self._db.execute("DROP TABLE IF EXISTS temp.listed")
            self._db.execute(relisting.TABLE)
        self._awaited = (ListingRange(1, *_WHOLE[0], "", finished=False),)

    def compare(
        self, objects: Sequence[ObjectInfo]
    ) -> tuple[list[ObjectInfo], list[tuple[Entry, ObjectInfo]]]:
        """Return how objects that are listed the first time since `relist` differ from their rows.

        First come those without a row, then those that changed, or are back again, each with its
        entry as it was. `redated` has those of which nobody can tell yet.
        """
        with transaction(self._db, self.path) as db:
            return relisting.compared(db, objects)

    def redated(self) -> Iterator[tuple[Entry, datetime]]:
        """Yield what was listed since `relist` with a date alone that differs, with that date.

        Such entries are at the target.
        """
        for page in self._pages(relisting.MODIFIED, relisting.IS_REDATED):
            yield from ((entry, moment_at(float(str(modified)))) for entry, modified in page)

    def note_unwanted(self, keys: Sequence[str]) -> None:
        """Remember which rows have an object that was listed since `relist`, but is not wanted.

        That includes rows that were put aside.
        """
        with transaction(self._db, self.path) as db:
            db.executemany(relisting.NOTE_UNWANTED, ((key,) for key in keys))

    def unlisted(self) -> Iterator[list[tuple[Entry, bool]]]:
        """Yield what has not been listed since `relist` as something wanted, a page at a time.

        With each entry comes whether its object is in the bucket, just not wanted any more.
        """
        for page in self._pages(relisting.IS_LISTED, relisting.IS_UNLISTED):
            yield [(entry, bool(is_there)) for entry, is_there in page]

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

        Entries that are `again` tried become pending, but for causes to `keep`. The boot id tells
        this start of the machine from others.
        """
        causes = ", ".join(f"'{cause.value}'" for cause in keep)
        with durable(self._db, self.path) as db:
            db.execute(
                "UPDATE entries SET attempts = 0 WHERE status = 'pending' AND (attempts > 0) = 1"
            )
            revive(
                db, f"{IS_MISSING} AND {one_of(again)} AND coalesce(cause, '') NOT IN ({causes})"
            )
            row = db.execute(
                "INSERT INTO runs (started, boot_id) VALUES (?, ?)", (now.timestamp(), boot_id)
            ).lastrowid
        return row or 0

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

        What was fetched and received is that of the run; `slowest` has key and seconds of the
        objects that took longest.
        """
        objects = self.counts().objects
        columns = ", ".join(f"{status.value} = ?" for status in Status)
        numbers = [objects[status] for status in Status]
        with transaction(self._db, self.path) as db:
            db.execute(
                f"UPDATE runs SET ended = ?, outcome = ?, fetched = ?, bytes_received = ?,"
                f" {columns} WHERE row = ?",
                (now.timestamp(), outcome, fetched, bytes_received, *numbers, run),
            )
            db.executemany(
                "INSERT OR REPLACE INTO slowest VALUES (?, ?, ?)",
                ((run, key, seconds) for key, seconds in slowest),
            )

    def sample(self, run: int, sample: Sample) -> None:
        """Record how far a run is; a sample of the same second is replaced."""
        with transaction(self._db, self.path) as db:
            db.execute(
                "INSERT OR REPLACE INTO throughput VALUES (?, ?, ?, ?, ?)",
                (run, sample.second, sample.bytes, sample.objects, sample.failed),
            )

    # Entries

    def record(self, outcomes: Sequence[Outcome], parts: Sequence[PartChange] = ()) -> None:
        """Record what became of entries and their parts, in one transaction.

        Both are applied in their order; when there is nothing to record, nothing is written.
        """
        if not outcomes and not parts:
            return
        with transaction(self._db, self.path) as db:
            record(db, outcomes)
            for change in parts:
                change_part(db, change)
        if self.on_done is not None:
            rows = [one.row for one in outcomes if one.status is Status.DONE]
            self.on_done(self.entries_at(rows))

    def revive_real_time(self) -> None:
        """Make archived objects of class Archive pending: they turned out to be readable."""
        with transaction(self._db, self.path) as db:
            revive(db, f"{IS_MISSING} AND status = 'archived' AND storage_class = 'Archive'")

    def put_aside(self, rows: Sequence[int]) -> None:
        """Remove entries, but remember what ossh left in their places; see `former_named`."""
        with transaction(self._db, self.path) as db:
            former.put_aside(db, rows)

    def note_former(self) -> None:
        """Remember of all that was put aside whether its object was listed since `relist`."""
        with transaction(self._db, self.path) as db:
            former.note_listed(db)

    def next_former(self, limit: int) -> list[tuple[Entry, Entry | None]]:
        """Return some of what was put aside: what follows each time, and the first after the last.

        With each comes the entry that has its place, if any.
        """
        page = self._former(former.LOOKED_AT, limit) or self._former("0", limit)
        if page:
            self.set_meta(former.META, str(page[-1][0].row))
        return page

    def take_back(self, outcome: Callable[[Entry], Outcome]) -> None:
        """Make entries again of what was put aside and is gone from the bucket; tell each how.

        What another entry has the place of stays aside.
        """
        rows = [0]
        while rows:
            with transaction(self._db, self.path) as db:
                rows = former.take_back(db, rows[-1], PAGE)
                record(db, [outcome(one) for one in self.entries_at(rows)])

    def forget_former(self, rows: Sequence[int]) -> None:
        """Forget what was put aside: its file is not there any more, or not as ossh left it."""
        with transaction(self._db, self.path) as db:
            former.remove(db, rows)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove entries, with their parts: what is gone, or not selected any more."""
        with transaction(self._db, self.path) as db:
            for row in rows:
                change_part(db, PartChange(row))
            with counts.followed(db, rows):
                db.executemany("DELETE FROM entries WHERE row = ?", ((row,) for row in rows))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            yield self._db
