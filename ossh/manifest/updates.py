"""What becomes of entries and their parts: rows change, and the totals with them."""

import sqlite3
from collections.abc import Sequence

from ossh.manifest import ciphertext
from ossh.manifest.database import write_rows
from ossh.manifest.records import (
    UPDATE_FACTS,
    UPDATE_FAILURE,
    UPDATE_OUTCOME,
    UPDATE_OUTCOMES,
    Outcome,
    PartChange,
    facts_values,
    failure_values,
    outcome_values,
)
from ossh.manifest.totals import Totals


def record(db: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes in order of rows; of several of one row, the last and all new facts count."""
    last = {one.row: one for one in outcomes}
    facts = [(one.row, one.facts) for one in outcomes if one.facts is not None]
    totals = Totals(db)
    totals.recorded(last, {row: info.size for row, info in facts})
    totals.save()
    rows = [outcome_values(last[row]) for row in sorted(last)]
    write_rows(db, UPDATE_OUTCOMES, UPDATE_OUTCOME, rows)
    db.executemany(
        UPDATE_FAILURE,
        (failure_values(one.failure, row) for row, one in last.items() if one.failure is not None),
    )
    db.executemany(UPDATE_FACTS, (facts_values(row, info) for row, info in facts))
    ciphertext.note(db, last.values())


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
    totals = Totals(db)
    totals.again(condition)
    totals.save()
    db.execute(f"UPDATE entries SET status = 'pending', attempts = 0 WHERE {condition}")


def remove(db: sqlite3.Connection, rows: Sequence[int]) -> None:
    """Remove entries, with their parts."""
    totals = Totals(db)
    totals.removed(rows)
    totals.save()
    for row in rows:
        change_part(db, PartChange(row, drop=True))
    db.executemany("DELETE FROM entries WHERE row = ?", ((row,) for row in rows))
