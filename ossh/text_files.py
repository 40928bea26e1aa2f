"""Text that people and other programs wrote, read in the encoding that it is in.

A byte order mark says which: PowerShell 5 writes UTF-16 with one, and many editors UTF-8 with one.
Without a mark it is UTF-8, or what else the caller expects, such as the code page of a console.
"""

import codecs
import errno
import os
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ossh.language import Words

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LARGEST = 16 * 1024 * 1024  # bytes of a script, a transcript or a file of settings
HINT = Words("save it as UTF-8; UTF-16 with a byte order mark is read too")


class NotTextError(ValueError):
    """A line, counted from 1, is in no encoding that is read."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def marked(start: bytes) -> str:
    """Return the encoding of which a text begins with the mark; "" without one."""
    return next((name for mark, name in MARKS if start.startswith(mark)), "")


def decoded(data: bytes, *encodings: str) -> str:
    """Return the text, with its line ends as they are; raise NotTextError if it is none.

    Without a mark it is in one of the encodings, the likeliest first; in UTF-8 if there are none.
    """
    line = 1
    for encoding in [marked(data)] if marked(data) else encodings or ("utf-8",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            line = max(line, error.object[: error.start].count(b"\n") + 1)
    raise NotTextError(line)


def read(path: Path, *encodings: str) -> str:
    r"""Return the text of a file, each of its lines ended by "\n"; see `decoded`.

    Raises:
        NotTextError: It is in no such encoding.
        OSError: It cannot be read, or is too large.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large(str(path))
    return decoded(data, *encodings).replace("\r\n", "\n").replace("\r", "\n")


def _too_large(*name: str) -> OSError:
    return OSError(errno.EFBIG, os.strerror(errno.EFBIG), *name)


def lines(file: BinaryIO, *encodings: str) -> Iterator[str]:
    """Yield the lines of a stream as they come, without their ends; errors are as of `read`.

    UTF-16 comes as a whole: its lines do not end where its bytes have a line's end.
    """
    first = file.readline(LARGEST + 1)
    is_whole = marked(first) == "utf-16"
    if is_whole:
        first += file.read(LARGEST + 1 - len(first))
    if len(first) > LARGEST:
        raise _too_large()
    if is_whole:
        yield from (line.rstrip("\r\n") for line in StringIO(decoded(first)))
        return
    if marked(first):
        encodings = ()
    for number, line in enumerate(chain((first,), file), start=1):
        if line:
            try:
                yield decoded(line, *encodings).rstrip("\r\n")
            except NotTextError as error:
                raise NotTextError(number) from error
