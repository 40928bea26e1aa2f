"""Answers about a manifest for other threads and processes than its writer's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ossh.manifest import queries
from ossh.manifest.database import connect_reader, translated
from ossh.manifest.files import check_file, check_format
from ossh.manifest.questions import Questions


class ManifestReader(Questions):
    """Opens the manifest for each question, read-only, and closes it again.

    So the writer never waits for a reader, its log can be folded into the file at any time, and any
    thread may ask. Each answer, or page of one, is as of one moment.

    Args:
        path: The manifest's file. Every method raises `ManifestError` when it is missing, damaged,
            foreign or of another format, and `LocalError` when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        check_file(self.path)
        with translated(self.path), closing(connect_reader(self.path)) as connection:
            check_format(connection, self.path)
            yield connection

    def check(self) -> None:
        """Read all of it once, and raise as every question does when some of it is damaged."""
        with self._asking() as connection:
            queries.check(connection)
        for ask in (self.listing, self.runs, self.counts, self.proofs, self.failures_by_cause):
            ask()
        for run in self.runs():
            self.throughput(run.row)
            self.slowest(run.row)
        _ = self.job_id
        for _entry in self.entries():
            pass
