"""The manifest as other threads and processes than its writer's see it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ossh.manifest.database import connect_reader, translated
from ossh.manifest.manifest_files import check_file, check_format
from ossh.manifest.queries import ManifestQueries
from ossh.manifest.rows import PART_COLUMNS, BadRowError, part_of


class ManifestReader(ManifestQueries):
    """Opens the manifest for each question, read-only, and closes it again.

    So the writer never waits for a reader, its log can be folded into the file at any time, and any
    thread may ask. Each answer, or page of one, is as of one moment.

    Every method raises `ManifestError` when the file is missing, damaged, foreign or of another
    format, and `LocalError` when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        check_file(self.path)
        with translated(self.path), closing(connect_reader(self.path)) as db:
            check_format(db, self.path)
            yield db

    def copy_to(self, path: Path) -> None:
        """Write a copy, as of one moment, to a path where nothing is."""
        with self._connected() as db, closing(sqlite3.connect(path)) as copy:
            db.backup(copy)

    def check(self) -> None:
        """Read all of it once, and raise as every question does when some of it is damaged."""
        with self._connected() as db:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                raise BadRowError(found)
            for row in db.execute(f"SELECT {PART_COLUMNS} FROM parts"):
                part_of(row)
        totals = (self.counts, self.proofs, self.failures_by_cause)
        for ask in (self.listing, self.runs, self.compared, *totals):
            ask()
        for run in self.runs():
            self.throughput(run.row)
            self.slowest(run.row)
        _ = self.job_id
        for _entry in self.entries():
            pass
