"""TARGET/.oss-failed.csv: every selected object that is not at the target when a run ends."""

import csv
import os
import stat
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from ossh import patient, regular_files
from ossh.errors import LocalError
from ossh.job import Job
from ossh.language import _
from ossh.model import Entry
from ossh.paths import plain, roomy
from ossh.shard import Shard
from ossh.transfer.disk.trash import Trash
from ossh.transfer.planning.other_jobs import OtherJobs

if TYPE_CHECKING:
    from ossh.manifest import Manifest, ManifestQueries

NAME = ".oss-failed.csv"
HEADER = ("key", "last_error", "retry_count")
_WROTE = "wrote_failed_csv"  # where a manifest keeps its mark: another job may share the target
_UNKNOWN = "unknown"  # of a list that was being written when the run was killed


def update(job: Job, manifest: "Manifest", trash: Trash) -> Path | None:
    """Write what a job lacks at its target, or remove its earlier list; return the path of one.

    The list of another job is replaced by this one, but never removed. Whatever else has the name,
    such as a list that was edited since, goes to the trash.

    Raises:
        LocalError: It cannot be written or removed.
    """
    if not manifest.counts().missing:
        remove(job, manifest)
        manifest.set_meta(_WROTE, "")
        return None
    known = manifest.get_meta(_WROTE)

    def make_way(path: Path) -> None:
        if _is_foreign(path, known, job):
            trash.take(path.name)
        manifest.set_meta(_WROTE, _UNKNOWN)

    try:
        path = write(job.directory, manifest.not_at_target(), job.selection.shard, make_way)
    except LocalError:
        manifest.set_meta(_WROTE, known)
        raise
    manifest.set_meta(_WROTE, _mark(_path(job.directory, job.selection.shard)))
    return path


def write(
    target: Path,
    entries: Iterable[Entry],
    shard: Shard | None = None,
    make_way: Callable[[Path], None] = lambda _path: None,
) -> Path:
    """Write the file again and return its path; `make_way` is called right before it gets its name.

    `retry_count` is the number of attempts in all. The entries, of what failed, is gone or
    archived, are walked once, never held. Jobs that share the work have a file each. The file is
    replaced as a whole, so that nobody reads half of it.

    Raises:
        LocalError: It cannot be written.
    """
    path = _path(target, shard)
    try:
        with regular_files.replacing(path) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="")
            table = csv.writer(text)
            table.writerow(HEADER)
            for one in entries:
                table.writerow((one.key, _last_error(one), one.attempts))
            text.detach()  # flushes it, and leaves the file open
            make_way(path)
    except OSError as error:
        hint = _("'failures' shows the same from the manifest")
        raise regular_files.cannot_write(plain(str(path)), error, hint) from error
    return Path(plain(str(path)))


def remove(job: Job, manifest: "ManifestQueries") -> None:
    """Remove the file that an earlier run of a job left, if it is as that run left it.

    Raises:
        LocalError: It cannot be removed.
    """
    path = _path(job.directory, job.selection.shard)
    if manifest.get_meta(_WROTE) not in {_UNKNOWN, _mark(path)}:
        return
    try:
        patient.unlink(path)
    except OSError as error:
        hint = _("remove it yourself: it is left over from an earlier run")
        raise regular_files.cannot_remove(plain(str(path)), error, hint) from error


def _mark(path: Path) -> str:
    """Return what tells a list from one that another job wrote since."""
    try:
        return _mark_of(os.lstat(path))
    except OSError:
        return _UNKNOWN


def _mark_of(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns}"


def _is_foreign(path: Path, known: str, job: Job) -> bool:
    """Return whether a file or a link is no list as this job left it, or another one."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        return False  # it stays, and cannot be replaced
    mark = _mark_of(found)
    return mark != known and mark not in OtherJobs(job).remembered(_WROTE)


def _path(target: Path, shard: Shard | None) -> Path:
    return roomy(target) / (NAME if shard is None else f".oss-failed{shard.suffix}.csv")


def _last_error(entry: Entry) -> str:
    failure = entry.failure
    if failure is None:
        return entry.status.value
    request = f" (request {failure.request_id})" if failure.request_id else ""
    return f"{failure.cause.value}: {failure.message}{request}"
