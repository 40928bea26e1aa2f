"""What can go wrong, sorted by what to do about it.

A class exists where somebody treats it differently. What happens to one object is not an
exception but a `model.Failure`.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ossh.language import N_, _, said
from ossh.printable import printable

# Exit statuses beside 0. Those of other programs, after "!" or "|", are passed on as they are.
STATUS_MISSING = 1  # some objects are not at the target, and nothing else
STATUS_USAGE = 2
STATUS_STOPPED = 3  # before the end; running it again resumes
STATUS_FINDINGS = 4  # of a check that itself went well: doctor, selfcheck, a transcript
STATUS_BUG = 70  # EX_SOFTWARE of sysexits.h
STATUS_UNKNOWN_COMMAND = 127
STATUS_INTERRUPTED = 130
STATUS_SIGNALLED = 128  # plus the signal's number, as POSIX shells report it

# What each means: for the help, the manual page and the guide.
STATUSES = (
    ("0", N_("done")),
    ("1", N_("some objects are not at the target; the summary says which, and why")),
    ("2", N_("usage: a bad option, name, job file or line of a script")),
    (
        "3",
        N_(
            "stopped before the end: credentials, bucket, network or disk, or a script that left a "
            "job in the background; run it again to resume"
        ),
    ),
    (
        "4",
        N_(
            "all is done, but the program of --on-done failed; or 'doctor', --selfcheck or a "
            "transcript found something"
        ),
    ),
    ("70", N_("a bug in ossh; please report what it printed")),
    ("127", N_("no such command, in a script or with -c")),
    ("130, 143, 129", N_("stopped by Ctrl-C, SIGTERM, SIGHUP; run it again to resume")),
    (
        "149",
        N_("stopped by Ctrl-Break, or as its window closed, on Windows; run it again to resume"),
    ),
)


def worst(*statuses: int) -> int:
    """Return the exit status of what ended with all of these: 4 says that all is done."""
    return max(statuses, key=lambda one: (one not in {0, STATUS_FINDINGS}, one))


class OsshError(Exception):
    """An error a user can understand: one line, perhaps a hint, and an exit status.

    Args:
        message: Lower case, no final stop, names in quotes, the request id where there is one.
        hint: What to do next, in the same style.
        status: The exit status that it leads to, if not that of its class.
    """

    status = STATUS_USAGE

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(said(message))
        self.advise(said(hint))
        if status is not None:
            self.status = status

    def advise(self, hint: str | None) -> None:
        """Change what to do next; it is also shown below the traceback of a script."""
        self.hint = hint
        self.__notes__ = [_("hint: {hint}").format(hint=hint)] if hint else []


class UsageError(OsshError):
    """Not possible now: not connected, no such job, an unusable argument. Raised before any I/O."""


class JobFileError(OsshError):
    """A job file that cannot be used; names the file, the field and what would be accepted."""


class ManifestError(OsshError):
    """A manifest that is missing, foreign, damaged or of a newer format."""


class JobLockedError(OsshError):
    """Another ossh runs this job; names its process id and host."""

    status = STATUS_STOPPED


class StoreError(OsshError):
    """The bucket cannot be used: credentials, bucket, clock or network.

    Args:
        message: As in `OsshError`, as is `hint`.
        code: The service's error code, or "" when it did not answer.
        cause: A `model.Cause`, or "" when no request failed.
        request_id: The service's id of the request, or "".
    """

    status = STATUS_STOPPED

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        code: str = "",
        request_id: str = "",
        cause: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.cause = cause
        self.code = code
        self.request_id = request_id


class LocalError(OsshError):
    """The local disk cannot be used: full, read-only, target not writable."""

    status = STATUS_STOPPED


class MissingError(OsshError):
    """Some objects are not at the target; what could be fetched is there, verified."""

    status = STATUS_MISSING


class Stopped(OsshError):
    """The user stopped a command before its end (Ctrl-C); what it did so far is kept."""

    status = STATUS_INTERRUPTED


@contextmanager
def limits_explained() -> Iterator[None]:
    """Raise LocalError, which says why, where this machine has no more threads, files or memory.

    The same for a name that no file can have in the locale's encoding, and for a current directory
    that somebody has removed.
    """
    try:
        yield
    except MemoryError as error:
        raise LocalError(
            _("there is not enough memory"),
            hint=_("end other programs, or raise the limit (ulimit -v), then run it again"),
        ) from error
    except RuntimeError as error:
        if str(error) != "can't start new thread":
            raise
        raise LocalError(
            _("the system allows no more threads"),
            hint=_("raise the limit (ulimit -u, or the container's), then run it again"),
        ) from error
    except OSError as error:
        if isinstance(error, OsshError):
            raise
        if error.errno == errno.ENOENT and error.filename is None and _is_nowhere():
            raise LocalError(
                _("the current directory is no longer there"),
                hint=_("change to another directory, then run it again"),
            ) from error
        if error.errno not in {errno.EMFILE, errno.ENFILE}:
            raise
        raise LocalError(
            _("the system allows no more open files"),
            hint=_("raise the limit (ulimit -n), then run it again"),
        ) from error
    except UnicodeEncodeError as error:
        if sys.getfilesystemencoding() == "utf-8":
            raise
        text = _("the encoding of your locale ({encoding}) cannot write the name '{name}'")
        raise LocalError(
            text.format(encoding=sys.getfilesystemencoding(), name=printable(error.object)),
            hint=_("set LC_ALL=C.UTF-8, then run it again"),
        ) from error


def _is_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - without pathlib ossh starts faster
    except FileNotFoundError:
        return True
    return False


def reason(error: OSError) -> str:
    """Return what the system says of an error, as it reads within a message of ours."""
    return _(error.strerror.lower()) if error.strerror else str(error)
