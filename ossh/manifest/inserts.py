"""New entries become rows: in one sweep for a page, each key once, each name once."""

import sqlite3
import time
from collections.abc import Sequence

from ossh.manifest.database import write_rows
from ossh.manifest.names import known_paths, refuse_taken
from ossh.manifest.records import (
    INSERT_ENTRIES,
    INSERT_ENTRY,
    INSERT_USUAL_ENTRIES,
    INSERT_USUAL_ENTRY,
    UPDATE_FAILURE_OF_KEY,
    NewEntry,
    failure_values,
    new_values,
    usual_rows,
)
from ossh.manifest.totals import Totals
from ossh.model import ObjectInfo, Status
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
    base = _base(db, entries)
    paths = [one.path for one in entries]
    names = paths
    if rules is not None and (rules.fold_case or rules.fold_form):
        names = [folded(path, rules) for path in paths]
    keys_of_paths = [base + path for path in paths]
    if keys_of_paths == [one.info.key for one in entries] and _are_only_pending(entries):
        _insert_usual(db, [one.info for one in entries], base, paths, names)
    else:
        _insert_all(db, entries, base, names)
    return len(entries)


def _are_only_pending(entries: Sequence[NewEntry]) -> bool:
    return all(
        one.status is Status.PENDING
        and one.failure is None
        and one.proof is None
        and one.crc64 is None
        for one in entries
    )


def _insert_usual(
    db: sqlite3.Connection,
    infos: Sequence[ObjectInfo],
    base: str,
    paths: Sequence[str],
    names: Sequence[str],
) -> None:
    """Insert what is pending, by statements that say only what is needed."""
    differing = ["" if name == path else name for name, path in zip(names, paths, strict=True)]
    plain = [path for path, name in zip(paths, differing, strict=True) if not name]
    refuse_taken(db, base, plain, {name for name in differing if name})
    totals = Totals(db)
    totals.planned(len(infos), sum([info.size for info in infos]))
    totals.save()
    write_rows(db, INSERT_USUAL_ENTRIES, INSERT_USUAL_ENTRY, usual_rows(infos, differing))


def _insert_all(
    db: sqlite3.Connection, entries: Sequence[NewEntry], base: str, names: Sequence[str]
) -> None:
    """Insert entries of all kinds; `names` are their paths as the disk compares them."""
    now = time.time()
    rows = [new_values(one, base, name, now) for one, name in zip(entries, names, strict=True)]
    plain = [key[len(base) :] for key, _, name, *_ in rows if name is None]
    refuse_taken(db, base, plain, {name for _, _, name, *_ in rows if name is not None})
    totals = Totals(db)
    totals.added(entries, [row[3] for row in rows])
    totals.save()
    write_rows(db, INSERT_ENTRIES, INSERT_ENTRY, rows)
    db.executemany(
        UPDATE_FAILURE_OF_KEY,
        (failure_values(one.failure, one.info.key) for one in entries if one.failure is not None),
    )


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
