"""Removing jobs, but not what they fetched; and what went to the trash of their targets."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from ossh import patient, regular_files
from ossh.errors import OsshError
from ossh.job import Job, key_list, list_jobs, load, readable
from ossh.language import _
from ossh.model import value
from ossh.paths import real
from ossh.printable import printable
from ossh.run_lock import RunLock
from ossh.selection import resolved
from ossh.session.jobs.job_facts import reader_of
from ossh.session.jobs.vouching import is_trusted
from ossh.session.session import Session
from ossh.transfer.disk import trash, work_folder
from ossh.transfer.disk.trash import OldTrash

if TYPE_CHECKING:  # brings libcurl and SQLite
    from ossh.transfer.run import Run


@value
class Removal:
    path: Path  # of its job file
    files: tuple[Path, ...]  # in the jobs folder, the job file last: it keeps the name until then
    size: int = 0  # bytes of all that is removed
    partial_files: int = 0  # their number
    target: Path | None = None  # what was downloaded stays; None if the job file does not say
    job_id: str = ""  # names the folder of its partial files; "" if it is not known

    @property
    def name(self) -> str:
        return self.path.stem

    def carry_out(self) -> None:
        """Remove all of it.

        Raises:
            JobLockedError: Another process runs the job.
            LocalError: The jobs folder cannot be written, or one of the files was not made by ossh.
        """
        try:
            with RunLock.take(self.path):
                for path in self.files[:-1]:
                    regular_files.check(path)
                if self.target is not None:
                    work_folder.discard(self.target, self.job_id)
                for path in self.files:
                    patient.unlink(path)
        except OSError as error:
            raise regular_files.cannot_remove(error.filename or self.path, error) from error


def plan_removal(session: Session, path: Path) -> Removal:
    """Return what would be removed with a job file.

    Of one that is broken, what its name shows; but outside the jobs folders it may be anything.

    Raises:
        UsageError: The session runs it.
        JobFileError, LocalError: It is no job file, and not in a jobs folder.
    """
    try:
        job = load(path)
    except OsshError:
        if not _keeps_jobs(session, path.parent):
            raise
        files = (*_manifests(path), path)
        return Removal(path, files, sum(map(_size, files)))
    session.runs.refuse_if_alive(job)
    return _removal(session, job)


def _removal(session: Session, job: Job, *, is_new: bool = False) -> Removal:
    """Return what would be removed with a job; what was set aside is not of one that is new."""
    path, job_id, partial = job.path, "", list[str]()
    if is_trusted(session, job):  # else its manifest may name the partial files of another job
        with suppress(OsshError):  # what cannot be found stays, and does no harm
            job_id = reader_of(job).job_id
            partial = work_folder.partial_files(job.directory, job_id)
    is_sure = _keeps_jobs(session, path.parent)
    manifests = _manifests(path, is_sure=is_sure, with_old=not is_new)
    files = (*manifests, *_lists(session, job), path)
    size = sum(map(_size, (*files, *map(Path, partial))))
    return Removal(path, files, size, len(partial), job.directory, job_id)


def remove(session: Session, removal: Removal) -> None:
    """Carry out a removal; if the job was the open one, none is open any more.

    Raises:
        JobLockedError, LocalError: As for `Removal.carry_out`.
    """
    removal.carry_out()
    if session.job is not None and session.job.path == removal.path:
        session.job = None


def discard(job: Job) -> None:
    """Remove a job that nobody named and that has finished, unless another process uses it.

    It has no list of keys, and nothing of it is unfinished.
    """
    with suppress(OsshError):  # what stays does no harm: 'jobs clean' removes it
        Removal(job.path, (*_manifests(job.path), job.path)).carry_out()


def forget_unbegun(session: Session, run: "Run") -> None:
    """Remove a job that its first run brought and could not begin: its name is free again."""
    job = run.job
    failed = run.error is not None or (run.summary is not None and run.summary.ended == "error")
    if run is not session.run or job.path != session.new_job_file or not failed:
        return
    with suppress(OsshError):  # as above
        if not (regular_files.is_there(job.manifest_path) and reader_of(job).listing()):
            remove(session, _removal(session, job, is_new=True))


def forget_empty(session: Session, run: "Run", *, had_target: bool = True) -> None:
    """Remove a job that nobody named, if its first run found that it selects nothing.

    The target goes too, unless it was there before.
    """
    job, summary = run.job, run.summary
    if not job.target.mirror and summary is not None and not summary.counts.total:
        with suppress(OsshError):  # as above
            remove(session, _removal(session, job, is_new=True))
        if not had_target:
            with suppress(OSError):
                job.directory.rmdir()


def trash_targets(session: Session) -> set[Path]:
    """Return the targets of the trusted jobs of the jobs folder, links followed.

    It is told where the trash of another job is kept.
    """
    jobs = dict[Path, Job]()  # by where their targets are
    for job in readable(session.job_files()):
        if job.real_directory not in jobs or is_trusted(session, job):
            jobs[job.real_directory] = job
    found = set[Path]()
    for target, job in sorted(jobs.items(), key=itemgetter(0)):
        if is_trusted(session, job):
            found.add(target)
        elif any(trash.old_trash(target, date.max)):
            text = _("the trash of '{name}' is kept: that job is not trusted")
            session.notify(text.format(name=printable(job.name)))
    return found


def old_trash(
    session: Session, folders: set[Path], moment: datetime | timedelta
) -> Iterator[OldTrash]:
    """Yield what is in the trash of targets from before the local day of a moment, or age."""
    before = resolved(moment, session.now()).astimezone().date()
    for target in sorted(folders):
        yield from trash.old_trash(target, before)


def empty_trash(old: OldTrash) -> None:
    """Delete some of a trash for good; a LocalError if some of it cannot be deleted."""
    try:
        trash.empty(old)
    except OSError as error:
        raise regular_files.cannot_remove(error.filename or old.folder, error) from error


def _keeps_jobs(session: Session, folder: Path) -> bool:
    """Return whether a folder is one of those where jobs are kept; elsewhere names tell nothing."""
    return real(folder) in map(real, session.job_folders)


def _manifests(path: Path, *, is_sure: bool = True, with_old: bool = True) -> Iterator[Path]:
    """Yield a job's manifest and, with `with_old`, those that were set aside, with their logs.

    Unless their names make it sure, they have to be manifests.
    """
    from ossh.manifest import is_manifest  # noqa: PLC0415 - brings SQLite

    old = r"(?:\.old\d*)?" if with_old else ""
    name = re.compile(rf"({re.escape(path.stem)}\.sqlite{old})(?:-wal|-shm|-journal)?")
    for one in sorted(path.parent.glob("*.sqlite*")):
        found = name.fullmatch(one.name)
        if found and (is_sure or is_manifest(one.with_name(found[1]))):
            yield one


def _lists(session: Session, job: Job) -> Iterator[Path]:
    """Yield the list of keys that only this job uses and that ossh made."""
    path = job.keys_path
    if path is None or not key_list.is_kept(path, job.path.parent):
        return
    files = {*session.job_files(), *list_jobs(job.path.parent)} - {job.path}
    others = [other.keys_path for other in readable(files)]
    if len(others) == len(files) and path not in others:
        yield path


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
