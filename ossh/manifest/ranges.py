"""The ranges of keys that a listing is in, and how far each came."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ossh.manifest.records import ListingRange


def start(db: sqlite3.Connection, ranges: Iterable[tuple[str, str]]) -> None:
    """Start the listing over, with ranges of keys (start, end]."""
    db.execute("DELETE FROM listing")
    _add(db, ranges)


def cut(db: sqlite3.Connection, old: ListingRange, keys: Sequence[str]) -> None:
    """End a range at the first of some keys, and add the ranges between them and its end."""
    db.execute('UPDATE listing SET "end" = ? WHERE row = ?', (keys[0], old.row))
    _add(db, pairwise((*keys, old.end)))


def move(db: sqlite3.Connection, row: int, cursor: str, *, finished: bool) -> None:
    """Note how far a range came; "" leaves its cursor where it is."""
    db.execute(
        "UPDATE listing SET cursor = coalesce(nullif(?, ''), cursor), finished = ? WHERE row = ?",
        (cursor, finished, row),
    )


def _add(db: sqlite3.Connection, ranges: Iterable[tuple[str, str]]) -> None:
    db.executemany(
        'INSERT INTO listing ("start", "end", cursor) VALUES (?, ?, ?)',
        ((start, end, start) for start, end in ranges),
    )
