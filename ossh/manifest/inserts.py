"""New entries become rows: in one sweep for a page, each key once, each name once."""

import sqlite3
import time
from collections.abc import Sequence

from ossh.manifest.database import write_rows
from ossh.manifest.names import known_paths, refuse_taken
from ossh.manifest.records import (
    INSERT_ENTRIES,
    INSERT_ENTRY,
    UPDATE_FAILURE_OF_KEY,
    NewEntry,
    failure_values,
    new_values,
)
from ossh.manifest.totals import Totals
from ossh.paths import NameRules, folded


def insert(db: sqlite3.Connection, entries: Sequence[NewEntry], rules: NameRules | None) -> int:
    """Insert those entries whose key has no row, with their part of the totals.

    Args:
        db: The manifest, in a transaction.
        entries: With the paths that were claimed for them.
        rules: How the disk compares names; None when nothing was claimed yet.

    Returns:
        How many there were.

    Raises:
        sqlite3.IntegrityError: Two entries have one name, which claiming would have prevented.
    """
    entries = _unknown(db, entries)
    if not entries:
        return 0
    base, now = _base(db, entries), time.time()
    if rules is None or not (rules.fold_case or rules.fold_form):
        rows = [new_values(one, base, one.path, now) for one in entries]
    else:
        rows = [new_values(one, base, folded(one.path, rules), now) for one in entries]
    refuse_taken(db, base, [(row[0], row[2]) for row in rows])
    totals = Totals(db)
    totals.added(entries, [row[3] for row in rows])
    totals.save()
    write_rows(db, INSERT_ENTRIES, INSERT_ENTRY, rows)
    db.executemany(
        UPDATE_FAILURE_OF_KEY,
        (failure_values(one.failure, one.info.key) for one in entries if one.failure is not None),
    )
    return len(entries)


def _unknown(db: sqlite3.Connection, entries: Sequence[NewEntry]) -> Sequence[NewEntry]:
    """Return the entries whose keys have no row, the first of each key."""
    keys = [one.info.key for one in entries]
    known = known_paths(db, keys, "")
    if not known and len(set(keys)) == len(keys):
        return entries
    first = {one.info.key: one for one in reversed(entries)}
    return [first[key] for key in dict.fromkeys(keys) if key not in known]


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
