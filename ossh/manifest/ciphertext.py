"""Which files hold ciphertext, for their objects were encrypted before they were uploaded.

Most jobs have none, and then not even the table of their rows.
"""

import sqlite3
from collections.abc import Iterable

from ossh.manifest.records import Outcome
from ossh.manifest.schema import one_of
from ossh.model import Status

_TABLE = "CREATE TABLE IF NOT EXISTS client_encrypted (row INTEGER PRIMARY KEY)"
_HERE = one_of((Status.DONE, Status.SKIPPED))


def note(db: sqlite3.Connection, outcomes: Iterable[Outcome]) -> None:
    """Remember of objects that are done whether they are such, in a transaction."""
    done = [one for one in outcomes if one.status is Status.DONE]
    rows = [(one.row,) for one in done if one.is_client_encrypted]
    if rows:
        db.execute(_TABLE)
    elif not _exists(db):
        return
    db.executemany("DELETE FROM client_encrypted WHERE row = ?", ((one.row,) for one in done))
    db.executemany("INSERT INTO client_encrypted VALUES (?)", rows)


def count(db: sqlite3.Connection) -> int:
    """Return how many objects at the target are such."""
    if not _exists(db):
        return 0
    row = db.execute(
        f"SELECT count(*) FROM client_encrypted JOIN entries USING (row) WHERE {_HERE}"
    )
    return int(row.fetchone()[0])


def _exists(db: sqlite3.Connection) -> bool:
    found = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'client_encrypted'").fetchone()
    return found is not None
