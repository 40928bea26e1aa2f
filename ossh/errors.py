"""What can go wrong, sorted by what one does about it.

A class exists where somebody treats it differently. What happens to one object is not an
exception but a `model.Failure`.
"""

from ossh.language import N_, _, said


class OsshError(Exception):
    """An error a user can understand: one line, perhaps a hint, and an exit status.

    Args:
        message: Lower case, no final stop, names in quotes, the request id where there is one.
        hint: What to do next, in the same style.
        status: The exit status this error leads to; the class's own when not given.
    """

    status = 1

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(said(message))
        self.hint = said(hint)
        if self.hint:  # below the traceback of a script that does not catch it
            self.add_note(_("hint: {hint}").format(hint=self.hint))
        if status is not None:
            self.status = status


class UsageError(OsshError):
    """Not possible now: not connected, no such job, an unusable argument. Raised before any I/O."""

    status = 2


class JobFileError(OsshError):
    """A job file that cannot be used; names the file, the field and what would be accepted."""

    status = 2


class ManifestError(OsshError):
    """A manifest that is missing, foreign, damaged or of a newer format."""

    status = 2


class JobLockedError(OsshError):
    """Another ossh runs this job; names its process id and host."""

    status = 3


class StoreError(OsshError):
    """The bucket cannot be used: credentials, bucket, clock or network.

    Args:
        code: The service's error code, or "" when it did not answer.
        cause: A `model.Cause`, or "" when no request failed.
        request_id: The service's id of the request, or "".
        message: As in `OsshError`.
        hint: As in `OsshError`.
    """

    status = 3

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

    status = 3


class Stopped(OsshError):
    """The user stopped a command before its end (Ctrl-C); what it did so far is kept."""

    status = 130


def reason(error: OSError) -> str:
    """Return what the system says of an error, as it reads within a message of ours."""
    return _(error.strerror.lower()) if error.strerror else str(error)


# What systems say most often; Python never asks them to say it in another language.
_OF_SYSTEMS = (
    N_("no such file or directory"),
    N_("permission denied"),
    N_("operation not permitted"),
    N_("not a directory"),
    N_("is a directory"),
    N_("file exists"),
    N_("file name too long"),
    N_("read-only file system"),
    N_("no space left on device"),
    N_("disk quota exceeded"),
    N_("device or resource busy"),
    N_("too many open files"),
    N_("too many levels of symbolic links"),
    N_("input/output error"),
    N_("invalid argument"),
)
