"""Errors of a file system as the standard library has them: what is missing, what is forbidden."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ossh.errors import StoreError
from ossh.model import Cause

_KINDS: Final = {
    Cause.GONE: FileNotFoundError,
    Cause.NO_BUCKET: FileNotFoundError,
    Cause.DENIED: PermissionError,
    Cause.BAD_CREDENTIALS: PermissionError,
}


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise what is missing or forbidden as the standard library does."""
    try:
        yield
    except StoreError as error:
        raise as_python(error, path) from error


def as_python(error: StoreError, path: str) -> OSError:
    kind = next((kind for cause, kind in _KINDS.items() if cause == error.cause), OSError)
    number = {FileNotFoundError: errno.ENOENT, PermissionError: errno.EACCES}.get(kind, errno.EIO)
    return kind(number, str(error), path)
