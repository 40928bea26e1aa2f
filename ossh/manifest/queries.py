"""What a manifest can be asked, over any connection to it."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from itertools import product
from operator import itemgetter
from types import NoneType

from ossh.manifest.records import (
    ENTRY_COLUMNS,
    RUN_COLUMNS,
    ArchivedGroup,
    BadRowError,
    ListingRange,
    RunRecord,
    Sample,
    checked,
    entry_of,
    part_of,
    path_of,
    reading,
    run_of,
)
from ossh.manifest.schema import MISSING, STANDARD, one_of
from ossh.model import Cause, Counts, Entry, Part, Proof, Status
from ossh.paths import printable
from ossh.protocol import THAWING_CODE

# row, key, path below the target, bytes, last modified in epoch seconds: a plain tuple, as millions
# of them are looked at when a job that is done is run again.
FileRow = tuple[int, str, str, int, float]
_FILE_TYPES = frozenset(product((int,), (str,), (str, NoneType), (int,), (int, float)))

_HERE = one_of((Status.DONE, Status.SKIPPED))
_PENDING = (
    f"SELECT json_group_array(json_array({ENTRY_COLUMNS})) FROM (SELECT {ENTRY_COLUMNS}"
    " FROM entries WHERE status = 'pending' AND (attempts > 0) = ? AND row > ?"
)
_PART_COLUMNS = '"offset", length, crc64'
_NO_LINKS = " AND type IS NOT 'Symlink'"
_IN_ORDER = " ORDER BY row LIMIT ?)"
MISSING_STATUSES = frozenset({Status.FAILED, Status.ARCHIVED, Status.GONE})


def check(connection: sqlite3.Connection) -> None:
    """Look at every page of the file, and at what no other question reads without need.

    Raises:
        BadRowError: One is damaged.
    """
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise BadRowError(found)
    for row in connection.execute(f"SELECT {_PART_COLUMNS} FROM parts"):
        part_of(row)


def counts(connection: sqlite3.Connection) -> Counts:
    """Return objects and bytes by status; every status is there, if only with 0."""
    objects = dict.fromkeys(Status, 0)
    size = dict.fromkeys(Status, 0)
    for status, number, length in connection.execute(
        "SELECT status, sum(objects), sum(bytes) FROM counts GROUP BY status"
    ):
        checked("counts", (number, length), int, int)
        with reading("counts"):
            objects[Status(status)] = number
            size[Status(status)] = length
    return Counts(objects, size)


def failures_by_cause(connection: sqlite3.Connection) -> tuple[tuple[Cause, int], ...]:
    """Return the causes of what is not at the target and their numbers, the commonest first."""
    rows = connection.execute(
        f"SELECT cause, sum(objects) AS number FROM counts WHERE {MISSING} AND cause <> ''"
        " GROUP BY cause HAVING number > 0 ORDER BY number DESC, cause"
    )
    with reading("counts"):
        return tuple((Cause(cause), number) for cause, number in rows)


def archived(connection: sqlite3.Connection) -> tuple[ArchivedGroup, ...]:
    """Return the archived objects by class, those that are being restored apart."""
    rows = connection.execute(
        f"SELECT coalesce(storage_class, '{STANDARD}'), coalesce(error_code, '') = ?, count(*),"
        f" sum(size) FROM entries WHERE {MISSING} AND status = 'archived'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (THAWING_CODE,),
    )
    return tuple(
        ArchivedGroup(storage, bool(is_thawing), number, size)
        for storage, is_thawing, number, size in (
            checked("entries", row, str, int, int, int) for row in rows
        )
    )


def request_ids(connection: sqlite3.Connection, cause: Cause, limit: int) -> tuple[str, ...]:
    """Return the ids of some requests that failed for a cause and were not made good."""
    rows = connection.execute(
        f"SELECT request_id FROM entries WHERE {MISSING} AND cause = ? AND request_id <> ''"
        " ORDER BY row LIMIT ?",
        (cause.value, limit),
    )
    return tuple(printable(str(row[0])) for row in rows)


def proofs(connection: sqlite3.Connection) -> dict[Proof, int]:
    """Return how many finished objects were proved how."""
    rows = connection.execute(
        "SELECT proof, sum(objects) AS number FROM counts WHERE status = 'done' AND proof <> ''"
        " GROUP BY proof HAVING number > 0"
    )
    with reading("counts"):
        return {Proof(proof): number for proof, number in rows}


def mapped(connection: sqlite3.Connection) -> int:
    """Return how many objects have a local name that is not simply their key's."""
    row = connection.execute("SELECT coalesce(sum(objects), 0) FROM counts WHERE mapped = 1")
    return int(checked("counts", row.fetchone(), int)[0])


def listing(connection: sqlite3.Connection) -> tuple[ListingRange, ...]:
    """Return the ranges of the listing, in key order."""
    rows = connection.execute(
        'SELECT row, "start", "end", cursor, finished FROM listing ORDER BY "start", row'
    )
    return tuple(
        ListingRange(row, start, end, cursor, bool(finished))
        for row, start, end, cursor, finished in (
            checked("listing", row, int, str, str, str, int) for row in rows
        )
    )


def runs(connection: sqlite3.Connection) -> tuple[RunRecord, ...]:
    """Return all runs of the job, the oldest first."""
    return tuple(
        run_of(row) for row in connection.execute(f"SELECT {RUN_COLUMNS} FROM runs ORDER BY row")
    )


def throughput(connection: sqlite3.Connection, run: int) -> tuple[Sample, ...]:
    """Return how far a run was at some moments of it, in their order."""
    rows = connection.execute(
        "SELECT second, bytes, objects, failed FROM throughput WHERE run = ? ORDER BY second",
        (run,),
    )
    return tuple(Sample(*checked("throughput", row, (int, float), int, int, int)) for row in rows)


def slowest(connection: sqlite3.Connection, run: int) -> tuple[tuple[str, float, int], ...]:
    """Return key, seconds and bytes of the objects of a run that took longest."""
    rows = connection.execute(
        "SELECT slowest.key, seconds, size FROM slowest JOIN entries ON entries.key = slowest.key"
        " WHERE run = ? ORDER BY seconds DESC",
        (run,),
    )
    return tuple(
        (key, seconds, size)
        for key, seconds, size in (checked("slowest", row, str, (int, float), int) for row in rows)
    )


def largest(connection: sqlite3.Connection, limit: int) -> list[Entry]:
    """Return the largest entries, without parts; this reads all rows."""
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries ORDER BY size DESC, row LIMIT ?", (limit,)
    ).fetchall()
    left_out = base(connection)
    return [entry_of(row, left_out) for row in rows]


def meta(connection: sqlite3.Connection, name: str) -> str:
    """Return a remembered text, "" when none has that name."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return "" if row is None else str(checked("meta", row, str)[0])


def base(connection: sqlite3.Connection) -> str:
    """Return what keys start with and plain paths do not, "" when no row needs it."""
    return meta(connection, "base")


def entry(connection: sqlite3.Connection, key: str) -> Entry | None:
    """Return the entry of a key, with its parts, or None."""
    row = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    return entry_of(row, base(connection), tuple(_parts(connection, [key]).get(key, ())))


def entries_of(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Entry]:
    """Return the entries that some keys have, by key, without parts."""
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(keys),),
    ).fetchall()
    left_out = base(connection)
    return {row[1]: entry_of(row, left_out) for row in rows}


def entries(
    connection: sqlite3.Connection, after_row: int, limit: int, statuses: Collection[Status]
) -> list[Entry]:
    """Return the next entries of some statuses after a row, in order of rows, without parts.

    For those that are not at the target an index is used, so that a few failures among millions
    are found at once.
    """
    wanted = one_of(sorted(statuses))
    where = f"{MISSING} AND {wanted}" if MISSING_STATUSES.issuperset(statuses) else wanted
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries WHERE row > ? AND {where} ORDER BY row LIMIT ?",
        (after_row, limit),
    ).fetchall()
    left_out = base(connection)
    return [entry_of(row, left_out) for row in rows]


def files(connection: sqlite3.Connection, after_row: int, limit: int) -> list[FileRow]:
    """Return what the next rows that claim a whole file say of it, in order of rows."""
    rows = connection.execute(
        "SELECT row, key, path, size, last_modified FROM entries"
        f" WHERE row > ? AND {_HERE} ORDER BY row LIMIT ?",
        (after_row, limit),
    ).fetchall()
    if not {tuple(map(type, row)) for row in rows} <= _FILE_TYPES:
        raise BadRowError("'entries': a value of another type")
    left_out = base(connection)
    return [
        (row, key, path_of(key, path, left_out), size, modified)
        for row, key, path, size, modified in rows
    ]


def known_names(connection: sqlite3.Connection, names: Sequence[str]) -> set[str]:
    """Return which of some local names, as the disk compares them, rows have; at most 500."""
    marks = ",".join("?" * len(names))
    start = base(connection)
    known = {
        name
        for (name,) in connection.execute(
            f"SELECT name FROM entries WHERE name IN ({marks})", tuple(names)
        )
    }
    known.update(
        key[len(start) :]
        for (key,) in connection.execute(
            f"SELECT key FROM entries WHERE key IN ({marks}) AND name IS NULL",
            tuple(start + name for name in names),
        )
    )
    return known


def last_finished(connection: sqlite3.Connection, now: float) -> float:
    """Return when the last file was finished, in epoch seconds; 0 when none was.

    A moment after `now` is of a clock that was wrong, and counts only where there is no other.
    """
    row = connection.execute(
        "SELECT coalesce(max(CASE WHEN finished <= ? THEN finished END), max(finished), 0)"
        " FROM entries",
        (now,),
    ).fetchone()
    return float(checked("entries", row, (int, float))[0])


def finished_since(
    connection: sqlite3.Connection, after_row: int, limit: int, since: float
) -> list[Entry]:
    """Return the next done entries after a row that were finished at a moment or later.

    It reads all rows behind the first one: there is no index, as this is asked that rarely.
    """
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries WHERE row > ? AND status = 'done' AND finished >= ?"
        " ORDER BY row LIMIT ?",
        (after_row, since, limit),
    ).fetchall()
    left_out = base(connection)
    return [entry_of(row, left_out) for row in rows]


def pending(
    connection: sqlite3.Connection, after_row: int, limit: int, *, tried: bool, with_links: bool
) -> list[Entry]:
    """Return the next pending entries after a row, in order of rows, with their parts.

    All rows come as one text: sqlite3 gives the interpreter's lock up for each step, and in a
    run flat out would wait for it again and again.
    """
    statement = _PENDING + ("" if with_links else _NO_LINKS) + _IN_ORDER
    text = connection.execute(statement, (tried, after_row, limit)).fetchone()[0]
    rows = sorted(json.loads(text), key=itemgetter(0))
    left_out = base(connection)
    parts = _parts(connection, [row[1] for row in rows])
    if not parts:
        return [entry_of(row, left_out) for row in rows]
    return [entry_of(row, left_out, tuple(parts.get(row[1], ()))) for row in rows]


def _parts(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, list[Part]]:
    """Return the finished parts of some objects, in order; most jobs have none at all."""
    parts: dict[str, list[Part]] = {}
    if not connection.execute("SELECT 1 FROM parts LIMIT 1").fetchone():
        return parts
    for key in keys:
        for row in connection.execute(
            f'SELECT {_PART_COLUMNS} FROM parts WHERE key = ? ORDER BY "offset"', (key,)
        ):
            parts.setdefault(key, []).append(part_of(row))
    return parts


def unfinished_size(connection: sqlite3.Connection) -> int:
    """Return the bytes of finished parts; only objects that are not whole have any."""
    row = connection.execute("SELECT coalesce(sum(length), 0) FROM parts").fetchone()
    return int(checked("parts", row, int)[0])
