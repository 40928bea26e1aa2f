"""How a new listing differs from the rows.

The keys of a new listing are kept in a temporary table, which SQLite puts into a file of its own:
so memory stays flat, the order of the listing does not matter, and what ends half-way is forgotten.
"""

import sqlite3
from collections.abc import Iterable

from ossh.manifest.entry_queries import entry_with
from ossh.model import AT_TARGET, Entry, ObjectInfo, Status

# `modified` is of those that are to be asked for: only their date differs from that of their rows.
TABLE = (
    "CREATE TEMP TABLE listed (key TEXT PRIMARY KEY, wanted INTEGER, modified REAL) WITHOUT ROWID"
)
# What a row of `entries` is in the new listing.
MODIFIED = "(SELECT modified FROM listed WHERE listed.key = entries.key)"
IS_REDATED = f"{MODIFIED} IS NOT NULL"
IS_LISTED = "EXISTS (SELECT 1 FROM listed WHERE listed.key = entries.key)"
NOTE_UNWANTED = (
    "INSERT OR IGNORE INTO listed SELECT key, 0, NULL FROM"
    " (SELECT key FROM entries UNION ALL SELECT key FROM former) WHERE key = ?"
)
IS_UNLISTED = "NOT EXISTS (SELECT 1 FROM listed WHERE listed.key = entries.key AND wanted)"


def compared(
    db: sqlite3.Connection, objects: Iterable[ObjectInfo]
) -> tuple[list[ObjectInfo], list[tuple[Entry, ObjectInfo]]]:
    """Return new objects, and those that differ from their rows; remember what was listed.

    What was listed before is left out: a listing may repeat itself. So is what is at the target and
    has size and ETag of its row, but another date: that is `MODIFIED`.
    """
    new: list[ObjectInfo] = []
    changed: list[tuple[Entry, ObjectInfo]] = []
    for info in objects:
        if not db.execute("INSERT OR IGNORE INTO listed VALUES (?, 1, NULL)", (info.key,)).rowcount:
            continue
        known = db.execute(
            "SELECT status, size, etag, last_modified, coalesce(version_id, '') FROM entries"
            " WHERE key = ?",
            (info.key,),
        ).fetchone()
        if known is None:
            new.append(info)
            continue
        status, size, etag, modified, version_id = known
        is_same = _is_same(info, status, size, etag, version_id)
        if is_same and int(modified) == int(info.last_modified.timestamp()):
            continue  # HTTP knows whole seconds alone
        if is_same and status in AT_TARGET and not info.is_symlink:
            mark = "UPDATE listed SET modified = ? WHERE key = ?"
            db.execute(mark, (info.last_modified.timestamp(), info.key))
        elif (entry := entry_with(db, info.key)) is not None:
            changed.append((entry, info))
    return new, changed


def _is_same(info: ObjectInfo, status: str, size: int, etag: str, version_id: str) -> bool:
    """Return whether an object is as its row says, but for the date, and was not gone.

    The row of a symlink has size and ETag of what it points to, which no listing shows.
    """
    if status == Status.GONE or info.version_id != version_id:
        return False
    return info.is_symlink or (size, etag) == (info.size, info.etag)
