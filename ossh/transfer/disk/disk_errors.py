"""The cause that an error of the target's disk is counted as.

`retry_policy` decides whether it ends the run, `ossh.advice` says what to do about it.
"""

import errno
import os

from ossh import regular_files
from ossh.advice import advice
from ossh.errors import LocalError, reason
from ossh.language import N_, Words, _
from ossh.model import Cause, Failure
from ossh.paths import path_in, plain
from ossh.printable import printable
from ossh.transfer.disk.overwrite_rules import FILE_FOR_FOLDER, FOLDER_IN_PLACE, conflict
from ossh.transfer.disk.own_places import WORK_FOLDER

_MEANINGS = {  # by number: the cause, and what to say where the system says too little
    errno.ENOSPC: (Cause.DISK_FULL, ""),
    errno.EDQUOT: (Cause.DISK_FULL, ""),
    errno.EROFS: (Cause.READ_ONLY, ""),
    errno.ENODEV: (Cause.TARGET_GONE, ""),
    errno.ENXIO: (Cause.TARGET_GONE, ""),
    # of a network's file system, or one whose program has ended
    errno.ESTALE: (Cause.TARGET_GONE, ""),
    errno.ENOTCONN: (Cause.TARGET_GONE, ""),
    errno.EHOSTDOWN: (Cause.TARGET_GONE, ""),
    errno.ETIMEDOUT: (Cause.TARGET_GONE, ""),
    errno.EMFILE: (Cause.TOO_MANY_FILES, ""),
    errno.ENFILE: (Cause.TOO_MANY_FILES, ""),
    errno.EISDIR: (Cause.LOCAL_CONFLICT, FOLDER_IN_PLACE),
    errno.ENOTDIR: (Cause.LOCAL_CONFLICT, FILE_FOR_FOLDER),
    errno.EEXIST: (Cause.LOCAL_CONFLICT, FILE_FOR_FOLDER),
    errno.ENOTEMPTY: (Cause.LOCAL_CONFLICT, FOLDER_IN_PLACE),
    errno.ELOOP: (Cause.LOCAL_CONFLICT, ""),
    errno.EXDEV: (Cause.LOCAL_CONFLICT, ""),
    errno.EBUSY: (Cause.IN_USE, ""),
    errno.ENOENT: (Cause.CORRUPT, Words("the partial file is no longer there")),
}
# What another folder or other permissions would not help.
_OF_THE_MACHINE = frozenset({Cause.DISK_FULL, Cause.TOO_MANY_FILES})


class CorruptError(Exception):
    """The bytes are not those that the service vouches for."""


class EscapeError(OSError):
    """A folder on the way is a link, which may lead out of the target."""


class ConflictError(OSError):
    """What is in an object's place now must stay."""


class PlantedError(OSError):
    """Something else had the name of a partial file, such as a link, and has been removed."""


def on_another_disk(folder: str, other: str) -> Words:
    """Return why nothing can be moved into one folder from another one."""
    return Words(
        "'{folder}' is on another disk than '{other}'",
        folder=printable(plain(folder)),
        other=printable(plain(other)),
    )


def failure_of(error: OSError | CorruptError) -> Failure:
    """Return why an object could not be written."""
    if isinstance(error, CorruptError):
        return Failure(Cause.CORRUPT, "corrupt", str(error))
    text = error.strerror or str(error)
    if isinstance(error, EscapeError):
        return Failure(Cause.LOCAL_CONFLICT, "link in path", text)
    if isinstance(error, ConflictError):
        return conflict(text)
    number = error.errno or 0
    cause, meaning = _MEANINGS.get(number, (Cause.CANNOT_WRITE, ""))
    if error.strerror and not isinstance(error.strerror, Words):  # the system's, not ours
        text = Words(text.lower())
    return Failure(cause, errno.errorcode.get(number, "OSError"), meaning or text)


def unusable(target: str, error: OSError) -> LocalError:
    """Return the error to raise where a run cannot even begin to write to its target."""
    if isinstance(error, EscapeError):
        text = _("cannot write to '{folder}': {reason}")
        link = regular_files.NotRegularError(errno.ELOOP, N_("it is a symbolic link"))
        message = text.format(folder=plain(error.filename), reason=reason(link))
        return LocalError(message, hint=regular_files.hint(link, ""))
    text = _("cannot write to target '{target}': {reason}").format(
        target=target, reason=reason(error)
    )
    own = path_in(target, WORK_FOLDER)
    if isinstance(error, PermissionError) and os.access(target, os.W_OK) and os.path.isdir(own):
        # another user's
        text = _("cannot write to '{folder}': {reason}").format(folder=own, reason=reason(error))
    cause = failure_of(error).cause
    code = "target file" if cause is Cause.LOCAL_CONFLICT else "target"
    return LocalError(text, hint=advice(cause, "" if cause in _OF_THE_MACHINE else code))
