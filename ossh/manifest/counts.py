"""How the table `counts` follows the rows: one change for all the rows of a transaction.

Triggers would do it for every row by itself, which cost more than writing the row. Each function
is called in that transaction, before the rows change.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping

from ossh.manifest.values import Outcome
from ossh.model import Status

_STATE = "status, coalesce(cause, ''), coalesce(proof, ''), mapped"
_AMONG = "row IN (SELECT value FROM json_each(?))"
_CHANGE = (
    "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (status, cause, proof, mapped)"
    " DO UPDATE SET objects = objects + excluded.objects, bytes = bytes + excluded.bytes"
)

State = tuple[str, str, str, int]
"""What objects are counted by: status, cause, proof, mapped."""
Change = tuple[State, int, int]
"""More objects, and more bytes, of a state."""


def inserted(db: sqlite3.Connection, sizes: Collection[int], *, mapped: int) -> None:
    """Count new, pending entries of some sizes."""
    _apply(db, [((Status.PENDING, "", "", mapped), len(sizes), sum(sizes))])


def recorded(
    db: sqlite3.Connection, outcomes: Mapping[int, Outcome], sizes: Mapping[int, int]
) -> None:
    """Count what becomes of rows; `sizes` has those that are of another size from now on."""
    changes: list[Change] = []
    alike: dict[tuple[str, str, str], list[int]] = {}  # rows by what becomes of them
    for row, one in outcomes.items():
        cause = "" if one.failure is None else one.failure.cause
        alike.setdefault((one.status, cause, one.proof or ""), []).append(row)
    for after, rows in alike.items():
        same_size = [row for row in rows if row not in sizes]
        for some in (same_size, *([row] for row in rows if row in sizes)):
            for before, number, size in _sums(db, _AMONG, json.dumps(some)):
                new_size = sizes.get(some[0], size)
                changes += [(before, -number, -size), ((*after, before[3]), number, new_size)]
    _apply(db, changes)


def removed(db: sqlite3.Connection, rows: Iterable[int]) -> None:
    sums = _sums(db, _AMONG, json.dumps(list(rows)))
    _apply(db, [(state, -number, -size) for state, number, size in sums])


def revived(db: sqlite3.Connection, condition: str) -> None:
    """Count the rows that a condition holds for as pending."""
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


def _sums(db: sqlite3.Connection, condition: str, *values: str) -> Iterator[Change]:
    """Yield the states of the rows that a condition holds for, each with objects and bytes."""
    statement = f"SELECT {_STATE}, count(*), sum(size) FROM entries WHERE {condition}"
    rows = db.execute(f"{statement} GROUP BY 1, 2, 3, 4", values)
    for status, cause, proof, mapped, number, size in rows:
        yield (status, cause, proof, mapped), number, size
