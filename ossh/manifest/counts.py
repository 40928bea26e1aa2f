"""How the table `counts` follows the rows: one change for all the rows of a transaction.

Triggers would do it for every row by itself, which cost more than writing the row.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ossh.model import Status

_STATE = "status, coalesce(cause, ''), coalesce(proof, ''), mapped"
_CHANGE = (
    "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (status, cause, proof, mapped)"
    " DO UPDATE SET objects = objects + excluded.objects, bytes = bytes + excluded.bytes"
)

Sum = tuple[Any, ...]
"""What objects are counted by (status, cause, proof, mapped), their number, and their bytes."""


@contextmanager
def followed(db: sqlite3.Connection, rows: Iterable[int]) -> Iterator[None]:
    """Count some rows as what they are after the block, no longer as what they were before it."""
    condition, among = "row IN (SELECT value FROM json_each(?))", json.dumps(list(rows))
    _add(db, _sums(db, condition, among), sign=-1)
    yield
    _add(db, _sums(db, condition, among))


def inserted(db: sqlite3.Connection, sizes: Collection[int], *, mapped: int) -> None:
    """Count new, pending rows of some sizes: to sum them up by SQL takes longer."""
    if sizes:
        _add(db, [(Status.PENDING, "", "", mapped, len(sizes), sum(sizes))])


def revived(db: sqlite3.Connection, condition: str) -> None:
    """Count as pending, before they are, the rows that a condition holds for: maybe millions."""
    sums = _sums(db, condition)
    _add(db, sums, sign=-1)
    _add(db, [(Status.PENDING, *rest) for _status, *rest in sums])


def _add(db: sqlite3.Connection, sums: Iterable[Sum], sign: int = 1) -> None:
    rows = ((*state, sign * objects, sign * size) for *state, objects, size in sums)
    db.executemany(_CHANGE, rows)


def _sums(db: sqlite3.Connection, condition: str, *values: str) -> list[Sum]:
    """Return the sums of the rows that a condition holds for."""
    statement = f"SELECT {_STATE}, count(*), sum(size) FROM entries WHERE {condition}"
    return db.execute(f"{statement} GROUP BY 1, 2, 3, 4", values).fetchall()
