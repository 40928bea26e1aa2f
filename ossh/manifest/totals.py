"""How the totals follow the rows: one change for all the rows of a transaction.

Triggers would do it for every row by itself, which cost more than writing the row.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat

from ossh.manifest.records import NewEntry, Outcome
from ossh.model import Failure, Proof, Status

_STATE = "status, coalesce(cause, ''), coalesce(proof, ''), mapped"
_ROWS_AT_ONCE = 250  # always as many in one statement, so that it is prepared once
_MARKS = ", ".join("?" * _ROWS_AT_ONCE)
_OF_ROWS = (
    f"SELECT {_STATE}, count(*), sum(size) FROM entries WHERE row IN ({_MARKS}) GROUP BY 1, 2, 3, 4"
)
_CHANGE = (
    "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (status, cause, proof, mapped)"
    " DO UPDATE SET objects = objects + excluded.objects, bytes = bytes + excluded.bytes"
)

State = tuple[str, str, str, int]
"""What objects are counted by: status, cause, proof, mapped."""


class Totals:
    """What one transaction changes about the totals; all of it is reported before it is written.

    Args:
        connection: The manifest, in that transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes: dict[State, list[int]] = {}  # objects, bytes

    def added(self, entries: Iterable[NewEntry], mapped: Iterable[int]) -> None:
        """Count new entries; `mapped` says of each whether its name is."""
        for entry, is_mapped in zip(entries, mapped, strict=True):
            state = _state(entry.status, entry.failure, entry.proof, is_mapped)
            self._change(state, 1, entry.info.size)

    def planned(self, objects: int, size: int) -> None:
        """Count new entries that are pending, of which no name is mapped."""
        self._change(_state(Status.PENDING, None, None, 0), objects, size)

    def recorded(self, outcomes: Mapping[int, Outcome], sizes: Mapping[int, int]) -> None:
        """Count what becomes of rows, and which of them have another size from now on."""
        alike: dict[State, list[int]] = {}  # rows by what becomes of them; mapped is not known yet
        for row, outcome in outcomes.items():
            after = _state(outcome.status, outcome.failure, outcome.proof, 0)
            alike.setdefault(after, []).append(row)
        for (status, cause, proof, _), rows in alike.items():
            resized = [row for row in rows if row in sizes]
            for row in resized:
                self._moved([row], status, cause, proof, size=sizes[row])
            as_before = [row for row in rows if row not in sizes] if resized else rows
            self._moved(as_before, status, cause, proof)

    def _moved(
        self, rows: list[int], status: str, cause: str, proof: str, size: int | None = None
    ) -> None:
        for state, objects, before in self._of_rows(rows):
            self._change(state, -objects, -before)
            self._change(
                (status, cause, proof, state[3]), objects, before if size is None else size
            )

    def removed(self, rows: Sequence[int]) -> None:
        """Count rows that go."""
        for state, objects, size in self._of_rows(list(set(rows))):
            self._change(state, -objects, -size)

    def again(self, condition: str) -> None:
        """Count the rows that a condition holds for as pending from now on."""
        for status, cause, proof, mapped, objects, size in self._connection.execute(
            f"SELECT {_STATE}, count(*), sum(size) FROM entries WHERE {condition}"
            " GROUP BY 1, 2, 3, 4"
        ):
            self._change((status, cause, proof, mapped), -objects, -size)
            self._change((Status.PENDING, cause, proof, mapped), objects, size)

    def save(self) -> None:
        """Write the totals as they are after all that."""
        self._connection.executemany(
            _CHANGE,
            ((*state, *change) for state, change in self._changes.items() if any(change)),
        )
        self._changes.clear()

    def _change(self, state: State, objects: int, size: int) -> None:
        change = self._changes.get(state)
        if change is None:
            self._changes[state] = [objects, size]
        else:
            change[0] += objects
            change[1] += size

    def _of_rows(self, rows: list[int]) -> Iterator[tuple[State, int, int]]:
        """Yield what those rows that exist are counted by, how many, and their bytes."""
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            some.extend(repeat(some[0], _ROWS_AT_ONCE - len(some)))
            for *state, objects, size in self._connection.execute(_OF_ROWS, some):
                yield (state[0], state[1], state[2], state[3]), objects, size


def _state(status: Status, failure: Failure | None, proof: Proof | None, mapped: int) -> State:
    return (status, "" if failure is None else failure.cause, proof or "", mapped)
