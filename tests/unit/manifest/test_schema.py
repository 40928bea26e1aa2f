"""The schema: what is documented is there, older formats are led on, questions use an index."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ossh.manifest import Manifest, schema
from ossh.model import Status

Fill = Callable[..., Manifest]


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


@pytest.mark.parametrize("table", ["objects", "parts", "listing", "runs", "counts", "meta"])
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


def test_an_older_format_is_led_on_step_by_step(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 7")
    steps = {
        7: "ALTER TABLE meta ADD COLUMN note TEXT; UPDATE meta SET note = 'seven'",
        8: "UPDATE meta SET note = note || ' eight'",
    }

    schema.upgrade(connection, steps)

    assert schema.version_of(connection) == 9
    assert connection.execute("SELECT note FROM meta").fetchone() == ("seven eight",)


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
