"""How rows of `entries` and `parts` are written, and the counts with them.

Every function is called in a transaction.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from ossh.manifest import counts, former
from ossh.manifest.rows import signed
from ossh.manifest.values import NewEntry, Outcome, PartChange
from ossh.model import AT_TARGET, NORMAL, STANDARD, ObjectInfo, Status
from ossh.paths import TARGET_ITSELF, NameRules, folded

# Rows in one statement: each then costs two thirds, and the interpreter's lock is given up once for
# all of them, so that lanes keep working. Old builds of SQLite allow 999 values.
AT_ONCE = 50
_INSERT = (
    "INSERT INTO entries (key, path, name, mapped, size, etag, type, storage_class, last_modified,"
    " version_id, status) VALUES {}"
)
# SQLite compares texts more quickly than Python binds None.
_VALUES = (
    f"(?, nullif(?, ''), nullif(?, ''), ?, ?, ?, nullif(?, '{NORMAL}'), nullif(?, '{STANDARD}'), ?,"
    " nullif(?, ''), 'pending')"
)
_OUTCOME = ("status", "attempts", "proof", "local_size", "local_modified", "crc64", "finished")
_UPDATE = (
    f"WITH new ({', '.join(_OUTCOME)}, row) AS (VALUES {{}}) UPDATE entries"
    f" SET {', '.join(f'{name} = new.{name}' for name in _OUTCOME)}, cause = NULL,"
    " error_code = NULL, error_message = NULL, request_id = NULL"
    " FROM new WHERE entries.row = new.row"
)
_UPDATE_VALUES = f"({', '.join('?' * len(_OUTCOME))}, ?)"
_UPDATE_FAILURE = (  # after the update above: few rows have one
    "UPDATE entries SET cause = ?, error_code = ?, error_message = ?, request_id = ? WHERE row = ?"
)
_UPDATE_FACTS = (
    f"UPDATE entries SET size = ?, etag = ?, type = nullif(?, '{NORMAL}'),"
    f" storage_class = nullif(?, '{STANDARD}'), last_modified = ?, version_id = nullif(?, '')"
    " WHERE row = ?"
)


def insert(db: sqlite3.Connection, entries: Sequence[NewEntry], rules: NameRules | None) -> None:
    """Insert entries whose keys have no row, in order.

    Their paths are those that were claimed, by the `rules` of how the disk compares names.
    """
    if not entries:
        return
    before = former.forget(db, {one.info.key: one.path for one in entries})
    base = _base(db, entries)
    names = [one.path for one in entries]
    if rules is not None and (rules.fold_case or rules.fold_form):
        names = [folded(path, rules) for path in names]
    rows = [_new_row(one, base, name) for one, name in zip(entries, names, strict=True)]
    _write(db, _INSERT, _VALUES, rows)
    first = db.execute("SELECT max(row) FROM entries").fetchone()[0] - len(entries) + 1
    for mapped in (0, 1):
        counts.inserted(db, [row[4] for row in rows if row[3] == mapped], mapped=mapped)
    record(db, _outcomes(entries, first, before))


def _base(db: sqlite3.Connection, entries: Sequence[NewEntry]) -> str:
    """Return what keys start with and plain paths do not; the first that shows it decides.

    It saves the path of all rows that agree with it: of a listing, that is nearly all.
    """
    known = db.execute("SELECT value FROM meta WHERE name = 'base'").fetchone()
    if known is not None:
        return str(known[0])
    for one in entries:
        key, path = one.info.key, one.path
        base = key.removesuffix(path)
        if key.endswith(path) and "\0" not in base and base[-1:] in {"", "/"}:
            db.execute("INSERT INTO meta VALUES ('base', ?)", (base,))
            return base
    return ""


def _new_row(entry: NewEntry, base: str, name: str) -> tuple[Any, ...]:
    """Return the values of `_INSERT`; `name` is the path as the disk compares it."""
    info, path = entry.info, entry.path
    key = info.key
    mapped = 0
    if key == base + path:
        name = "" if name == path else name
        path = ""
    else:
        mapped = path != TARGET_ITSELF and not key.endswith(path)
    return (key, path, name, mapped, *_facts(info))


def _facts(info: ObjectInfo) -> tuple[Any, ...]:
    modified = info.last_modified.timestamp()
    return (info.size, info.etag, info.type, info.storage_class, modified, info.version_id)


def _outcomes(
    entries: Sequence[NewEntry], first: int, before: Mapping[tuple[object, ...], float]
) -> list[Outcome]:
    """Return the outcomes of entries that were just inserted, where they are more than pending.

    `before` tells when the job itself finished what is in their places; see `former.forget`.
    """
    now = time.time()

    def finished(one: NewEntry) -> float | None:
        if one.status in AT_TARGET:
            return now
        own = one.own
        return None if own is None else before.get((one.info.key, own.size, own.modified))

    return [
        Outcome(row, one.status, 0, one.failure, one.own, one.proof, finished(one))
        for row, one in enumerate(entries, first)
        if one.status is not Status.PENDING
        or one.failure is not None
        or one.proof is not None
        or one.own is not None
    ]


def record(db: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes in order of rows; of several of one row, the last and all new facts count."""
    if not outcomes:
        return
    last = {one.row: one for one in outcomes}
    with counts.followed(db, last):
        rows = [_outcome_values(last[row]) for row in sorted(last)]
        _write(db, _UPDATE, _UPDATE_VALUES, rows)
        for row, one in last.items():
            if (why := one.failure) is not None:
                values = (why.cause.value, why.code, why.message, why.request_id, row)
                db.execute(_UPDATE_FAILURE, values)
        for one in outcomes:
            if (info := one.facts) is not None:
                db.execute(_UPDATE_FACTS, (*_facts(info), one.row))
    _record_encryption(db, [one for one in last.values() if one.is_client_encrypted is not None])


def _outcome_values(outcome: Outcome) -> tuple[object, ...]:
    own = outcome.own
    size, modified = (None, None) if own is None or own.is_link else (own.size, own.modified)
    crc64 = None if own is None else signed(own.crc64)
    facts = (outcome.status.value, outcome.attempts, outcome.proof)
    return (*facts, size, modified, crc64, outcome.finished, outcome.row)


def _record_encryption(db: sqlite3.Connection, done: Sequence[Outcome]) -> None:
    """Remember which files hold ciphertext."""
    among = "row IN (SELECT value FROM json_each(?))"
    rows = json.dumps([one.row for one in done])
    db.execute(f"DELETE FROM client_encrypted WHERE {among}", (rows,))
    encrypted = ((one.row,) for one in done if one.is_client_encrypted)
    db.executemany("INSERT INTO client_encrypted VALUES (?)", encrypted)


def change_part(db: sqlite3.Connection, change: PartChange) -> None:
    """Add a part, or drop one or all; what is added twice is replaced."""
    of_row = "(SELECT key FROM entries WHERE row = ?)"
    part = change.part
    if part is None:
        db.execute(f"DELETE FROM parts WHERE key = {of_row}", (change.row,))
    elif change.drop:
        db.execute(
            f'DELETE FROM parts WHERE key = {of_row} AND "offset" = ?', (change.row, part.start)
        )
    else:
        db.execute(
            f"INSERT OR REPLACE INTO parts VALUES ({of_row}, ?, ?, ?)",
            (change.row, part.start, part.length, str(part.crc64)),
        )


def revive(db: sqlite3.Connection, condition: str) -> None:
    """Make the entries that a condition holds for pending, with a fresh budget of attempts."""
    counts.revived(db, condition)
    db.execute(f"UPDATE entries SET status = 'pending', attempts = 0 WHERE {condition}")


def _write(
    db: sqlite3.Connection, statement: str, values: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run a statement for rows, in order, of which it gets the values of `AT_ONCE` at a time."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        places = ", ".join([values] * len(some))
        db.execute(statement.format(places), tuple(chain.from_iterable(some)))
