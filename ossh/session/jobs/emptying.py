"""Emptying the trash of mirrors: what was taken away before a day is deleted for good."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from ossh.errors import LocalError, OsshError, reason
from ossh.job import load
from ossh.language import _
from ossh.session.session import Session
from ossh.transfer.disk import trash
from ossh.transfer.disk.trash import OldTrash


def day_of(session: Session, moment: datetime | timedelta) -> date:
    """Return the day of a moment, or of so long ago, in the calendar of this machine."""
    if isinstance(moment, timedelta):
        moment = session.now() - moment
    return moment.astimezone().date()


def targets(session: Session) -> set[Path]:
    """Return the targets of the jobs of the jobs folder, links followed."""
    found = set()
    for path in session.job_files():
        with suppress(OsshError):  # a broken one does not say where its target is
            found.add(load(path).real_directory)
    return found


def old_trash(folders: set[Path], before: date) -> Iterator[OldTrash]:
    """Yield what lies in the trash of some targets from before a day."""
    for target in sorted(folders):
        yield from trash.old_trash(target, before)


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
