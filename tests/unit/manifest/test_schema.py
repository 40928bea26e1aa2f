"""The schema: what is documented is there, older formats are led on, questions use an index."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome, schema
from ossh.model import Cause, Failure, OwnFile, Proof, Status
from tests.unit.manifest.examples import Fill, Info


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


def test_any_client_can_read_totals_as_documented(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b")
    with closing(sqlite3.connect(f"{manifest.path.as_uri()}?mode=ro", uri=True)) as client:
        rows = client.execute(
            "SELECT status, sum(objects), sum(bytes) FROM counts GROUP BY status"
        ).fetchall()

    assert rows == [(Status.PENDING.value, 2, 20)]


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
        totals = client.execute(
            "SELECT status, count(*), sum(size) FROM objects GROUP BY status ORDER BY status"
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
    assert totals == [("done", 1, 10), ("failed", 1, 10), ("pending", 1, 10)]


def test_a_path_that_is_the_keys_end_takes_no_room(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info(f"logs/{n}"), f"{n}") for n in range(120)])

    rows = manifest._db.execute("SELECT DISTINCT path, name FROM entries").fetchall()

    assert rows == [(None, None)]
    assert [entry.path for entry in manifest.entries()] == [f"{n}" for n in range(120)]


def test_every_older_format_has_a_step() -> None:
    assert set(schema.MIGRATIONS) == set(range(1, schema.VERSION))


def test_the_tables_of_a_format_never_change() -> None:
    """A file with other tables counts as damaged: give them a new format, and a step to it."""
    digest = hashlib.blake2b(schema.TABLES.encode(), digest_size=8).hexdigest()

    assert (schema.VERSION, digest) == (3, "b804f7b90dba6e28")


@pytest.mark.fault("F42")
def test_an_older_format_is_led_on_step_by_step(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 7")
    steps = {
        7: "ALTER TABLE meta ADD COLUMN note TEXT; UPDATE meta SET note = 'seven'",
        8: "UPDATE meta SET note = note || ' eight'",
    }

    schema.upgrade(connection, steps)

    assert schema.version_of(connection) == 9
    assert connection.execute("SELECT note FROM meta").fetchone() == ("seven eight",)


@pytest.mark.fault("F42")
def test_a_manifest_of_the_first_format_goes_on(tmp_path: Path) -> None:
    """It is of a job that names a version, which its row did not say yet."""
    path = first_format(tmp_path)

    with Manifest.open(path) as manifest:
        entry = manifest.entry("logs/k")

    assert entry is not None
    assert (entry.version_id, entry.status) == ("v1", Status.DONE)
    assert entry.own == OwnFile(10, round(entry.last_modified.timestamp()) * 10**9, 5)
    ManifestReader(path).check()


def test_a_manifest_of_the_first_format_is_read_too(tmp_path: Path) -> None:
    path = first_format(tmp_path)

    entry = ManifestReader(path).entry("logs/k")

    assert entry is not None
    assert (entry.version_id, entry.status) == ("v1", Status.DONE)
    assert [one.name for one in tmp_path.iterdir()] == ["job.sqlite"]


def first_format(folder: Path) -> Path:
    path = folder / "job.sqlite"
    with closing(sqlite3.connect(path)) as first:
        first.executescript(Path(__file__).with_name("format-1.sql").read_text(encoding="utf-8"))
        first.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        first.execute("PRAGMA user_version = 1")
    return path


def test_a_step_that_fails_changes_nothing(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 7")

    with pytest.raises(sqlite3.OperationalError):
        schema.upgrade(connection, {7: "DELETE FROM meta; DELETE FROM nonsense"})
    connection.rollback()

    assert schema.version_of(connection) == 7
    assert schema.is_complete(connection)


def test_the_present_format_is_left_alone(connection: sqlite3.Connection) -> None:
    schema.upgrade(connection)

    assert schema.version_of(connection) == schema.VERSION
