"""The tables of a manifest, and how an older format becomes the current one.

A manifest is an SQLite database (`application_id` 0x6F737368, "ossh"; `user_version` is the
format's number) that any SQLite client may read while a job runs. Texts are UTF-8, sizes bytes,
moments seconds since 1970-01-01 UTC (`datetime(finished, 'unixepoch')` shows one), CRC64s the
decimal text that the service sends as `x-oss-hash-crc64ecma`. What is not known is NULL.

objects, one row for every selected object; a view of `entries`:

| column | meaning |
|---|---|
| row | number of the row, in the order of arrival; names partial files, so never used twice |
| key | the object's full name; unique |
| path | local name below the target, segments joined by "/"; ends in "/" for a folder |
| mapped | 1 when path is not simply the key's end |
| size, etag, type, storage_class, last_modified | as listed, or as served since |
| status | pending, done, failed, skipped (was here already), archived, gone (deleted since) |
| attempts | charged attempts of the present or last run |
| cause, error_code, error_message, request_id | the last failure; NULL after a success |
| proof | crc64, md5 or length: how the local file was proved; or no longer is, when it went bad; |
|       | link: a symlink that was recorded as a local link |
| crc64 | of the local file's bytes; of a link, of the path that it leads to |
| finished | when the file got its final name, or was found to have it |

entries, the same as it is stored, without what goes without saying; read objects instead:

| column | meaning where it differs |
|---|---|
| path | NULL when it is the key without the text that meta calls base |
| name | path as the disk compares it, which may ignore case; NULL when it is key without base |
| type, storage_class | NULL for Normal, for Standard |
| crc64 | a signed number of 64 bits |

parts, the finished pieces of unfinished large objects: key, offset, length, crc64.

listing, the key ranges that are listed: row; keys after `start` up to and including `end`
("" = no bound); `cursor`, the last key that arrived; `finished` 0 or 1. Of a job that reads an
inventory there is one range, whose cursor is the rows read of a data file, a space, and its key.

runs, one row for every run: row, started, ended, outcome (how it ended; NULL with `ended` while it
runs or when it was killed), objects by status at its end (pending, done, failed, skipped,
archived, gone), fetched (objects finished by it), bytes_received (of a run that was killed, the
next one learns it), boot_id.

throughput, how far a run was at some seconds of it, a few hundred rows a run at most: run (a row of
runs), second (since it started), bytes (received so far), objects (finished by it so far), failed
(objects of the job that were not to be had at that moment). Long runs have fewer rows a minute.

slowest, the ten objects of a run that took longest: run (a row of runs), key, seconds (from when
the run took the object up until its file had its name; waiting for a connection is among them).

counts, objects and bytes by status, cause, proof and mapped ("" where objects has NULL). They
change with the rows, in one transaction, so that a total of ten million objects costs nothing:
`SELECT status, sum(objects), sum(bytes) FROM counts GROUP BY status`. Who edits entries by
hand, while no job runs, makes counts anew.

client_encrypted, only where there is one: row (a row of entries) of each object that was encrypted
before it was uploaded, so that its file holds ciphertext.

meta, a text as value for each name: job_id, created, base (what keys start with and paths do
not), and what else the job wants to remember.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache

from ossh.model import Status

APPLICATION_ID = 0x6F737368  # "ossh"
VERSION = 1

NORMAL = "Normal"
STANDARD = "Standard"


def one_of(statuses: Iterable[Status]) -> str:
    """Return the condition that `status` is one of some.

    Not with IN, for which SQLite builds a list every time it looks at a row to write: that made
    each of them three times as dear.
    """
    return "(" + (" OR ".join(f"status = '{status.value}'" for status in statuses) or "0") + ")"


# The condition of an index: write it exactly so to use that.
MISSING = one_of((Status.FAILED, Status.ARCHIVED, Status.GONE))

TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE entries (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    path TEXT,
    name TEXT,
    mapped INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    type TEXT,
    storage_class TEXT,
    last_modified REAL NOT NULL,
    status TEXT NOT NULL CHECK {one_of(Status)},
    attempts INTEGER NOT NULL DEFAULT 0,
    cause TEXT,
    error_code TEXT,
    error_message TEXT,
    request_id TEXT,
    proof TEXT,
    crc64 INTEGER,
    finished REAL
);
CREATE UNIQUE INDEX entries_by_key ON entries (key);
CREATE UNIQUE INDEX entries_by_name ON entries (name) WHERE name IS NOT NULL;
CREATE INDEX entries_pending ON entries (attempts > 0) WHERE status = 'pending';
CREATE INDEX entries_missing ON entries (row) WHERE {MISSING};

CREATE VIEW objects AS SELECT
    row,
    key,
    coalesce(path, substr(key, 1 + (SELECT length(value) FROM meta WHERE name = 'base'))) AS path,
    mapped,
    size,
    etag,
    coalesce(type, '{NORMAL}') AS type,
    coalesce(storage_class, '{STANDARD}') AS storage_class,
    last_modified,
    status,
    attempts,
    cause,
    error_code,
    error_message,
    request_id,
    proof,
    CASE WHEN crc64 IS NOT NULL THEN printf('%u', crc64) END AS crc64,
    finished
FROM entries;

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

CREATE TABLE throughput (
    run INTEGER NOT NULL,
    second REAL NOT NULL,
    bytes INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (run, second)
) WITHOUT ROWID;

CREATE TABLE slowest (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;

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

MIGRATIONS: Mapping[int, str] = {}  # version → the SQL that leads from it to the next one


def build(connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """Give an empty database the tables of a manifest, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
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
    """Tell whether a manifest has its tables just as they are written here, and its job's id.

    Others may be beside them, but no triggers, which would write where nobody looks.
    """
    found = _parts_of(connection)
    if not found >= _expected() or any(kind == "trigger" for kind, *_ in found):
        return False
    return bool(connection.execute("SELECT 1 FROM meta WHERE name = 'job_id'").fetchone())


@cache
def _expected() -> frozenset[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        return _parts_of(connection)


def _parts_of(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    """Return what a database is made of: kinds, names and definitions."""
    return frozenset(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))
