"""A job's record: what it fetches, how far it got, how files were verified. One SQLite file.

`Manifest` writes: it belongs to one thread and holds the job's lock. `ManifestReader` answers any
other thread or process, opens and closes the file for every question, and never makes the writer
wait. The tables are a public format; `ossh.manifest.schema` describes them.

Nothing outside this package imports sqlite3, and no exception of sqlite3 leaves it.
"""

from ossh.manifest.local_names import distinct_paths
from ossh.manifest.lock import RunLock, holder, is_held
from ossh.manifest.manifest_files import all_set_aside, companions, is_manifest, set_aside
from ossh.manifest.queries import COMPARED, ManifestQueries
from ossh.manifest.reader import ManifestReader
from ossh.manifest.values import (
    LEFT_CODE,
    ArchivedGroup,
    FileRow,
    ListingRange,
    NewEntry,
    Outcome,
    PartChange,
    RunRecord,
    Sample,
    keeping,
)
from ossh.manifest.writer import Manifest, new_job_id

__all__ = [
    "COMPARED",
    "LEFT_CODE",
    "ArchivedGroup",
    "FileRow",
    "ListingRange",
    "Manifest",
    "ManifestQueries",
    "ManifestReader",
    "NewEntry",
    "Outcome",
    "PartChange",
    "RunLock",
    "RunRecord",
    "Sample",
    "all_set_aside",
    "companions",
    "distinct_paths",
    "holder",
    "is_held",
    "is_manifest",
    "keeping",
    "new_job_id",
    "set_aside",
]
