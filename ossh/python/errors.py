"""Errors as Python knows them, for whoever calls ossh from a program.

Within ossh a `StoreError` is no `OSError`: whoever catches one around both would blame the disk for
the network. At the edge each is both, for that is what programs catch.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from ossh.catalog.catalog import NothingThereError
from ossh.errors import LocalError, OsshError, StoreError
from ossh.model import Cause
from ossh.python.words import ANY_CALL, phrased, with_arguments

Item = TypeVar("Item")

NO_SUCH_KEY: Final = "NoSuchKey"  # as OSS says it

_NUMBERS: Final[Mapping[str, int]] = {
    Cause.GONE: errno.ENOENT,
    Cause.NO_BUCKET: errno.ENOENT,
    Cause.DENIED: errno.EACCES,
    Cause.KMS: errno.EACCES,
    Cause.BAD_CREDENTIALS: errno.EACCES,
    Cause.EXPIRED: errno.EACCES,
    Cause.DISK_FULL: errno.ENOSPC,
    Cause.READ_ONLY: errno.EROFS,
}


@contextmanager
def translated(calls: Mapping[str, str] = ANY_CALL, *, filename: str = "") -> Iterator[None]:
    """Raise what goes wrong within as Python knows it; as a decorator, within a function.

    An `OSError` has the filename; `calls` are those of `phrased`.
    """
    try:
        yield
    except OsshError as error:
        raise for_python(error, calls, filename) from error.__cause__


def translated_items(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items; what goes wrong meanwhile is raised as Python knows it."""
    with translated():
        yield from items


def for_python(
    error: OsshError, calls: Mapping[str, str] = ANY_CALL, filename: str = ""
) -> OsshError:
    """Return an error of ossh as Python knows it, with its hint in the words of Python.

    What is missing is a `FileNotFoundError`, what is forbidden a `PermissionError`, all else of the
    bucket, the network and the disk an `OSError`. Each is what it was before, too.
    """
    if isinstance(error, OSError):
        return error
    made, message = error, with_arguments(str(error))
    if (number := _number(error)) is not None:
        of_system = {"errno": number, "strerror": message, "filename": filename or None}
        made = _class(error, number)(message)
        made.__setstate__(vars(error) | of_system)
        made.__traceback__ = error.__traceback__
    made.args = (message,)
    made.advise(phrased(error.hint or "", calls) or None)
    return made


def _number(error: OsshError) -> int | None:
    """Return the number that the system has for an error, None for what it does not know."""
    if isinstance(error, StoreError):
        return _NUMBERS.get(error.cause, errno.EIO)
    if isinstance(error, LocalError):
        return getattr(error.__cause__, "errno", None) or errno.EIO
    return errno.ENOENT if isinstance(error, NothingThereError) else None


class _SystemError(OsshError):
    """What all errors have in common that are both of ossh and of the system.

    Others send not only errors to another process but also their classes, so each has a name.
    """

    def __str__(self) -> str:
        return str(self.args[0])  # which names all, and needs no number

    def __reduce__(self) -> tuple[Any, ...]:
        of_system = {name: getattr(self, name) for name in ("errno", "strerror", "filename")}
        return type(self), (self.args[0],), vars(self) | of_system


class NoSuchObjectError(_SystemError, StoreError, FileNotFoundError):
    """The bucket, or an object of it, is not there."""


class ForbiddenError(_SystemError, StoreError, PermissionError):
    """Whoever asks may not, or is not known."""


class StoreSystemError(_SystemError, StoreError, OSError):
    """The bucket or the network cannot be used, for another reason."""


class NoSuchKeyError(_SystemError, NothingThereError, StoreError, FileNotFoundError):
    """No key starts with a name, or matches a glob: as if OSS had been asked for that very key."""

    status = NothingThereError.status

    def __init__(self, message: str) -> None:
        super().__init__(message, code=NO_SUCH_KEY, cause=Cause.GONE)


class NoSuchFileError(_SystemError, LocalError, FileNotFoundError):
    """A folder or file of this machine is not there."""


class ForbiddenFileError(_SystemError, LocalError, PermissionError):
    """A folder or file of this machine must not be used."""


class LocalSystemError(_SystemError, LocalError, OSError):
    """A folder or file of this machine cannot be used, for another reason."""


def _class(error: OsshError, number: int) -> type[OsshError]:
    """Return the class of an error that the system has a number for."""
    system = OSError(number, "")
    return next(
        one
        for one in _SystemError.__subclasses__()
        if isinstance(error, one.__bases__[1]) and isinstance(system, one.__bases__[-1])
    )
