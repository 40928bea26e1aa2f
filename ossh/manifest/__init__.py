"""A job's record: what was asked for, how far it got, and how it was proved. One SQLite file.

`Manifest` writes: it belongs to one thread and holds the job's lock. `ManifestReader` answers any
other thread or process, opens and closes the file for every question, and never makes the writer
wait. The tables are a public format; `ossh.manifest.schema` describes them.

Nothing outside this package imports sqlite3, and no exception of sqlite3 leaves it.
"""

from ossh.manifest.files import companions, set_aside
from ossh.manifest.reader import ManifestReader
from ossh.manifest.records import (
    ArchivedGroup,
    Delta,
    ListingRange,
    NewEntry,
    Outcome,
    PartChange,
    RunRecord,
    Sample,
)
from ossh.manifest.writer import Manifest

__all__ = [
    "ArchivedGroup",
    "Delta",
    "ListingRange",
    "Manifest",
    "ManifestReader",
    "NewEntry",
    "Outcome",
    "PartChange",
    "RunRecord",
    "Sample",
    "companions",
    "set_aside",
]
