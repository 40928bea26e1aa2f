"""How the table `counts` follows the rows: one change for all the rows of a transaction.

Triggers would do it for every row by itself, which cost more than writing the row.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from ossh.model import Status

_STATE = "status, coalesce(cause, ''), coalesce(proof, ''), mapped"
_CHANGE = (
    "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (status, cause, proof, mapped)"
    " DO UPDATE SET objects = objects + excluded.objects, bytes = bytes + excluded.bytes"
)

State = tuple[str, str, str, int]
"""What objects are counted by: status, cause, proof, mapped."""
Change = tuple[State, int, int]
"""More objects, and more bytes, of a state."""


@contextmanager
def followed(db: sqlite3.Connection, rows: Iterable[int]) -> Iterator[None]:
    """Count some rows as what they are after the block, no longer as what they were before it."""
    condition, among = "row IN (SELECT value FROM json_each(?))", json.dumps(list(rows))
    before = [(state, -number, -size) for state, number, size in _sums(db, condition, among)]
    yield
    _apply(db, before + _sums(db, condition, among))


def inserted(db: sqlite3.Connection, sizes: Collection[int], *, mapped: int) -> None:
    """Count new, pending rows of some sizes: to sum them up by SQL takes longer."""
    _apply(db, [((Status.PENDING, "", "", mapped), len(sizes), sum(sizes))])


def revived(db: sqlite3.Connection, condition: str) -> None:
    """Count as pending, before they are, the rows that a condition holds for: maybe millions."""
    changes: list[Change] = []
    for state, number, size in _sums(db, condition):
        changes += [(state, -number, -size), ((Status.PENDING, *state[1:]), number, size)]
    _apply(db, changes)


def _apply(db: sqlite3.Connection, changes: Iterable[Change]) -> None:
    sums: dict[State, list[int]] = {}  # objects, bytes
    for state, objects, size in changes:
        total = sums.setdefault(state, [0, 0])
        total[0] += objects
        total[1] += size
    db.executemany(_CHANGE, ((*state, *total) for state, total in sums.items() if any(total)))


def _sums(db: sqlite3.Connection, condition: str, *values: str) -> list[Change]:
    """Return the states of the rows that a condition holds for, each with objects and bytes."""
    statement = f"SELECT {_STATE}, count(*), sum(size) FROM entries WHERE {condition}"
    rows = db.execute(f"{statement} GROUP BY 1, 2, 3, 4", values)
    return [(row[:4], row[4], row[5]) for row in rows]
