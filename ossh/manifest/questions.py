"""The questions that a manifest's writer and its readers answer alike."""

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ossh.errors import ManifestError
from ossh.manifest import ciphertext, queries
from ossh.manifest.database import damaged
from ossh.manifest.queries import MISSING_STATUSES, FileRow
from ossh.manifest.records import ArchivedGroup, ListingRange, RunRecord, Sample
from ossh.model import Cause, Counts, Entry, Proof, Status
from ossh.paths import printable

_JOB_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_PAGE = 1000  # rows in memory while something walks through all of them


class Questions(ABC):
    """What can be asked of a manifest; who answers says how the file is opened.

    Every method raises `ManifestError` when the file turns out to be damaged, and `LocalError` when
    it cannot be read.
    """

    path: Path  # of the manifest's file

    @abstractmethod
    def _asking(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return a connection for one question, and put what sqlite3 raises into our words."""

    def damaged(self, what: str) -> ManifestError:
        """Return the error that something is remembered which no ossh wrote."""
        return damaged(self.path, printable(what))

    # Totals: they cost nothing, however many objects there are

    def counts(self) -> Counts:
        """Return objects and bytes by status; every status is there, if only with 0."""
        with self._asking() as db:
            return queries.counts(db)

    def failures_by_cause(self) -> tuple[tuple[Cause, int], ...]:
        """Return the causes of what is not at the target and their numbers, commonest first."""
        with self._asking() as db:
            return queries.failures_by_cause(db)

    def request_ids(self, cause: Cause, limit: int) -> tuple[str, ...]:
        """Return the ids of some requests that failed for a cause; none if nobody answered."""
        with self._asking() as db:
            return queries.request_ids(db, cause, limit)

    def proofs(self) -> dict[Proof, int]:
        """Return how many objects of status done were proved how."""
        with self._asking() as db:
            return queries.proofs(db)

    def mapped(self) -> int:
        """Return how many objects have a local name that is not simply their key's."""
        with self._asking() as db:
            return queries.mapped(db)

    def unfinished_size(self) -> int:
        """Return the bytes that are here of objects that are not whole yet."""
        with self._asking() as db:
            return queries.unfinished_size(db)

    def client_encrypted(self) -> int:
        """Return how many objects at the target hold the ciphertext that the bucket has."""
        with self._asking() as db:
            return ciphertext.count(db)

    def archived(self) -> tuple[ArchivedGroup, ...]:
        """Return the archived objects by class, those being restored apart; it counts them all."""
        with self._asking() as db:
            return queries.archived(db)

    # The job, its listing and its runs

    @property
    def job_id(self) -> str:
        """Return the id that names the job's partial files, and the folder that they are in."""
        job_id = self.get_meta("job_id")
        if not _JOB_ID.fullmatch(job_id):
            raise self.damaged(f"{job_id!r:.40} as 'job_id' in 'meta'")
        return job_id

    def get_meta(self, name: str) -> str:
        """Return a remembered text, "" when none has that name."""
        with self._asking() as db:
            return queries.meta(db, name)

    def listing(self) -> tuple[ListingRange, ...]:
        """Return the ranges of the listing, in key order; none when it has not begun."""
        with self._asking() as db:
            return queries.listing(db)

    def runs(self) -> tuple[RunRecord, ...]:
        """Return all runs of the job, the oldest first."""
        with self._asking() as db:
            return queries.runs(db)

    def throughput(self, run: int) -> tuple[Sample, ...]:
        """Return how far a run was at some moments of it, in their order."""
        with self._asking() as db:
            return queries.throughput(db, run)

    def slowest(self, run: int) -> tuple[tuple[str, float, int], ...]:
        """Return key, seconds and bytes of the objects of a run that took longest."""
        with self._asking() as db:
            return queries.slowest(db, run)

    # Entries

    def largest(self, limit: int) -> list[Entry]:
        """Return the largest entries, without parts; it looks at all of them."""
        with self._asking() as db:
            return queries.largest(db, limit)

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key, with its parts, or None."""
        with self._asking() as db:
            return queries.entry(db, key)

    def entries_of(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Return the entries that some keys have, by key, without parts."""
        with self._asking() as db:
            return queries.entries_of(db, keys)

    def file_of(self, key: str) -> str:
        """Return the local path of the file that a key has, or will have; "" when it has none.

        A folder is no file, nor is a symlink, nor what was deleted since.
        """
        found = self.entry(key)
        if found is None or found.type == "Symlink" or found.status is Status.GONE:
            return ""
        return "" if found.path.endswith("/") else found.path

    def known_names(self, names: Sequence[str]) -> set[str]:
        """Return which of some local names rows have.

        Args:
            names: As the disk compares them (`paths.folded`), at most 500.
        """
        with self._asking() as db:
            return queries.known_names(db, names)

    def page(
        self, after_row: int, limit: int, statuses: Collection[Status] = MISSING_STATUSES
    ) -> list[Entry]:
        """Return the next entries of some statuses after a row, without their parts.

        Args:
            after_row: 0 to begin, then the row of the last entry of the page before.
            limit: How many at most; fewer mean that there are no more.
            statuses: By default those of objects that are not at the target.
        """
        with self._asking() as db:
            return queries.entries(db, after_row, limit, statuses)

    def entries(self, statuses: Collection[Status] = tuple(Status)) -> Iterator[Entry]:
        """Yield all entries of some statuses in order of rows, without parts, a page at a time.

        What is recorded in between is seen by the pages that follow.
        """
        row = 0
        while page := self.page(row, _PAGE, statuses):
            yield from page
            row = page[-1].row

    def files(self) -> Iterator[list[FileRow]]:
        """Yield what done and skipped rows say of their files, a page of plain tuples at a time."""
        row = 0
        while page := self._files_after(row):
            yield page
            row = page[-1][0]

    def _files_after(self, row: int) -> list[FileRow]:
        with self._asking() as db:
            return queries.files(db, row, _PAGE)

    def not_at_target(self) -> Iterator[Entry]:
        """Yield every entry that failed, is gone or archived; finds them at once among millions."""
        return self.entries(MISSING_STATUSES)

    def finished_last(self, seconds: float, now: float) -> Iterator[Entry]:
        """Yield what was finished in the last so many seconds in which anything was.

        After a power cut such files are to be proved again, for their names may have outlived
        their bytes. What a wrong clock dates after `now`, in epoch seconds, is among them.
        """
        with self._asking() as db:
            since = queries.last_finished(db, now) - seconds
        row = 0
        while page := self._finished_since(row, since):
            yield from page
            row = page[-1].row

    def _finished_since(self, row: int, since: float) -> list[Entry]:
        with self._asking() as db:
            return queries.finished_since(db, row, _PAGE, since)
