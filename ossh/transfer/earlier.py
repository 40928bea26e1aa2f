"""What the runs of a job know of its target, for a preview that plans beside their manifest.

A fresh plan takes what is at the target for files of others. The rows of the job tell which of
them it wrote, and what a symlink was found to lead to: so the preview says what 'get' will do.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ossh.errors import OsshError
from ossh.manifest import ManifestReader, RunRecord
from ossh.model import Entry, ObjectInfo
from ossh.transfer.disk import ABSENT, Disk
from ossh.transfer.standing import Found, Standing


class Earlier:
    """The rows of a job's manifest, asked page by page.

    Args:
        path: Of the manifest; if it is missing or broken, nothing is known.
        disk_after: Gives the target as it is after some runs, which may leave it in doubt.
    """

    def __init__(self, path: Path, disk_after: Callable[[Sequence[RunRecord]], Disk]) -> None:
        self._reader = ManifestReader(path) if path.exists() else None
        self._disk = disk_after(self._runs())

    def corrected(
        self,
        infos: Sequence[ObjectInfo],
        taken: Sequence[str],
        found: Sequence[Found],
    ) -> Sequence[Found]:
        """Return how places stand in the light of what the job did there.

        Args:
            infos: Objects as they are listed now.
            taken: Their places.
            found: How these compare with what is there, whoever made it.
        """
        asked = [info.key for info, one in zip(infos, found, strict=True) if one is not ABSENT]
        rows = self._rows(asked)
        if not rows:
            return found
        return [
            _corrected(self._disk, info, path, one, rows.get(info.key))
            for info, path, one in zip(infos, taken, found, strict=True)
        ]

    def _runs(self) -> Sequence[RunRecord]:
        if self._reader is None:
            return ()
        try:
            return self._reader.runs()
        except OsshError:
            self._reader = None  # 'get' says what is wrong with it
            return ()

    def _rows(self, keys: Sequence[str]) -> dict[str, Entry]:
        if self._reader is None or not keys:
            return {}
        try:
            return self._reader.entries_of(keys)
        except OsshError:
            self._reader = None  # 'get' says what is wrong with it
            return {}


def _corrected(disk: Disk, info: ObjectInfo, path: str, found: Found, entry: Entry | None) -> Found:
    """Return how the place of an object with a row compares with it."""
    if entry is None or entry.path != path:
        return found
    if _is_same(entry, info):
        return disk.reviewed(entry)
    if entry.finished is None:
        return found
    known = disk.standing(entry, path)
    return known if known.standing is Standing.CONFLICT else found  # an edit of the old object


def _is_same(entry: Entry, info: ObjectInfo) -> bool:
    """Return whether a row is of the object that is listed; of a symlink, see `relisting`."""
    if info.type == "Symlink":
        return entry.last_modified == info.last_modified
    return (entry.size, entry.etag) == (info.size, info.etag)
