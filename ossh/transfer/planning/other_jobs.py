"""What other jobs have below a target: nobody may take that.

They are those of the same folder, of the user's own, and of the target's for downloads in Python.

Their manifests tell, whether they fill the same folder, one around it or one in it. A job that has
none has no files; one whose job file or manifest cannot be read may have any.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from ossh import regular_files
from ossh.errors import STATUS_STOPPED, OsshError
from ossh.job import Job, load, own_folder, wished_bucket
from ossh.language import _
from ossh.manifest import Manifest, ManifestReader, all_set_aside, is_manifest
from ossh.model import Entry, OwnFile, Proof, Status
from ossh.paths import NameRules, as_above, folded, long_path, path_in, plain, real
from ossh.private_records import UNUSABLE, PrivateRecords
from ossh.transfer import machine
from ossh.transfer.disk.foreign_files import find_foreign, own_paths
from ossh.transfer.disk.occupant import Claim
from ossh.transfer.disk.work_folder import DOWNLOADS
from ossh.transfer.planning.crash_recovery import doubted_since
from ossh.transfer.planning.name_rules import recorded_rules, rules_for
from ossh.units import moment_at

_Named = Callable[[Sequence[str]], dict[str, Entry]]
_AT_ONCE = 250  # paths of one question; each may have two spellings


class UnreadableJobError(OsshError):
    """It cannot be told which files another job has; names what of it cannot be read."""


@dataclass(frozen=True)
class _Other:
    name: str
    bucket: str
    folder: Path  # its target, written as the path of the present job's has it
    reader: ManifestReader
    rules: NameRules
    is_aside: bool  # its manifest was set aside

    @cached_property
    def doubted_since(self) -> float | None:
        """Return what its policy says, which may take a look at all rows."""
        return doubted_since(self.reader, machine.boot_id())


class OtherJobs:
    """The jobs beside one whose files may lie below its target; looked for when first asked."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder = job.real_directory
        # Why one of them cannot be asked: no error, whose trace would hold all this until garbage
        # is collected.
        self._problem = ""
        self._single_gets = SingleGets()

    @cached_property
    def _others(self) -> list[_Other]:
        found: list[_Other] = []
        manifests = chain.from_iterable(map(_manifests, self._folders()))
        for manifest in (one for one in manifests if one != self._job.manifest_path):
            try:
                found += _near(manifest, self._job)
            except OsshError as error:
                if manifest.exists():  # else it was removed just now
                    self._problem = str(error)
        return found

    @cached_property
    def _former(self) -> list[_Other]:
        """Return what may tell of files that no job has any more.

        These are the job itself and the others, of which only what they put aside tells anything,
        and manifests that were set aside.
        """
        aside = [path for one in self._folders() for path in all_set_aside(one)]
        found = [*self._others]
        for manifest in (self._job.manifest_path, *aside):
            with suppress(OsshError):
                found += _near(manifest, self._job)
        return [replace(one, name="") for one in found]

    def _folders(self) -> list[Path]:
        downloads = self._folder / DOWNLOADS  # anything may be there
        folders = (self._job.path.parent, own_folder(), downloads if downloads.is_dir() else None)
        return list({real(one): one for one in folders if one is not None}.values())

    def claims(self, paths: Sequence[str]) -> dict[str, list[Claim]]:
        """Return what is known of other jobs' files at some paths below the target.

        That includes what no job has any more: jobs of a single object, which are gone, manifests
        that were set aside, and rows that any job put aside.
        """
        found = self._claims(paths)
        for other in self._former:
            with suppress(OsshError):
                if other.is_aside:
                    self._add_claims(found, other, paths, other.reader.entries_named)
                if other.reader.has_former():
                    self._add_claims(found, other, paths, other.reader.former_named)
        for path, claim in self._single_gets.claims(self._job, paths):
            found.setdefault(path, []).append(claim)
        return found

    def _claims(self, paths: Sequence[str]) -> dict[str, list[Claim]]:
        """Return the rows that other jobs have of some paths below the target, as far as known."""
        found: dict[str, list[Claim]] = {}
        for other in self._others:
            try:
                self._add_claims(found, other, paths, other.reader.entries_named)
            except OsshError as error:
                self._problem = str(error)
        return found

    def _add_claims(
        self, found: dict[str, list[Claim]], other: _Other, paths: Sequence[str], named: _Named
    ) -> None:
        """Add what `named`, a question to its manifest, tells of a job's rows of some paths."""
        is_same_bucket = other.bucket == self._job.source.bucket
        for start in range(0, len(paths), _AT_ONCE):
            for path, entry in self._entries(other, paths[start : start + _AT_ONCE], named):
                since = None if entry.own is None else other.doubted_since
                claim = Claim(other.name, is_same_bucket, entry, since)
                found.setdefault(path, []).append(claim)

    def owners(self, paths: Sequence[str]) -> dict[str, str]:
        """Return which of some paths below the target other jobs have, each with a job's name.

        Raises:
            UnreadableJobError: Another job may have any of them.
        """
        found = self._claims(paths)
        if self._problem:
            text = _("files whose objects are gone stay, as another job may have them: {reason}")
            raise self._unreadable(text)
        return {path: claims[-1].job for path, claims in found.items()}

    def refuse_unreadable(self) -> None:
        """Refuse to move what is in the way where nobody can tell which of it is another job's.

        Raises:
            UnreadableJobError: A job file or a manifest cannot be read.
        """
        self.claims(())  # they are looked for
        if self._problem:
            text = _("nothing can be replaced, as another job may have it: {reason}")
            raise self._unreadable(text)

    def _unreadable(self, text: str) -> UnreadableJobError:
        return UnreadableJobError(
            text.format(reason=self._problem),
            hint=_("repair that file, or remove that job ('jobs remove'); then run this again"),
            status=STATUS_STOPPED,
        )

    def remembered(self, name: str) -> Iterator[str]:
        """Yield what the manifests of the others remember by a name, as far as they can be read."""
        for other in self._others:
            with suppress(OsshError):
                yield other.reader.get_meta(name)

    def without_theirs(self, paths: Sequence[str]) -> list[str]:
        """Return those of some paths that no other job has, as far as can be seen."""
        theirs = self._claims(paths)
        return [path for path in paths if path not in theirs]

    def _entries(
        self, other: _Other, paths: Iterable[str], named: _Named
    ) -> Iterator[tuple[str, Entry]]:
        """Yield those of some paths that a job has a row for."""
        names: dict[str, set[str]] = {}  # spellings there, by path here
        folder, length = folded(str(other.folder), other.rules), len(other.folder.parts)
        for path in paths:
            parts = Path(os.path.normpath(path_in(str(self._folder), path))).parts
            name = "/".join(parts[length:])
            if name and folded(str(Path(*parts[:length])), other.rules) == folder:
                name += "/" if path.endswith("/") else ""
                names[path] = {name, folded(name, other.rules)}
        if not names:
            return
        known = named(sorted(set().union(*names.values())))
        for path, spellings in names.items():
            if common := spellings & known.keys():
                yield path, known[common.pop()]


def strangers(job: Job, manifest: Manifest) -> Iterator[list[str]]:
    """Yield the files below a job's target that belong to no job, as `find_foreign` does."""
    target, others = long_path(str(job.directory)), OtherJobs(job)
    ours = own_paths(job, target)
    for paths in find_foreign(manifest, target, rules_for(job, manifest), ours):
        yield others.without_theirs(paths)


def _manifests(folder: Path) -> list[Path]:
    """Return the manifests of a folder, and what belongs in the place of one, beside a job file.

    Raises:
        LocalError: The folder cannot be read.
    """
    try:
        found = [path for path in folder.iterdir() if path.suffix == ".sqlite"]
    except FileNotFoundError:
        return []  # a job that is not saved
    except OSError as error:
        raise regular_files.cannot_read(folder, error) from error
    return [path for path in found if path.with_suffix(".toml").exists() or is_manifest(path)]


def _near(manifest: Path, job: Job) -> Iterator[_Other]:
    """Yield the job of a manifest if its files may lie below the target of another.

    A manifest that was set aside stands for itself: its job file may say something else by now.

    Raises:
        OsshError: Its manifest, or the job file that it should have, cannot be read.
    """
    path = manifest.with_suffix(".toml")
    is_aside = manifest.suffix != ".sqlite"
    wished = load(path) if not is_aside and path.exists() else None
    reader = ManifestReader(manifest)
    recorded, rules = reader.get_meta("target"), recorded_rules(reader)
    if rules is None or not (recorded or wished):
        return  # it has never run
    folder = Path(recorded) if recorded or wished is None else wished.real_directory
    target = job.real_directory
    if manifest == job.manifest_path:
        folder = target  # wherever that was moved to
    here = as_above(target, folder)
    if (above := as_above(folder, target)) is not None:
        here = target / folder.relative_to(above)
    if here is not None:
        if wished is None:  # its job file is gone, and the manifest is what one can remove
            name, bucket = manifest.name, wished_bucket(reader.get_meta("wish"))
        else:
            name, bucket = manifest.stem, wished.source.bucket
        yield _Other(name, bucket, here, reader, rules, is_aside)


class SingleGets:
    """The files that jobs of a single object left, a record each, kept as such a job is removed.

    A job that nobody named ends with its one object, and goes; its file stays. Once the object has
    changed, nothing else could tell that file from one of a person.
    """

    def __init__(self, records: PrivateRecords | None = None) -> None:
        self._records = records or PrivateRecords.of_user("single-gets")

    def remember(self, job: Job) -> None:
        """Remember what a job of a single object left, if that can be done."""
        with suppress(OsshError, *UNUSABLE):
            for one in ManifestReader(job.manifest_path).entries((Status.DONE,)):
                if one.own is not None and one.proof is not None:
                    place = _place(job.real_directory, one.path)
                    known = (job.source.bucket, one.key, one.size, one.etag)
                    record = json.dumps([*known, astuple(one.own), one.proof])
                    self._records.write(place, record.encode())

    def claims(self, job: Job, paths: Sequence[str]) -> Iterator[tuple[str, Claim]]:
        """Yield those of some paths below the target of a job that such a job filled."""
        if not self._names:
            return
        folder = job.real_directory
        for path in paths:
            place = _place(folder, path)
            if place in self._names and (content := self._records.read(place)) is not None:
                with suppress(ValueError, TypeError):  # of another version of ossh
                    bucket, key, size, etag, own, proof = json.loads(content)
                    known = Entry(0, key, path, size, etag, moment_at(0), status=Status.DONE)
                    entry = replace(known, own=OwnFile(*own), proof=Proof(proof))
                    yield path, Claim("", bucket == job.source.bucket, entry)

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._records.names()


def _place(folder: Path, path: str) -> str:
    """Return the name of the record of a place."""
    full = os.path.normcase(plain(path_in(str(folder), path)))
    return hashlib.blake2b(full.encode(errors="surrogatepass"), digest_size=16).hexdigest()
