"""Objects as files of Python: as text, or whole and verified before anybody sees a byte."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

from ossh.errors import LocalError, UsageError, reason
from ossh.language import _
from ossh.model import MIB
from ossh.printable import printable
from ossh.store.object_file import ObjectFile

_File = TypeVar("_File", bound=ObjectFile)

BINARY: Final = "rb"
_AT_ONCE: Final = 32 * MIB  # in memory, while an object is fetched whole


def whole(file: ObjectFile, made: Callable[[Callable[[int, int], bytes]], _File]) -> _File:
    """Copy a file to this machine, read whole and proved; closing the result removes the copy.

    `made` gets what reads a range of the copy, and makes the result.

    Raises:
        LocalError: There is no room for them.
    """
    with _room_for(file.name):
        kept = tempfile.TemporaryFile(prefix="ossh-")  # noqa: SIM115 - of the file that is returned
    try:
        while block := file.read(_AT_ONCE):
            with _room_for(file.name):
                kept.write(block)
                kept.flush()
    except BaseException:
        with suppress(OSError):  # what is not written yet has no room either
            kept.close()
        raise

    def read_range(start: int, stop: int) -> bytes:
        kept.seek(start)
        return kept.read(stop - start)

    copy = made(read_range)  # which knows nothing of it: what is given up is closed at once
    copy.on_close = kept.close
    return copy


@contextmanager
def _room_for(name: str) -> Iterator[None]:
    """Say of which object the disk cannot take more, by a LocalError."""
    try:
        yield
    except OSError as error:
        text = _("cannot keep '{name}' in the folder of temporary files: {reason}")
        raise LocalError(
            text.format(name=printable(name), reason=reason(error)),
            hint=_("free some space, or name another folder in TMPDIR (on Windows: TEMP)"),
        ) from error


def check_mode(mode: str, encoding: str | None, errors: str | None, newline: str | None) -> None:
    """Refuse what a file of ossh cannot be.

    Raises:
        UsageError: It is to be written, or how to read text is said of bytes.
    """
    if mode not in {"r", "rt", BINARY}:
        raise UsageError(
            _("mode {mode!r} is not possible: objects are only read").format(mode=mode),
            hint=_("accepted: {accepted}").format(accepted='"r" (text), "rb" (bytes)'),
        )
    given = {"encoding": encoding, "errors": errors, "newline": newline}
    for name, one in given.items():
        if mode == BINARY and one is not None:
            raise UsageError(
                _('{name}= is of text, and mode "rb" reads bytes').format(name=name),
                hint=_('mode "r" reads text'),
            )
