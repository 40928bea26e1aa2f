"""Rows of objects that are gone, or not selected any more, whose files are still at the target.

They are kept aside: an object that comes to such a place again finds there what ossh left, and a
mirror may still take the file away. Every function is called in a transaction.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping

from ossh.manifest import counts
from ossh.manifest.schema import one_of
from ossh.model import AT_TARGET, Status

_BASE = "coalesce((SELECT value FROM meta WHERE name = 'base'), '')"
_PATH = f"coalesce(path, substr(key, 1 + length({_BASE})))"
_AMONG = "row IN (SELECT value FROM json_each(?))"
_NEEDS_NO_OTHER = one_of({*AT_TARGET, Status.GONE})
# The job finished its file, and its object is gone, or has arrived in another place.
IS_GONE = (
    "finished IS NOT NULL AND coalesce("
    f"(SELECT {_NEEDS_NO_OTHER} FROM entries WHERE entries.key = former.key), status = 'gone')"
)
# The entry that has its place, as the disk compares names; else that of its object.
HOLDER = (
    "(SELECT row FROM entries WHERE name = former.name UNION ALL"
    f" SELECT row FROM entries WHERE key = {_BASE} || former.name AND name IS NULL UNION ALL"
    " SELECT row FROM entries WHERE key = former.key LIMIT 1)"
)
META = "former"  # the name in meta of the last row that was looked at
LOOKED_AT = f"coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = '{META}'), 0)"
_IS_LISTED = "EXISTS (SELECT 1 FROM listed WHERE listed.key = former.key)"


def put_aside(db: sqlite3.Connection, rows: Collection[int]) -> None:
    """Move rows of `entries` here; what was known of their places before is forgotten."""
    among = json.dumps(list(rows))
    with counts.followed(db, rows):
        keys = f"SELECT key FROM entries WHERE {_AMONG}"
        db.execute(f"DELETE FROM parts WHERE key IN ({keys})", (among,))
        db.execute(f"INSERT OR REPLACE INTO former SELECT * FROM entries WHERE {_AMONG}", (among,))
        db.execute(f"DELETE FROM entries WHERE {_AMONG}", (among,))
    db.execute(
        f"UPDATE OR REPLACE former SET name = substr(key, 1 + length({_BASE}))"
        f" WHERE name IS NULL AND {_AMONG}",
        (among,),
    )


def take_back(db: sqlite3.Connection, after_row: int, limit: int) -> list[int]:
    """Move the next rows of gone objects to `entries`, unless these have their places.

    Of one object that had several places, this is the first one that is free.

    Returns:
        The rows, in order; none when there are no more.
    """
    is_free = f"{IS_GONE} AND {HOLDER} IS NULL"
    select = f"SELECT row, key FROM former WHERE row > ? AND {is_free} ORDER BY row LIMIT ?"
    found = db.execute(select, (after_row, limit)).fetchall()
    rows = sorted({key: row for row, key in reversed(found)}.values())
    among = json.dumps(rows)
    with counts.followed(db, rows):
        db.execute(f"INSERT INTO entries SELECT * FROM former WHERE {_AMONG}", (among,))
        db.execute(f"DELETE FROM former WHERE {_AMONG}", (among,))
    db.execute(
        f"UPDATE entries SET name = NULL WHERE path IS NULL AND key = {_BASE} || name AND {_AMONG}",
        (among,),
    )
    return rows


def remove(db: sqlite3.Connection, rows: Collection[int]) -> None:
    """Forget rows, whose files are not there any more, or nobody's."""
    db.execute(f"DELETE FROM former WHERE {_AMONG}", (json.dumps(list(rows)),))


def note_listed(db: sqlite3.Connection) -> None:
    """Note which of all objects the new listing has, wanted or not, and which it does not have."""
    db.execute(
        "UPDATE former SET status = CASE status WHEN 'gone' THEN 'done' ELSE 'gone' END"
        f" WHERE (status = 'gone') = {_IS_LISTED}"
    )


def forget(db: sqlite3.Connection, places: Mapping[str, str]) -> dict[tuple[object, ...], float]:
    """Forget what is known of objects that become entries again, by their keys, in these paths.

    What ossh left of one in another place is still known there.

    Returns:
        When their files were finished, in epoch seconds, by key, size and time of each file.
    """
    if not db.execute("SELECT 1 FROM former LIMIT 1").fetchone():
        return {}
    among, keys = "key IN (SELECT value FROM json_each(?))", json.dumps([*places])
    found = db.execute(
        f"SELECT row, key, {_PATH}, coalesce(local_size, 0), coalesce(local_modified, 0), finished"
        f" FROM former WHERE {among}",
        (keys,),
    )
    here = [one for one in found if places[one[1]] == one[2]]
    remove(db, [row for row, *_ in here])
    return {(key, *file): seconds for _, key, _, *file, seconds in here if seconds is not None}
