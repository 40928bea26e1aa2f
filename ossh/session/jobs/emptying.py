"""Emptying the trash of mirrors: what was taken away before a day is deleted for good."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from ossh.errors import LocalError, OsshError, reason
from ossh.job import load
from ossh.language import _
from ossh.session.session import Session
from ossh.transfer.disk import trash
from ossh.transfer.disk.trash import TrashDay


def day_of(session: Session, moment: datetime | timedelta) -> date:
    """Return the day of a moment, or of so long ago, in the calendar of this machine."""
    if isinstance(moment, timedelta):
        moment = session.now() - moment
    return moment.astimezone().date()


def old_trash(session: Session, before: date) -> Iterator[TrashDay]:
    """Yield what lies in the trash of any job's target from before a day."""
    targets = set()
    for path in session.job_files():
        with suppress(OsshError):  # a broken one does not say where its target is
            targets.add(load(path).real_directory)
    for target in sorted(targets):
        yield from (one for one in trash.days(target) if one.day < before)


def empty(day: TrashDay) -> None:
    """Delete one day of a trash for good.

    Raises:
        LocalError: Some of it cannot be deleted.
    """
    try:
        trash.empty(day)
    except OSError as error:
        text = _("cannot remove '{path}': {reason}")
        path = error.filename or day.folder
        raise LocalError(text.format(path=path, reason=reason(error))) from error
