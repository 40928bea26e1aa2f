"""The schema: what is documented is there, and stays as it is."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, schema
from ossh.model import Cause, Failure, OwnFile, Proof, Status
from tests.unit.manifest.examples import Info


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as connection:
        schema.build(connection, {"job_id": "cafe"})
        yield connection


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_a_new_manifest_is_complete_and_of_the_present_format(
    connection: sqlite3.Connection,
) -> None:
    assert schema.is_complete(connection)
    assert schema.version_of(connection) == schema.VERSION
    assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"ossh"),)


@pytest.mark.parametrize(
    ("statement", "is_complete"),
    [
        ("CREATE TABLE of_somebody_else (x)", True),
        ("CREATE TRIGGER a AFTER INSERT ON meta BEGIN DELETE FROM entries; END", False),
        ("DROP INDEX entries_pending", False),
        ("DELETE FROM meta WHERE name = 'job_id'", False),
    ],
)
def test_a_manifest_may_have_more_tables_but_no_triggers_and_nothing_less(
    connection: sqlite3.Connection, statement: str, *, is_complete: bool
) -> None:
    connection.execute(statement)

    assert schema.is_complete(connection) == is_complete


@pytest.mark.parametrize(
    "table",
    ["objects", "entries", "parts", "listing", "runs", "throughput", "slowest", "counts", "meta"],
)
def test_every_column_is_documented(connection: sqlite3.Connection, table: str) -> None:
    undocumented = [
        name
        for name in columns(connection, table)
        if name not in str(schema.__doc__) and name not in {"name", "value"}
    ]

    assert undocumented == []


def test_any_client_can_read_objects_as_documented(manifest: Manifest, info: Info) -> None:
    manifest.add(
        [
            NewEntry(replace(info("logs/a"), version_id="null"), "a"),
            NewEntry(info("logs/../b", type="Symlink", storage_class="IA"), ".%2E/b"),
            NewEntry(info("elsewhere"), "elsewhere"),
        ]
    )
    failure = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")
    own = OwnFile(10, 1_800_000_000_000_000_001, 2**64 - 1)
    done = Outcome(1, Status.DONE, 1, None, own, Proof.CRC64, 1_800_000_000.5)
    manifest.record([done, Outcome(2, Status.FAILED, 3, failure)])

    with closing(sqlite3.connect(f"{manifest.path.as_uri()}?mode=ro", uri=True)) as client:
        rows = client.execute(
            "SELECT row, key, path, mapped, size, etag, type, storage_class, status, attempts,"
            " cause, error_code, error_message, request_id, proof, crc64, finished, version_id,"
            " local_size, local_modified"
            " FROM objects"
        ).fetchall()

    listed = ("E1", "Normal", "Standard")
    why = ("denied", "AccessDenied", "no right to read it", "5C3D")
    no = (None,) * 4
    crc64 = "18446744073709551615"
    proved = ("crc64", crc64, 1_800_000_000.5, "null", 10, 1_800_000_000_000_000_001)
    assert rows == [
        (1, "logs/a", "a", 0, 10, *listed, "done", 1, *no, *proved),
        (2, "logs/../b", ".%2E/b", 1, 10, "E1", "Symlink", "IA", "failed", 3, *why, *no, *no[:2]),
        (3, "elsewhere", "elsewhere", 0, 10, *listed, "pending", 0, *no, *no, *no[:2]),
    ]


def test_a_path_that_is_the_keys_end_takes_no_room(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info(f"logs/{n}"), f"{n}") for n in range(120)])

    rows = manifest._db.execute("SELECT DISTINCT path, name FROM entries").fetchall()

    assert rows == [(None, None)]
    assert [entry.path for entry in manifest.entries()] == [f"{n}" for n in range(120)]


def test_the_tables_of_a_format_never_change() -> None:
    """A file with other tables counts as damaged: give them a new format."""
    digest = hashlib.blake2b(schema.TABLES.encode(), digest_size=8).hexdigest()

    assert (schema.VERSION, digest) == (6, "6c892e55f3650ef5")
