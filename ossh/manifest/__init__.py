"""A job's record: what it fetches, how far it got, how files were verified. One SQLite file.

`Manifest` writes: it belongs to one thread and holds the job's lock. `ManifestReader` answers any
other thread or process, opens and closes the file for every question, and never makes the writer
wait. The tables are a public format; `ossh.manifest.schema` describes them.

Nothing outside this package imports sqlite3, and no exception of sqlite3 leaves it.
"""

from ossh.manifest.local_names import distinct_paths as distinct_paths
from ossh.manifest.manifest_files import all_set_aside as all_set_aside
from ossh.manifest.manifest_files import companions as companions
from ossh.manifest.manifest_files import is_manifest as is_manifest
from ossh.manifest.manifest_files import make_folder as make_folder
from ossh.manifest.manifest_files import set_aside as set_aside
from ossh.manifest.queries import COMPARED as COMPARED
from ossh.manifest.queries import ManifestQueries as ManifestQueries
from ossh.manifest.reader import ManifestReader as ManifestReader
from ossh.manifest.values import LEFT_CODE as LEFT_CODE
from ossh.manifest.values import ArchivedGroup as ArchivedGroup
from ossh.manifest.values import FileRow as FileRow
from ossh.manifest.values import ListingRange as ListingRange
from ossh.manifest.values import NewEntry as NewEntry
from ossh.manifest.values import Outcome as Outcome
from ossh.manifest.values import PartChange as PartChange
from ossh.manifest.values import RunRecord as RunRecord
from ossh.manifest.values import Sample as Sample
from ossh.manifest.values import keeping as keeping
from ossh.manifest.writer import Manifest as Manifest
from ossh.manifest.writer import new_job_id as new_job_id
