"""The history of a job: its runs, how each ended, and how far each was when."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ossh.manifest.records import Sample
from ossh.manifest.schema import MISSING, one_of
from ossh.manifest.updates import revive
from ossh.model import Cause, Status


def begin(
    db: sqlite3.Connection,
    now: datetime,
    boot_id: str,
    keep: Collection[Cause],
    again: Collection[Status],
) -> int:
    """Begin a run, give entries of some statuses a fresh budget, and return the run's row."""
    causes = ", ".join(f"'{cause.value}'" for cause in keep)
    db.execute("UPDATE entries SET attempts = 0 WHERE status = 'pending' AND (attempts > 0) = 1")
    revive(db, f"{MISSING} AND {one_of(again)} AND coalesce(cause, '') NOT IN ({causes})")
    run = db.execute(
        "INSERT INTO runs (started, boot_id) VALUES (?, ?)", (now.timestamp(), boot_id)
    ).lastrowid
    return run or 0


def cut_off(db: sqlite3.Connection, bytes_received: int) -> None:
    """Record what the last run received, if it was killed; to say so twice is harmless."""
    db.execute(
        "UPDATE runs SET bytes_received = max(coalesce(bytes_received, 0), ?)"
        " WHERE row = (SELECT max(row) FROM runs) AND ended IS NULL",
        (bytes_received,),
    )


def end(  # noqa: PLR0913 - what is recorded of a run
    db: sqlite3.Connection,
    run: int,
    outcome: str,
    now: datetime,
    objects: Mapping[Status, int],
    fetched: int,
    bytes_received: int,
    slowest: Collection[tuple[str, float]],
) -> None:
    """Record how a run ended, with the counts of the job at its end."""
    columns = ", ".join(f"{status.value} = ?" for status in objects)
    db.execute(
        f"UPDATE runs SET ended = ?, outcome = ?, fetched = ?, bytes_received = ?,"
        f" {columns} WHERE row = ?",
        (now.timestamp(), outcome, fetched, bytes_received, *objects.values(), run),
    )
    db.executemany(
        "INSERT OR REPLACE INTO slowest VALUES (?, ?, ?)",
        ((run, key, seconds) for key, seconds in slowest),
    )


def sample(db: sqlite3.Connection, run: int, now: Sample, drop: Sequence[float]) -> None:
    """Record how far a run is, and forget the samples of some seconds."""
    db.executemany(
        "DELETE FROM throughput WHERE run = ? AND second = ?", ((run, second) for second in drop)
    )
    db.execute(
        "INSERT OR REPLACE INTO throughput VALUES (?, ?, ?, ?, ?)",
        (run, now.second, now.bytes, now.objects, now.failed),
    )
