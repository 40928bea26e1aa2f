"""What can be asked of a manifest: totals, what is missing, and the history of the job."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from ossh.manifest.entry_queries import EntryQueries, meta
from ossh.manifest.rows import RUN_COLUMNS, checked, reading, run_of
from ossh.manifest.schema import IS_AT_TARGET, IS_MISSING, one_of
from ossh.manifest.values import ArchivedGroup, ListingRange, RunRecord, Sample
from ossh.model import AT_TARGET, STANDARD, Cause, Counts, Proof, Status
from ossh.printable import printable
from ossh.protocol import THAWING_CODE

COMPARED = "compared"  # where meta keeps when a run last compared all files with their rows
_JOB_ID = r"[0-9A-Za-z]{1,64}"


class ManifestQueries(EntryQueries):
    """All the questions that a manifest's writer and its readers answer."""

    # Totals: as fast for ten million objects as for ten

    def counts(self) -> Counts:
        """Return objects and bytes by status."""
        found = Counts()
        with self._connected() as db:
            for status, number, length in db.execute(
                "SELECT status, sum(objects), sum(bytes) FROM counts GROUP BY status"
            ):
                checked("counts", (number, length), int, int)
                with reading("counts"):
                    found.objects[Status(status)], found.size[Status(status)] = number, length
        return found

    def failures_by_cause(self) -> tuple[tuple[Cause, int], ...]:
        """Return the causes of what is missing, and how many objects have each, commonest first."""
        with self._connected() as db, reading("counts"):
            rows = db.execute(
                f"SELECT cause, sum(objects) AS number FROM counts WHERE {IS_MISSING}"
                " AND cause <> '' GROUP BY cause HAVING number > 0 ORDER BY number DESC, cause"
            )
            return tuple((Cause(cause), number) for cause, number in rows)

    def proofs(self, among: Iterable[Status] = AT_TARGET) -> dict[Proof, int]:
        """Return how many objects of some statuses were verified by which proof."""
        with self._connected() as db, reading("counts"):
            rows = db.execute(
                "SELECT proof, sum(objects) AS number FROM counts"
                f" WHERE {one_of(among)} AND proof <> '' GROUP BY proof HAVING number > 0"
            )
            return {Proof(proof): number for proof, number in rows}

    def here_by_date(self) -> int:
        """Return how many files are here by size and date only; reads all rows if there are any."""
        unproved = f"status = '{Status.SKIPPED}' AND coalesce(proof, '') = ''"
        if not self._number("counts", f"SELECT sum(objects) FROM counts WHERE {unproved}"):
            return 0
        is_file = "substr(coalesce(path, key), -1) <> '/'"
        return self._number(
            "entries", f"SELECT count(*) FROM entries WHERE {unproved} AND {is_file}"
        )

    def compared(self) -> datetime | None:
        """Return when a run last compared all files with their rows, by size and date."""
        return self.moment(COMPARED)

    def mapped(self) -> int:
        """Return how many objects have a local name that is not the end of their key."""
        return self._number("counts", "SELECT sum(objects) FROM counts WHERE mapped = 1")

    def unfinished_size(self) -> int:
        """Return the bytes of finished parts; only objects that are not whole yet have any."""
        return self._number("parts", "SELECT sum(length) FROM parts")

    def client_encrypted(self) -> int:
        """Return how many objects at the target hold the ciphertext that the bucket has."""
        encrypted = "client_encrypted JOIN entries USING (row)"
        return self._number("entries", f"SELECT count(*) FROM {encrypted} WHERE {IS_AT_TARGET}")

    # What is missing: found by its index

    def archived(self) -> tuple[ArchivedGroup, ...]:
        """Return the archived objects by class, those being restored apart; reads all of them."""
        groups = self._rows(
            "entries",
            (str, int, int, int),
            f"SELECT coalesce(storage_class, '{STANDARD}'), coalesce(error_code, '') = ?,"
            f" count(*), sum(size) FROM entries WHERE {IS_MISSING} AND status = 'archived'"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            THAWING_CODE,
        )
        return tuple(
            ArchivedGroup(storage, bool(is_thawing), number, size)
            for storage, is_thawing, number, size in groups
        )

    def request_ids(self, cause: Cause, limit: int) -> tuple[str, ...]:
        """Return the ids of some requests that failed for a cause; none if none was answered."""
        select = (
            f"SELECT request_id FROM entries WHERE {IS_MISSING} AND cause = ?"
            " AND request_id <> '' ORDER BY row LIMIT ?"
        )
        rows = self._rows("entries", (str,), select, cause.value, limit)
        return tuple(printable(one) for (one,) in rows)

    def codes(self, cause: Cause) -> frozenset[str]:
        """Return the codes of all failures for a cause."""
        select = (
            "SELECT DISTINCT coalesce(error_code, '') FROM entries"
            f" WHERE {IS_MISSING} AND cause = ?"
        )
        return frozenset(code for (code,) in self._rows("entries", (str,), select, cause.value))

    def messages(self, cause: Cause, limit: int) -> tuple[tuple[str, int], ...]:
        """Return what was said of a cause, and of how many objects each, the commonest first."""
        select = (
            f"SELECT error_message, count(*) AS number FROM entries WHERE {IS_MISSING}"
            " AND cause = ? AND error_message <> '' GROUP BY error_message"
            " ORDER BY number DESC, error_message LIMIT ?"
        )
        rows = self._rows("entries", (str, int), select, cause.value, limit)
        return tuple((printable(text), number) for text, number in rows)

    # The job, its listing and its runs

    @property
    def job_id(self) -> str:
        """Return the id that names the job's partial files, and the folder that they are in."""
        job_id = self.get_meta("job_id")
        if not re.fullmatch(_JOB_ID, job_id):
            raise self.damaged(f"{job_id!r:.40} as 'job_id' in 'meta'")
        return job_id

    def get_meta(self, name: str) -> str:
        """Return a remembered text, "" when none has that name."""
        with self._connected() as db:
            return meta(db, name)

    def moment(self, name: str) -> datetime | None:
        """Return a remembered moment, None when none has that name."""
        with self._connected() as db, reading("meta", name):
            text = meta(db, name)
            return datetime.fromisoformat(text).astimezone(UTC) if text else None

    def listing(self) -> tuple[ListingRange, ...]:
        """Return the ranges of the listing, in key order; none when it has not begun."""
        select = 'SELECT row, "start", "end", cursor, finished FROM listing ORDER BY "start", row'
        return tuple(
            ListingRange(row, start, end, cursor, bool(finished))
            for row, start, end, cursor, finished in self._rows(
                "listing", (int, str, str, str, int), select
            )
        )

    def is_listing_finished(self) -> bool:
        """Return whether the listing has begun, and has come to its end."""
        ranges = self.listing()
        return bool(ranges) and all(one.finished for one in ranges)

    def runs(self) -> tuple[RunRecord, ...]:
        """Return all runs of the job, the oldest first."""
        with self._connected() as db:
            return tuple(map(run_of, db.execute(f"SELECT {RUN_COLUMNS} FROM runs ORDER BY row")))

    def throughput(self, run: int) -> tuple[Sample, ...]:
        """Return the progress of a run over time, in order."""
        select = "SELECT second, bytes, objects, failed FROM throughput WHERE run = ? ORDER BY 1"
        kinds = ((int, float), int, int, int)
        return tuple(Sample(*row) for row in self._rows("throughput", kinds, select, run))

    def slowest(self, run: int) -> tuple[tuple[str, float, int], ...]:
        """Return key, seconds and bytes of the objects of a run that took longest."""
        select = (
            "SELECT slowest.key, seconds, size FROM slowest"
            " JOIN entries ON entries.key = slowest.key WHERE run = ? ORDER BY seconds DESC"
        )
        rows = self._rows("slowest", (str, (int, float), int), select, run)
        return tuple((key, seconds, size) for key, seconds, size in rows)
