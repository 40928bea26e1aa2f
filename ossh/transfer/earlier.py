"""What the runs of a job know of its target, for a preview that plans beside their manifest.

A fresh plan takes what is at the target for files of others. The rows of the job tell which of
them it wrote, and what a symlink was found to lead to: so the preview says what 'get' will do.
"""

from collections.abc import Sequence
from pathlib import Path

from ossh.errors import OsshError
from ossh.manifest import ManifestReader
from ossh.model import Entry, ObjectInfo
from ossh.transfer.disk import ABSENT, Disk
from ossh.transfer.standing import Found, Standing


class Earlier:
    """The rows of a job's manifest, asked page by page.

    Args:
        path: Of the manifest; if it is missing or broken, nothing is known.
    """

    def __init__(self, path: Path) -> None:
        self._reader = ManifestReader(path) if path.exists() else None

    def corrected(
        self,
        disk: Disk,
        infos: Sequence[ObjectInfo],
        taken: Sequence[str],
        found: Sequence[Found],
    ) -> Sequence[Found]:
        """Return how places stand in the light of what the job did there.

        Args:
            disk: The target.
            infos: Objects as they are listed now.
            taken: Their places.
            found: How these compare with what is there, whoever made it.
        """
        asked = [info.key for info, one in zip(infos, found, strict=True) if one is not ABSENT]
        rows = self._rows(asked)
        if not rows:
            return found
        return [
            _corrected(disk, info, path, one, rows.get(info.key))
            for info, path, one in zip(infos, taken, found, strict=True)
        ]

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
    if entry is None or entry.path != path or entry.finished is None:
        return found
    known = disk.standing(entry, path)
    is_kept = known.standing is Standing.CONFLICT  # even if the object has been replaced since
    return known if is_kept or _is_same(entry, info) else found


def _is_same(entry: Entry, info: ObjectInfo) -> bool:
    """Return whether a row is of the object that is listed; of a symlink, see `relisting`."""
    if info.type == "Symlink":
        return entry.last_modified == info.last_modified
    return (entry.size, entry.etag) == (info.size, info.etag)
