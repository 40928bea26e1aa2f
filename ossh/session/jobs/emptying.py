"""Emptying the trash of targets: what was moved there before a day is deleted for good."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path

from ossh.errors import LocalError, reason
from ossh.job import Job, readable
from ossh.language import _
from ossh.printable import printable
from ossh.session.jobs.vouching import is_trusted
from ossh.session.session import Session
from ossh.transfer.disk import trash
from ossh.transfer.disk.trash import OldTrash


def targets(session: Session) -> set[Path]:
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
    if isinstance(moment, timedelta):
        moment = session.now() - moment
    for target in sorted(folders):
        yield from trash.old_trash(target, moment.astimezone().date())


def empty(old: OldTrash) -> None:
    """Delete some of a trash for good.

    Raises:
        LocalError: Some of it cannot be deleted.
    """
    try:
        trash.empty(old)
    except OSError as error:
        text = _("cannot remove '{path}': {reason}")
        path = error.filename or old.folder
        raise LocalError(text.format(path=path, reason=reason(error))) from error
