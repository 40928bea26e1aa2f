"""The tables of a manifest, and how an older format becomes the present one.

A manifest is an SQLite database (`application_id` 0x6F737368, "ossh"; `user_version` is the
format's number) that any SQLite client may read while a job runs. Texts are UTF-8, sizes bytes,
moments seconds since 1970-01-01 UTC (`datetime(finished, 'unixepoch')` shows one), CRC64s the
decimal text that the service sends as `x-oss-hash-crc64ecma`. What is not known is NULL.

objects, one row for every selected object:

| column | meaning |
|---|---|
| row | number of the row, in the order of arrival; names partial files, so never used twice |
| key | the object's full name; unique |
| path | local name below the target, segments joined by "/"; ends in "/" for a folder |
| folded | path as a disk compares it that ignores case or Unicode form; NULL when it is path |
| mapped | 1 when path is not simply the key's end |
| size, etag, type, storage_class, last_modified | as listed, or as served since |
| status | pending, done, failed, skipped (was here already), archived, gone (deleted since) |
| attempts | charged attempts of the present or last run |
| cause, error_code, error_message, request_id | the last failure; NULL after a success |
| proof | crc64, md5 or length: how the local file was proved |
| crc64 | of the local file's bytes |
| finished | when the file got its final name, or was found to have it |

parts, the finished pieces of unfinished large objects: key, offset, length, crc64.

listing, the key ranges that are listed: row; keys after `start` up to and including `end`
("" = no bound); `cursor`, the last key that arrived; `finished` 0 or 1.

runs, one row for every run: row, started, ended, outcome (how it ended; NULL with `ended` while it
runs or when it was killed), objects by status at its end (pending, done, failed, skipped,
archived, gone), fetched (objects finished by it), bytes_received, boot_id.

counts, objects and bytes by status, cause, proof and mapped ("" where objects has NULL). Triggers
keep it true to the row, so that a total of ten million objects costs nothing:
`SELECT status, sum(objects), sum(bytes) FROM counts GROUP BY status`.

meta, texts by name: job_id, created, and what else the job wants to remember.
"""

import sqlite3
from collections.abc import Mapping

from ossh.model import Status

APPLICATION_ID = 0x6F737368  # "ossh"
VERSION = 1

NAME = "coalesce(folded, path)"  # the expression of an index: write it exactly so to use that
MISSING = "status IN ('failed', 'archived', 'gone')"  # likewise
STATUSES = ", ".join(f"'{status}'" for status in Status)

TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE objects (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    folded TEXT,
    mapped INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    type TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    last_modified REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ({STATUSES})),
    attempts INTEGER NOT NULL DEFAULT 0,
    cause TEXT,
    error_code TEXT,
    error_message TEXT,
    request_id TEXT,
    proof TEXT,
    crc64 TEXT,
    finished REAL
);
CREATE UNIQUE INDEX objects_by_key ON objects (key);
CREATE UNIQUE INDEX objects_by_name ON objects ({NAME});
CREATE INDEX objects_pending ON objects (attempts > 0) WHERE status = 'pending';
CREATE INDEX objects_missing ON objects (row) WHERE {MISSING};

CREATE TABLE parts (
    key TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    crc64 TEXT NOT NULL,
    PRIMARY KEY (key, "offset")
) WITHOUT ROWID;

CREATE TABLE listing (
    row INTEGER PRIMARY KEY,
    "start" TEXT NOT NULL,
    "end" TEXT NOT NULL,
    cursor TEXT NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE runs (
    row INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    ended REAL,
    outcome TEXT,
    pending INTEGER,
    done INTEGER,
    failed INTEGER,
    skipped INTEGER,
    archived INTEGER,
    gone INTEGER,
    fetched INTEGER,
    bytes_received INTEGER,
    boot_id TEXT NOT NULL
);

CREATE TABLE counts (
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    proof TEXT NOT NULL,
    mapped INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (status, cause, proof, mapped)
) WITHOUT ROWID;
"""

_COUNT_IN = """
    INSERT INTO counts VALUES
        (new.status, coalesce(new.cause, ''), coalesce(new.proof, ''), new.mapped, 1, new.size)
    ON CONFLICT (status, cause, proof, mapped)
    DO UPDATE SET objects = objects + 1, bytes = bytes + excluded.bytes;
"""
_COUNT_OUT = """
    UPDATE counts SET objects = objects - 1, bytes = bytes - old.size
    WHERE status = old.status AND cause = coalesce(old.cause, '')
        AND proof = coalesce(old.proof, '') AND mapped = old.mapped;
"""
TRIGGERS = f"""
CREATE TRIGGER objects_added AFTER INSERT ON objects BEGIN {_COUNT_IN} END;
CREATE TRIGGER objects_dropped AFTER DELETE ON objects BEGIN {_COUNT_OUT} END;
CREATE TRIGGER objects_moved AFTER UPDATE OF status, cause, proof, mapped, size ON objects
WHEN old.status <> new.status OR old.cause IS NOT new.cause OR old.proof IS NOT new.proof
    OR old.mapped <> new.mapped OR old.size <> new.size
BEGIN {_COUNT_OUT} {_COUNT_IN} END;
"""

MIGRATIONS: Mapping[int, str] = {}  # version → the SQL that leads from it to the next one


def build(connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """Give an empty database the tables of a manifest, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(
        f"BEGIN IMMEDIATE; {TABLES} {TRIGGERS} PRAGMA user_version = {VERSION}; COMMIT;"
    )
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())


def upgrade(connection: sqlite3.Connection, steps: Mapping[int, str] = MIGRATIONS) -> None:
    """Lead a database of an older format to the present one, one transaction a step.

    A format from which no step leads stays as it is.
    """
    while (version := version_of(connection)) in steps:
        connection.executescript(
            f"BEGIN IMMEDIATE; {steps[version]}; PRAGMA user_version = {version + 1}; COMMIT;"
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Return the number of a database's format."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_complete(connection: sqlite3.Connection) -> bool:
    """Tell whether the tables of a manifest are there, and the id of its job."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not names >= {"meta", "objects", "parts", "listing", "runs", "counts"}:
        return False
    return bool(connection.execute("SELECT 1 FROM meta WHERE name = 'job_id'").fetchone())
