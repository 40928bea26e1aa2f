"""A bucket that is listed again, beside the rows of the previous listing.

The keys that came so far are in a temporary table, which SQLite keeps in a file of its own: so
memory stays flat, the order of the listing does not matter, and what ends half-way is forgotten.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from ossh.manifest import queries
from ossh.manifest.records import Delta
from ossh.model import ObjectInfo, Status

_SYMLINK = "Symlink"
_KNOWN = "SELECT status, size, etag, last_modified FROM entries WHERE key = ?"
_UNLISTED = (
    "SELECT row, key FROM entries"
    " WHERE row > ? AND key NOT IN (SELECT key FROM listed) ORDER BY row LIMIT ?"
)


def begin(db: sqlite3.Connection) -> None:
    """Forget what was listed before."""
    db.execute("DROP TABLE IF EXISTS temp.listed")
    db.execute("CREATE TEMP TABLE listed (key TEXT PRIMARY KEY) WITHOUT ROWID")


def compared(db: sqlite3.Connection, objects: Iterable[ObjectInfo]) -> Delta:
    """Return how listed objects differ from their rows, and remember that they were listed."""
    listed = {info.key: info for info in objects}
    db.executemany("INSERT OR IGNORE INTO listed VALUES (?)", ((key,) for key in listed))
    new, changed = [], []
    for info in listed.values():
        known = db.execute(_KNOWN, (info.key,)).fetchone()
        if known is None:
            new.append(info)
        elif _differs(info, *known):
            entry = queries.entry(db, info.key)
            if entry is not None:
                changed.append((entry, info))
    return Delta(tuple(new), tuple(changed))


def unlisted(db: sqlite3.Connection, after_row: int, limit: int) -> Sequence[tuple[int, str]]:
    """Return row and key of the next entries whose key was not listed, in order of rows."""
    return db.execute(_UNLISTED, (after_row, limit)).fetchall()


def _differs(info: ObjectInfo, status: str, size: int, etag: str, modified: float) -> bool:
    """Tell whether an object is another one than its row says, or was gone and is back.

    The row of a symlink has size and ETag of what it points to, which no listing shows.
    """
    if status == Status.GONE:
        return True
    if info.type == _SYMLINK:
        return info.last_modified.timestamp() != modified
    return (size, etag) != (info.size, info.etag)
