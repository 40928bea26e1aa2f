"""How a new listing differs from the rows.

The keys of a new listing are kept in a temporary table, which SQLite puts into a file of its own:
so memory stays flat, the order of the listing does not matter, and what ends half-way is forgotten.
"""

import sqlite3
from collections.abc import Iterable

from ossh.manifest.entry_queries import PAGE, entries_with, entry_with
from ossh.model import Entry, ObjectInfo, Status


def compared(
    db: sqlite3.Connection, objects: Iterable[ObjectInfo]
) -> tuple[list[ObjectInfo], list[tuple[Entry, ObjectInfo]]]:
    """Return new objects, and those that differ from their rows; remember what was listed.

    What was listed before is left out: a listing may repeat itself.
    """
    new: list[ObjectInfo] = []
    changed: list[tuple[Entry, ObjectInfo]] = []
    for info in objects:
        if not db.execute("INSERT OR IGNORE INTO listed VALUES (?, 1)", (info.key,)).rowcount:
            continue
        known = db.execute(
            "SELECT status, size, etag, last_modified, coalesce(version_id, '') FROM entries"
            " WHERE key = ?",
            (info.key,),
        ).fetchone()
        if known is None:
            new.append(info)
        elif _differs(info, *known) and (entry := entry_with(db, info.key)) is not None:
            changed.append((entry, info))
    return new, changed


def _differs(  # noqa: PLR0913 - a row
    info: ObjectInfo, status: str, size: int, etag: str, modified: float, version_id: str
) -> bool:
    """Tell whether an object is another one than its row says, or was gone and is back.

    The row of a symlink has size and ETag of what it points to, which no listing shows.
    """
    if status == Status.GONE or info.version_id != version_id:
        return True
    if info.is_symlink:
        return info.last_modified.timestamp() != modified
    return (size, etag) != (info.size, info.etag)


def note_unwanted(db: sqlite3.Connection, keys: Iterable[str]) -> None:
    """Remember which rows have an object that is listed, but not wanted any more."""
    db.executemany(
        "INSERT OR IGNORE INTO listed SELECT key, 0 FROM entries WHERE key = ?",
        ((key,) for key in keys),
    )


def unlisted_after(db: sqlite3.Connection, row: int) -> list[tuple[Entry, bool]]:
    """Return the next entries whose key was not listed as wanted, in order of rows.

    With each comes whether its object is in the bucket all the same.
    """
    return [
        (entry, bool(is_there))
        for entry, is_there in entries_with(
            db,
            "EXISTS (SELECT 1 FROM listed WHERE listed.key = entries.key)",
            "WHERE row > ? AND NOT EXISTS"
            " (SELECT 1 FROM listed WHERE listed.key = entries.key AND wanted)"
            " ORDER BY row LIMIT ?",
            row,
            PAGE,
        )
    ]
