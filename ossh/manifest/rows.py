"""Rows of a manifest as the values they stand for.

A manifest may be damaged, or come from somebody else: whatever no ossh could have written is a
`BadRowError`.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, datetime
from itertools import product
from types import NoneType
from typing import Any

from ossh.manifest.values import FileRow, RunRecord
from ossh.model import NORMAL, STANDARD, Cause, Entry, Failure, OwnFile, Part, Proof, Status
from ossh.paths import below_target
from ossh.printable import printable
from ossh.units import moment_at

ENTRY_COLUMNS = (
    "row, key, path, size, etag, last_modified, type, storage_class, status, attempts,"
    " cause, error_code, error_message, request_id, proof, crc64, finished, version_id,"
    " local_size, local_modified"
)
FILE_COLUMNS = "row, key, path, coalesce(local_size, size), local_modified, last_modified"
PART_COLUMNS = '"offset", length, crc64'
_RECEIVED = "coalesce(bytes_received, (SELECT max(bytes) FROM throughput WHERE run = runs.row))"
RUN_COLUMNS = f"row, started, ended, outcome, fetched, {_RECEIVED}, boot_id, " + ", ".join(Status)

_LONGEST = 64 * 1024  # characters of the texts of a row; a key has 1,023 bytes
_MODULUS = 1 << 64  # SQLite's numbers have a sign, CRC64s have none
_STATUSES = {status.value: status for status in Status}
_UNUSABLE = (ValueError, TypeError, OverflowError, KeyError)
_NUMBER = (int, float)
_NUMBER_OR_NONE = (*_NUMBER, NoneType)
_COUNT_OR_NONE = (int, NoneType)
_TEXT_OR_NONE = (str, NoneType)
# What the first columns of an entry may be, up to its attempts; and those of a file.
_ENTRY_TYPES = frozenset(
    product((int,), (str,), _TEXT_OR_NONE, (int,), (str,), _NUMBER, _TEXT_OR_NONE, _TEXT_OR_NONE)
)
_FILE_TYPES = frozenset(product((int,), (str,), _TEXT_OR_NONE, (int,), _COUNT_OR_NONE, _NUMBER))
_is_below_target = below_target(windows=sys.platform in {"win32", "cygwin"}).match


class BadRowError(ValueError):
    """A row that no ossh wrote, such as one with a cause that does not exist."""


@contextmanager
def reading(table: str, row: object = "") -> Iterator[None]:
    """Turn what Python says of unusable values into a `BadRowError`."""
    try:
        yield
    except _UNUSABLE as error:
        where = f"row {row} of '{table}'" if row else f"'{table}'"
        raise BadRowError(printable(f"{where}: {error}")) from error


def checked(table: str, row: tuple[Any, ...], *kinds: type | tuple[type, ...]) -> tuple[Any, ...]:
    """Return a row as it is, if its values are of these types."""
    with reading(table):
        for one, kind in zip(row, kinds, strict=True):
            if not isinstance(one, kind):
                raise TypeError(f"{one!r:.40} is of another type")
    return row


def entry_of(row: Sequence[Any], base: str, parts: tuple[Part, ...] = ()) -> Entry:
    """Return the entry of a row of `ENTRY_COLUMNS`."""
    (number, key, path, size, etag, modified, kind, storage, status, attempts) = row[:10]
    cause, code, message, request_id, proof, crc64, finished, version_id = row[10:18]
    local_size, local_modified = row[18:]
    is_unhurt = cause is code is message is request_id is None
    try:  # by hand, as this is done for every object
        if tuple(map(type, row[:8])) not in _ENTRY_TYPES or type(attempts) is not int:
            raise TypeError("a value of another type")
        if size < 0 or not (etag.isascii() and etag.isprintable()):
            raise ValueError("an invalid size or ETag")
        if len(key) + len(etag) + len(path or "") > _LONGEST:
            raise ValueError("its texts are too long")
        if type(version_id) not in _TEXT_OR_NONE:
            raise TypeError("a value of another type")
        return Entry(
            number,
            key,
            path_of(key, path, base),
            size,
            etag,
            _moment(modified),
            NORMAL if kind is None else kind,
            STANDARD if storage is None else storage,
            _STATUSES[status],
            attempts,
            None if is_unhurt else _failure_of(cause, code, message, request_id),
            None if crc64 is None else _own_file(local_size, local_modified, crc64),
            None if proof is None else Proof(proof),
            None if finished is None else _moment(finished),
            version_id or "",
            parts,
        )
    except _UNUSABLE as error:
        raise BadRowError(printable(f"row {number} of 'entries': {error}")) from error


def _own_file(size: int | None, modified: int | None, crc64: int) -> OwnFile:
    if size is None:
        return OwnFile(0, 0, int(crc64) % _MODULUS, is_link=True)
    if not type(size) is type(modified) is type(crc64) is int or size < 0:
        raise TypeError("a value of another type")
    return OwnFile(size, modified, crc64 % _MODULUS)


def _failure_of(cause: str, *texts: str | None) -> Failure:
    checked("entries", texts, *[_TEXT_OR_NONE] * 3)
    if sum(len(text or "") for text in texts) > _LONGEST:
        raise ValueError("its texts are too long")
    code, message, request_id = (printable(text or "") for text in texts)
    return Failure(Cause(cause), code, message, request_id)


def path_of(key: str, path: object, base: str) -> str:
    """Return the local path of a row: nothing else protects the disk from it.

    `path` is what its column says, and `base` is what is left out of keys to get paths.
    """
    if path is None:
        path = key[len(base) :]
        if not key.startswith(base):
            raise BadRowError("a key that lacks the common prefix")
    if not isinstance(path, str) or not _is_below_target(path):
        raise BadRowError(printable(f"{path!r:.80} is not a path below the target"))
    return path


def files_of(rows: Sequence[Sequence[Any]], base: str) -> list[FileRow]:
    """Return the files of rows of `FILE_COLUMNS`."""
    if not _FILE_TYPES.issuperset(tuple(map(type, row)) for row in rows):
        raise BadRowError("'entries': a value of another type")
    return [
        (row, key, path_of(key, path, base), size, modified, of_object)
        for row, key, path, size, modified, of_object in rows
    ]


def part_of(row: tuple[Any, ...]) -> Part:
    """Return the part of a row of `PART_COLUMNS`."""
    start, length, crc64 = checked("parts", row, int, int, str)
    with reading("parts"):
        part = Part(start, start + length, int(crc64))
        if start < 0 or length <= 0 or not 0 <= part.crc64 < _MODULUS:
            raise ValueError("an invalid part")
    return part


def run_of(row: tuple[Any, ...]) -> RunRecord:
    """Return the run of a row of `RUN_COLUMNS`."""
    head = (int, _NUMBER, _NUMBER_OR_NONE, _TEXT_OR_NONE, _COUNT_OR_NONE, _COUNT_OR_NONE, str)
    checked("runs", row, *head, *[_COUNT_OR_NONE] * len(Status))
    number, started, ended, outcome, fetched, bytes_received, boot_id, *objects = row
    with reading("runs", number):
        return RunRecord(
            row=number,
            started=_moment(started),
            ended=None if ended is None else _moment(ended),
            outcome=printable(outcome or ""),
            objects={status: objects[n] or 0 for n, status in enumerate(Status)},
            fetched=fetched or 0,
            bytes_received=bytes_received or 0,
            boot_id=boot_id,
        )


def signed(crc64: int) -> int:
    """Return a CRC64 as the column keeps it."""
    return crc64 if crc64 < _MODULUS // 2 else crc64 - _MODULUS


def _moment(seconds: float) -> datetime:
    moment = moment_at(seconds)
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("a date outside the calendar")
    return moment
