"""What goes into a manifest and comes out of it, as plain values."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from itertools import product
from types import NoneType
from typing import Any

from ossh.manifest.schema import NORMAL, STANDARD
from ossh.model import Cause, Entry, Failure, ObjectInfo, Part, Proof, Status, value
from ossh.paths import TARGET_ITSELF, below_target, printable


@value
class NewEntry:
    """An object to be added, with the path that `claim` gave it."""

    info: ObjectInfo
    path: str
    status: Status = Status.PENDING
    failure: Failure | None = None
    proof: Proof | None = None  # of a file that was here already
    crc64: int | None = None


@value
class Outcome:
    """What became of an entry: its new state as a whole; what is None is cleared."""

    row: int
    status: Status
    attempts: int
    failure: Failure | None = None
    proof: Proof | None = None
    crc64: int | None = None
    finished: float | None = None  # epoch seconds
    facts: ObjectInfo | None = None  # size, etag and so on, when they differ from the listing
    is_client_encrypted: bool = False  # of a done one: its bytes are ciphertext


@value
class PartChange:
    """A part to be remembered or, with `drop`, forgotten; without a part, all of them are."""

    row: int
    part: Part | None = None
    drop: bool = False


@value
class ListingRange:
    """Keys after `start` up to and including `end` ("" = no bound), and how far they came."""

    row: int
    start: str
    end: str
    cursor: str  # the last key that arrived; a listing resumes after it
    finished: bool


@value
class RunRecord:
    """One run of the job; `ended` is None while it runs, and for ever when it was killed."""

    row: int
    started: datetime
    ended: datetime | None
    outcome: str  # how it ended; "" while it has not
    objects: dict[Status, int]  # the whole job at the end of the run
    fetched: int  # objects finished by this run
    bytes_received: int
    boot_id: str


@value
class Sample:
    """How far a run was at one moment of it; cumulative."""

    second: float  # since the run started
    bytes: int  # received
    objects: int  # finished
    failed: int  # objects of the job that could not be fetched


@value
class ArchivedGroup:
    """Archived objects of one storage class that stand alike."""

    storage_class: str
    is_thawing: bool  # being restored, as far as is known
    objects: int
    size: int  # bytes


@value
class Delta:
    """How some objects of a new listing differ from what the manifest holds."""

    new: tuple[ObjectInfo, ...]
    changed: tuple[tuple[Entry, ObjectInfo], ...]  # as it was, and as it is; back again, too


class BadRowError(ValueError):
    """A row that no ossh wrote, such as one with a cause that does not exist."""


ENTRY_COLUMNS = (
    "row, key, path, size, etag, last_modified, type, storage_class, status, attempts,"
    " cause, error_code, error_message, request_id, proof, crc64, finished"
)
RUN_COLUMNS = "row, started, ended, outcome, fetched, bytes_received, boot_id, " + ", ".join(Status)
_INSERT = (
    "INSERT INTO entries (key, path, name, mapped, size, etag, type, storage_class, last_modified,"
    " status, proof, crc64, finished) VALUES "
)
_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# Rows in one statement: each then costs two thirds, and the interpreter's lock is given up once for
# all of them, so that lanes keep working. Old builds of SQLite allow 999 values.
AT_ONCE = 50
INSERT_ENTRY = _INSERT + _VALUES
INSERT_ENTRIES = _INSERT + ", ".join([_VALUES] * AT_ONCE)
# Of most entries nothing need be said but their object's facts. SQLite compares texts more quickly
# than Python binds None.
_INSERT_USUAL = (
    "INSERT INTO entries (key, name, size, etag, type, storage_class, last_modified, status)"
    " VALUES "
)
_USUAL_VALUES = (
    f"(?, nullif(?, ''), ?, ?, nullif(?, '{NORMAL}'), nullif(?, '{STANDARD}'), ?, 'pending')"
)
INSERT_USUAL_ENTRY = _INSERT_USUAL + _USUAL_VALUES
INSERT_USUAL_ENTRIES = _INSERT_USUAL + ", ".join([_USUAL_VALUES] * AT_ONCE)
UPDATE_OUTCOME = (
    "UPDATE entries SET status = ?, attempts = ?, cause = NULL, error_code = NULL,"
    " error_message = NULL, request_id = NULL, proof = ?, crc64 = ?, finished = ? WHERE row = ?"
)
UPDATE_OUTCOMES = (  # AT_ONCE of them
    "WITH new (status, attempts, proof, crc64, finished, row) AS"
    f" (VALUES {', '.join(['(?, ?, ?, ?, ?, ?)'] * AT_ONCE)})"
    " UPDATE entries SET status = new.status, attempts = new.attempts, cause = NULL,"
    " error_code = NULL, error_message = NULL, request_id = NULL, proof = new.proof,"
    " crc64 = new.crc64, finished = new.finished FROM new WHERE entries.row = new.row"
)
_SET_FAILURE = (
    "UPDATE entries SET cause = ?, error_code = ?, error_message = ?, request_id = ? WHERE "
)
UPDATE_FAILURE = _SET_FAILURE + "row = ?"  # after UPDATE_OUTCOME: few rows have one
UPDATE_FAILURE_OF_KEY = _SET_FAILURE + "key = ?"
UPDATE_FACTS = (
    "UPDATE entries SET size = ?, etag = ?, type = ?, storage_class = ?, last_modified = ?"
    " WHERE row = ?"
)

_AT_TARGET = (Status.DONE, Status.SKIPPED)
_MODULUS = 1 << 64  # SQLite's numbers have a sign, CRC64s have none
_STATUSES = {status.value: status for status in Status}
_UNUSABLE = (ValueError, TypeError, OverflowError, KeyError)
_NUMBER = (int, float)
_TEXT_OR_NONE = (str, NoneType)
# What the first columns of an entry may be, up to its attempts.
_FACTS = frozenset(
    product((int,), (str,), _TEXT_OR_NONE, (int,), (str,), _NUMBER, _TEXT_OR_NONE, _TEXT_OR_NONE)
)
_is_below_target = below_target(windows=sys.platform in {"win32", "cygwin"}).match


def new_values(entry: NewEntry, base: str, folded: str, now: float) -> tuple[Any, ...]:
    """Return an entry as the parameters of `INSERT_ENTRY`: key, path, name, mapped and so on.

    Args:
        entry: The entry.
        base: What is left out of keys to get paths.
        folded: Its path as the disk compares it.
        now: Epoch seconds.
    """
    info, path = entry.info, entry.path
    key = info.key
    is_plain = key == base + path
    return (
        key,
        None if is_plain else path,
        None if is_plain and folded == path else folded,
        0 if is_plain else path != TARGET_ITSELF and not key.endswith(path),
        *_facts(info),
        entry.status.value,
        entry.proof,
        None if entry.crc64 is None else _signed(entry.crc64),
        now if entry.status in _AT_TARGET else None,
    )


def usual_rows(infos: Iterable[ObjectInfo], names: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return objects as the parameters of `INSERT_USUAL_ENTRY`.

    Args:
        infos: Their keys are base and path.
        names: Their paths as the disk compares them, "" where that changes nothing.
    """
    return [
        (
            info.key,
            name,
            info.size,
            info.etag,
            info.type,
            info.storage_class,
            info.last_modified.timestamp(),
        )
        for info, name in zip(infos, names, strict=True)
    ]


def outcome_values(outcome: Outcome) -> tuple[object, ...]:
    """Return an outcome as the parameters of `UPDATE_OUTCOME`."""
    return (
        outcome.status.value,
        outcome.attempts,
        outcome.proof,
        None if outcome.crc64 is None else _signed(outcome.crc64),
        outcome.finished,
        outcome.row,
    )


def failure_values(failure: Failure, where: int | str) -> tuple[object, ...]:
    """Return a failure as the parameters of `UPDATE_FAILURE`, or of that by key."""
    return (failure.cause.value, failure.code, failure.message, failure.request_id, where)


def facts_values(row: int, info: ObjectInfo) -> tuple[object, ...]:
    """Return new facts as the parameters of `UPDATE_FACTS`."""
    return (*_facts(info), row)


def entry_of(row: Sequence[Any], base: str, parts: tuple[Part, ...] = ()) -> Entry:
    """Return the entry of a row of `ENTRY_COLUMNS`.

    Raises:
        BadRowError: The row holds what no entry can hold.
    """
    (number, key, path, size, etag, modified, kind, storage, status, attempts) = row[:10]
    cause, code, message, request_id, proof, crc64, finished = row[10:]
    is_unhurt = cause is code is message is request_id is None
    try:  # by hand, as this is done for every object
        if tuple(map(type, row[:8])) not in _FACTS or type(attempts) is not int:
            raise TypeError("a value of another type")
        if size < 0 or not (etag.isascii() and etag.isprintable()):
            raise ValueError("an invalid size or ETag")
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
            None if proof is None else Proof(proof),
            None if crc64 is None else int(crc64) % _MODULUS,
            None if finished is None else _moment(finished),
            parts,
        )
    except _UNUSABLE as error:
        raise BadRowError(printable(f"row {number} of 'entries': {error}")) from error


@contextmanager
def reading(table: str, row: object = "") -> Iterator[None]:
    """Have what Python says of values that cannot be used mean that no ossh wrote them.

    Raises:
        BadRowError: A value inside the block cannot be used.
    """
    try:
        yield
    except _UNUSABLE as error:
        where = f"row {row} of '{table}'" if row else f"'{table}'"
        raise BadRowError(printable(f"{where}: {error}")) from error


def checked(table: str, row: Sequence[Any], *kinds: type | tuple[type, ...]) -> Sequence[Any]:
    """Return a row as it is, if its values are of these types.

    Raises:
        BadRowError: One is not.
    """
    with reading(table):
        for one, kind in zip(row, kinds, strict=True):
            if not isinstance(one, kind):
                raise TypeError(f"{one!r:.40} is of another type")
    return row


def path_of(key: str, path: object, base: str) -> str:
    """Return the local path of a row: nothing else protects the disk from it.

    Args:
        key: Of the row.
        path: What its column says.
        base: What is left out of keys to get paths.

    Raises:
        BadRowError: It could lead out of the target.
    """
    if path is None:
        path = key[len(base) :]
        if not key.startswith(base):
            raise BadRowError("a key that lacks the common prefix")
    if not isinstance(path, str) or not _is_below_target(path):
        raise BadRowError(printable(f"{path!r:.80} is not a path below the target"))
    return path


def part_of(row: Sequence[Any]) -> Part:
    """Return a part of a row of `parts`: offset, length, crc64.

    Raises:
        BadRowError: The row holds what no part can hold.
    """
    start, length, crc64 = checked("parts", row, int, int, str)
    with reading("parts"):
        part = Part(start, start + length, int(crc64))
        if start < 0 or length <= 0 or not 0 <= part.crc64 < _MODULUS:
            raise ValueError("an invalid part")
    return part


def run_of(row: Sequence[Any]) -> RunRecord:
    """Return the run of a row of `RUN_COLUMNS`.

    Raises:
        BadRowError: The row holds what no run can hold.
    """
    numbers = [(int, NoneType)] * len(Status)
    checked(
        "runs",
        row,
        int,
        _NUMBER,
        (*_NUMBER, NoneType),
        _TEXT_OR_NONE,
        (int, NoneType),
        (int, NoneType),
        str,
        *numbers,
    )
    with reading("runs", row[0]):
        return RunRecord(
            row=row[0],
            started=_moment(row[1]),
            ended=None if row[2] is None else _moment(row[2]),
            outcome=printable(row[3] or ""),
            objects={status: row[7 + n] or 0 for n, status in enumerate(Status)},
            fetched=row[4] or 0,
            bytes_received=row[5] or 0,
            boot_id=row[6],
        )


def _facts(info: ObjectInfo) -> tuple[object, ...]:
    return (
        info.size,
        info.etag,
        None if info.type == NORMAL else info.type,
        None if info.storage_class == STANDARD else info.storage_class,
        info.last_modified.timestamp(),
    )


def _failure_of(cause: str, *texts: str | None) -> Failure:
    checked("entries", texts, *[_TEXT_OR_NONE] * 3)
    code, message, request_id = (printable(text or "") for text in texts)
    return Failure(Cause(cause), code, message, request_id)


def _signed(crc64: int) -> int:
    return crc64 if crc64 < _MODULUS // 2 else crc64 - _MODULUS


def _moment(seconds: float) -> datetime:
    moment = datetime.fromtimestamp(seconds, UTC)
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("a date outside the calendar")
    return moment
