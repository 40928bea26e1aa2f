"""What goes into a manifest and comes out of it, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ossh.model import Cause, Entry, Failure, ObjectInfo, Part, Proof, Status
from ossh.paths import TARGET_ITSELF


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An object to be added, with the path that `claim` gave it."""

    info: ObjectInfo
    path: str
    status: Status = Status.PENDING
    failure: Failure | None = None
    proof: Proof | None = None  # of a file that was here already
    crc64: int | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part to be remembered or, with `drop`, forgotten; without a part, all of them are."""

    row: int
    part: Part | None = None
    drop: bool = False


@dataclass(frozen=True, slots=True)
class ListingRange:
    """Keys after `start` up to and including `end` ("" = no bound), and how far they came."""

    row: int
    start: str
    end: str
    cursor: str  # the last key that arrived; a listing goes on after it
    finished: bool


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Delta:
    """How a stretch of a new listing differs from what the manifest holds."""

    new: tuple[ObjectInfo, ...]
    changed: tuple[tuple[int, ObjectInfo], ...]  # row and new facts; gone ones that are back, too
    gone: tuple[tuple[int, Status], ...]  # row and present status, which may well be done


class BadRowError(ValueError):
    """A row that no ossh wrote, such as one with a cause that does not exist."""


ENTRY_COLUMNS = (
    "row, key, path, size, etag, last_modified, type, storage_class, status, attempts,"
    " cause, error_code, error_message, request_id, proof, crc64, finished"
)
RUN_COLUMNS = "row, started, ended, outcome, fetched, bytes_received, boot_id, " + ", ".join(Status)
INSERT_ENTRY = (
    "INSERT INTO objects (key, path, folded, mapped, size, etag, type, storage_class,"
    " last_modified, status, cause, error_code, error_message, request_id, proof, crc64, finished)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
)
UPDATE_OUTCOME = (
    "UPDATE objects SET status = ?, attempts = ?, cause = ?, error_code = ?, error_message = ?,"
    " request_id = ?, proof = ?, crc64 = ?, finished = ? WHERE row = ?"
)
UPDATE_FACTS = (
    "UPDATE objects SET size = ?, etag = ?, type = ?, storage_class = ?, last_modified = ?"
    " WHERE row = ?"
)

_NO_FAILURE = (None, None, None, None)
_AT_TARGET = (Status.DONE, Status.SKIPPED)


def new_values(entry: NewEntry, folded: str, now: float) -> tuple[object, ...]:
    """Return an entry as the parameters of `INSERT_ENTRY`."""
    info = entry.info
    return (
        info.key,
        entry.path,
        None if folded == entry.path else folded,
        entry.path != TARGET_ITSELF and not info.key.endswith(entry.path),
        *_facts(info),
        entry.status.value,
        *_failure_values(entry.failure),
        entry.proof,
        None if entry.crc64 is None else str(entry.crc64),
        now if entry.status in _AT_TARGET else None,
    )


def outcome_values(outcome: Outcome) -> tuple[object, ...]:
    """Return an outcome as the parameters of `UPDATE_OUTCOME`."""
    return (
        outcome.status.value,
        outcome.attempts,
        *_failure_values(outcome.failure),
        outcome.proof,
        None if outcome.crc64 is None else str(outcome.crc64),
        outcome.finished,
        outcome.row,
    )


def facts_values(row: int, info: ObjectInfo) -> tuple[object, ...]:
    """Return new facts as the parameters of `UPDATE_FACTS`."""
    return (*_facts(info), row)


def entry_of(row: Sequence[Any], parts: tuple[Part, ...] = ()) -> Entry:
    """Return the entry of a row of `ENTRY_COLUMNS`.

    Raises:
        BadRowError: The row holds what no entry can hold.
    """
    try:
        return Entry(
            row=row[0],
            key=row[1],
            path=row[2],
            size=row[3],
            etag=row[4],
            last_modified=_moment(row[5]),
            type=row[6],
            storage_class=row[7],
            status=Status(row[8]),
            attempts=row[9],
            failure=_failure_of(row[10:14]),
            proof=None if row[14] is None else Proof(row[14]),
            crc64=None if row[15] is None else int(row[15]),
            finished=None if row[16] is None else _moment(row[16]),
            parts=parts,
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRowError(f"row {row[0]} of 'objects': {error}") from error


def run_of(row: Sequence[Any]) -> RunRecord:
    """Return the run of a row of `RUN_COLUMNS`."""
    try:
        return RunRecord(
            row=row[0],
            started=_moment(row[1]),
            ended=None if row[2] is None else _moment(row[2]),
            outcome=row[3] or "",
            objects={status: row[7 + n] or 0 for n, status in enumerate(Status)},
            fetched=row[4] or 0,
            bytes_received=row[5] or 0,
            boot_id=row[6],
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRowError(f"row {row[0]} of 'runs': {error}") from error


def _facts(info: ObjectInfo) -> tuple[object, ...]:
    modified = info.last_modified.timestamp()
    return (info.size, info.etag, info.type, info.storage_class, modified)


def _failure_values(failure: Failure | None) -> tuple[object, ...]:
    if failure is None:
        return _NO_FAILURE
    return (failure.cause.value, failure.code, failure.message, failure.request_id)


def _failure_of(values: Sequence[Any]) -> Failure | None:
    cause, code, message, request_id = values
    if cause is None:
        return None
    return Failure(Cause(cause), code or "", message or "", request_id or "")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
