"""What the runs of a job know of its target, for a preview that plans beside their manifest.

A fresh plan takes what is at the target for files of others. The rows of the job tell which of
them it wrote, and what a symlink was found to lead to: so the preview says what 'get' will do.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ossh.errors import ManifestError
from ossh.manifest import ManifestQueries, ManifestReader
from ossh.model import Entry, ObjectInfo, Status
from ossh.transfer.disk.local_files import ABSENT, LocalFiles
from ossh.transfer.disk.overwrite_rules import Comparison

T = TypeVar("T")


class EarlierRuns:
    """The rows of a job's manifest, asked page by page.

    If the manifest is missing or damaged, nothing is known. `files_after` gives the target as it is
    after the runs of a manifest, which may leave it in doubt.
    """

    def __init__(
        self, path: Path, files_after: Callable[[ManifestQueries], LocalFiles], files: LocalFiles
    ) -> None:
        self._reader = ManifestReader(path) if path.exists() else None
        self._local_files = self._read(files_after, files)

    def corrected(
        self,
        infos: Sequence[ObjectInfo],
        places: Sequence[str],
        comparisons: Sequence[Comparison],
    ) -> Sequence[Comparison]:
        """Return how places compare with what is listed now, given what the job did there."""
        keys = [info.key for info, one in zip(infos, comparisons, strict=True) if one is not ABSENT]
        no_rows: dict[str, Entry] = {}
        rows = self._read(lambda reader: reader.entries_of(keys), no_rows) if keys else no_rows
        if not rows:
            return comparisons
        return [
            self._corrected_one(info, path, one, rows.get(info.key))
            for info, path, one in zip(infos, places, comparisons, strict=True)
        ]

    def _corrected_one(
        self, info: ObjectInfo, path: str, comparison: Comparison, entry: Entry | None
    ) -> Comparison:
        """Return how the place of an object with a row compares with it."""
        if entry is None or entry.path != path:
            return comparison
        if not _is_same(entry, info):  # what is there may be what the job left of the old one
            entry = replace(entry.as_now(info), status=Status.PENDING)
        return self._local_files.compare(entry)

    def _read(self, question: Callable[[ManifestReader], T], nothing: T) -> T:
        if self._reader is None:
            return nothing
        try:
            return question(self._reader)
        except ManifestError:
            self._reader = None  # 'get' says what is wrong with it
            return nothing


def _is_same(entry: Entry, info: ObjectInfo) -> bool:
    """Return whether a row is of the object that is listed; of a symlink, see `relisting`."""
    if info.is_symlink:
        return entry.last_modified == info.last_modified
    return (entry.size, entry.etag) == (info.size, info.etag)
