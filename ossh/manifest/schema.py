"""The tables of a manifest.

A manifest is an SQLite database (`application_id` 0x6F737368, "ossh"; `user_version` is the
format's number). Text is UTF-8, sizes are bytes, times are seconds since 1970-01-01 UTC
(`datetime(finished, 'unixepoch')` shows one), CRC64s are the decimal text that the service sends
as `x-oss-hash-crc64ecma`. Unknown values are NULL.

objects, one row for every selected object; a view of `entries`:

- row: in order of arrival; it names partial files, so it is never reused
- key: the object's full name; unique
- path: local name below the target, segments joined by "/"; ends in "/" for a folder
- mapped: 1 if path differs from the end of the key
- size, etag, type, storage_class, last_modified: as listed, or as served since then
- status: pending, done, failed, skipped (was already here), archived, gone (not in the bucket)
- attempts: counted in the current or last run
- cause, error_code, error_message, request_id: the last failure; NULL after a success
- proof: how the local file was verified to be the object: crc64, md5 or length; link: it is a
  local link; NULL: it was not, or the object has changed since
- crc64: of the bytes that ossh left, or verified, in its place; for a link, of its destination
- finished: when the file got its final name, or was found to have it
- version_id: of the version that is wanted, "null" included; NULL: whichever is current
- local_size: of these bytes; NULL for a link
- local_modified: the time of that file in nanoseconds, as read back from the disk

As long as a file is as crc64, local_size and local_modified say, ossh may replace it. They are
NULL where ossh neither wrote a file nor proved one byte for byte; a proof without them says that
size and date were found to prove nothing.

entries, the same data as it is stored; read objects instead:

- path: NULL if it is the key without the text that meta calls base
- name: path as the disk compares it, which may ignore case; NULL if it is key without base
- type, storage_class: NULL for Normal, for Standard
- crc64: a signed 64-bit number

former, rows of entries whose objects are gone from the bucket, not selected any more, or back under
another local name, and whose files ossh left at the target; the file is still ossh's. A row whose
file has gone from its folder is removed some time later:

- key: not unique; a row for each place that the object had
- name: unique, never NULL
- status: gone if the last finished listing had no such object, else another

parts, the finished pieces of unfinished large objects: key, offset, length, crc64.

listing, the key ranges that are listed: row; keys after `start` up to and including `end`
("" = no bound); `cursor`, the last key that arrived; `finished`, 0 or 1. The cursor of an inventory
is the number of rows read from a data file, a space, and the key of that file.

runs, one row for every run: row, started, ended, outcome (NULL, as is `ended`, while it runs or if
it was killed), objects by status at its end (pending, done, failed, skipped, archived, gone),
fetched (objects it finished), bytes_received (also of what was not kept; NULL if it was killed: see
`throughput`), boot_id.

throughput, the progress of a run, at most two thousand rows: run (a row of runs), second (since it
started), bytes (received so far), objects (finished so far), failed (objects of the job that
counted as failed at that moment).

slowest, the ten objects of a run that took longest: run (a row of runs), key, seconds (from when
the run took up the object until its file had its final name).

counts, objects and bytes by status, cause, proof and mapped ("" where objects has NULL), so the
totals of ten million objects are read at once. If you edit entries by hand, rebuild counts.

client_encrypted: row (a row of entries) of each object that was encrypted before it was uploaded,
so its file contains ciphertext.

meta, a text value for each name: job_id, created, base (what keys start with and paths do not),
target (where the last run wrote), home (where the manifest was when it was last run, by which a
copy is told from it), compared (when a run last compared all files with their rows), and whatever
else the job has to remember.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache

from ossh.model import AT_TARGET, MISSING, NORMAL, STANDARD, Status

APPLICATION_ID = 0x6F737368  # "ossh"
VERSION = 6


def one_of(statuses: Iterable[Status]) -> str:
    """Return the condition that `status` is one of some.

    Not with IN, for which SQLite builds a list for every row it checks: that made each write three
    times as slow.
    """
    return "(" + (" OR ".join(f"status = '{status.value}'" for status in statuses) or "0") + ")"


IS_AT_TARGET = one_of(AT_TARGET)
# The condition of an index: a query uses the index only if it has exactly this condition.
IS_MISSING = one_of(MISSING)

_COLUMNS = f"""
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
    finished REAL,
    version_id TEXT,
    local_size INTEGER,
    local_modified INTEGER
"""
TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE entries (
    row INTEGER PRIMARY KEY AUTOINCREMENT,{_COLUMNS});
CREATE UNIQUE INDEX entries_by_key ON entries (key);
CREATE UNIQUE INDEX entries_by_name ON entries (name) WHERE name IS NOT NULL;
CREATE INDEX entries_pending ON entries (attempts > 0) WHERE status = 'pending';
CREATE INDEX entries_missing ON entries (row) WHERE {IS_MISSING};

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
    finished,
    version_id,
    local_size,
    local_modified
FROM entries;

CREATE TABLE former (
    row INTEGER PRIMARY KEY,{_COLUMNS});
CREATE INDEX former_by_key ON former (key);
CREATE UNIQUE INDEX former_by_name ON former (name);

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

CREATE TABLE client_encrypted (
    row INTEGER PRIMARY KEY
);
"""


def build(connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """Give an empty database the tables of a manifest, in one transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())


def version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_complete(connection: sqlite3.Connection) -> bool:
    """Return whether a manifest has its tables just as they are written here, and its job's id.

    Other tables are allowed, but no triggers, which would write unnoticed.
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
    parts = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return frozenset(parts)
