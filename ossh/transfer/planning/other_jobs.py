"""What other jobs of the same jobs folder have below a target: their files are nobody's to take.

Their manifests tell, whether they fill the same folder, one around it or one in it. A job whose
manifest cannot be read has no files, as far as can be seen.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from ossh.errors import OsshError
from ossh.job import Job, list_jobs, load
from ossh.manifest import ManifestReader
from ossh.model import Entry, value
from ossh.paths import NameRules, folded
from ossh.transfer.disk.foreign_files import NOT_TEXT
from ossh.transfer.disk.occupant import Claim
from ossh.transfer.planning.name_rules import recorded_rules

_AT_ONCE = 250  # paths of one question; each may have two spellings


@value
class _Other:
    name: str
    bucket: str
    folder: Path  # its target, links followed
    reader: ManifestReader
    rules: NameRules


class OtherJobs:
    """The jobs beside one whose files may lie below its target; looked for when first asked."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder = job.real_directory

    @cached_property
    def _others(self) -> list[_Other]:
        return list(_others(self._job))

    def claims(self, paths: Sequence[str]) -> dict[str, list[Claim]]:
        """Return the rows that other jobs have of some paths below the target."""
        found: dict[str, list[Claim]] = {}
        for other in self._others:
            is_same_bucket = other.bucket == self._job.source.bucket
            for start in range(0, len(paths), _AT_ONCE):
                some = paths[start : start + _AT_ONCE]
                for path, entry in self._entries(other, some):
                    claim = Claim(other.name, is_same_bucket, entry)
                    found.setdefault(path, []).append(claim)
        return found

    def owners(self, paths: Sequence[str]) -> dict[str, str]:
        """Return which of some paths below the target other jobs have, each with a job's name."""
        return {path: claims[-1].job for path, claims in self.claims(paths).items()}

    def without_theirs(self, paths: Sequence[str]) -> list[str]:
        """Return those of some paths that no other job has."""
        owners = self.owners(paths) if self._others else {}
        return [path for path in paths if path not in owners]

    def _entries(self, other: _Other, paths: Iterable[str]) -> Iterator[tuple[str, Entry]]:
        """Yield those of some paths that a job has a row for."""
        names: dict[str, set[str]] = {}  # spellings there, by path here
        for path in paths:
            if NOT_TEXT.search(path):
                continue
            local = os.path.normpath(os.path.join(self._folder, *path.split("/")))
            if local.startswith(os.path.join(other.folder, "")):
                name = Path(local).relative_to(other.folder).as_posix()
                name += "/" if path.endswith("/") else ""
                names[path] = {name, folded(name, other.rules)}
        if not names:
            return
        known: dict[str, Entry] = {}
        with suppress(OsshError):
            known = other.reader.entries_named(sorted(set().union(*names.values())))
        for path, spellings in names.items():
            if common := spellings & known.keys():
                yield path, known[common.pop()]


def _others(job: Job) -> Iterator[_Other]:
    for path in list_jobs(job.path.parent):
        with suppress(OsshError):  # a broken one fills nothing
            other = load(path)
            if other.path.stem == job.path.stem or not other.manifest_path.exists():
                continue
            reader = ManifestReader(other.manifest_path)
            folder = Path(reader.get_meta("target") or other.real_directory)
            rules = recorded_rules(reader)
            is_near = folder.is_relative_to(job.real_directory) or (
                job.real_directory.is_relative_to(folder)
            )
            if is_near and rules is not None:
                yield _Other(other.name, other.source.bucket, folder, reader, rules)
