"""A manifest that somebody tampered with: each command gives one clear error, or does its work.

Whatever a column says, nothing is made outside the target, and 'refresh' makes the manifest anew.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ossh.demo
from ossh.demo import DemoServer
from tests.shell.conftest import Driver, NewDriver

PATHS = (
    "../outside/a",
    "nonex/../../outside/a",
    "/outside-of-ossh/a",
    "a//b",
    "./a",
    "..",
    "",
    "/",
    ".ossh/x/1",
    ".oss-failed.csv",
    "a\0b",
)
WRONG = ("x'00ff'", "-1e300", "'../../outside/a'")
COLUMNS = {
    "entries": (
        *("key", "path", "name", "mapped", "size", "etag", "type", "storage_class"),
        *("last_modified", "attempts", "cause", "error_code", "error_message", "request_id"),
        *("proof", "crc64", "finished"),
    ),
    "parts": ("key", '"offset"', "length", "crc64"),
    "listing": ('"start"', '"end"', "cursor", "finished"),
    "runs": ("started", "ended", "outcome", "done", "fetched", "bytes_received", "boot_id"),
    "throughput": ("second", "bytes", "objects", "failed"),
    "slowest": ("key", "seconds"),
    "counts": ("status", "cause", "proof", "mapped", "objects", "bytes"),
    "meta": ("value",),
}
LOOKING = ("jobs", "jobs show j", "status", "failures", "failures --by cause", "report j p.html")
COMMANDS = ("get", *LOOKING, "verify", "refresh", "get", "report j p.html")
MADE = {"jobs", "out", "p.html"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[DemoServer]:
    with ossh.demo.start(empty=True) as server:
        for name in ("a", "b"):
            server.put(f"d/{name}.bin", size=100)
        yield server


@pytest.fixture
def say(bucket: DemoServer, new_driver: NewDriver) -> Driver:
    """A shell whose job 'j' has one object at the target, and one still to fetch."""
    say = new_driver(bucket)
    assert say("get --to out --name j").status == 0
    for statement in (
        "UPDATE entries SET status = 'pending', proof = NULL, finished = NULL WHERE row = 1",
        "DELETE FROM counts",
        "INSERT INTO counts VALUES ('pending', '', '', 0, 1, 100)",
        "INSERT INTO counts VALUES ('done', '', 'crc64', 0, 1, 100)",
        "INSERT INTO parts SELECT key, 0, 10, '1' FROM entries WHERE row = 1",
        "INSERT OR REPLACE INTO throughput VALUES (1, 1, 200, 2, 0)",
        "INSERT OR REPLACE INTO slowest SELECT 1, key, 1 FROM entries",
    ):
        change(say, statement)
    (say.session.jobs_directory.parent / "out" / "d" / "a.bin").unlink()
    return say


def change(say: Driver, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(say.session.jobs_directory / "j.sqlite")) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(statement, values)
        db.commit()


def check(say: Driver, folder: Path) -> None:
    """Run all commands, and look at what they say and leave."""
    status = -1
    for line in COMMANDS:
        said = say(line)
        status = said.status
        assert "EXCEPTION" not in said.err + said.out, (line, said.err)
        assert "Error:" not in said.err, (line, said.err)
        assert "Traceback" not in said.err, (line, said.err)
        assert said.err.count("error: ") <= 1, (line, said.err)
    assert status == 0
    assert {one.name for one in folder.iterdir()} <= MADE
    found = [one for one in (folder / "out").rglob("*") if one.is_file()]
    assert {one.stat().st_size for one in found} == {100}
    assert sum(".ossh" not in one.parts for one in found) == 2  # else in the trash


@pytest.mark.fault("F53")
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leaves_the_target_is_told_and_nothing_is_made_there(
    say: Driver, path: str
) -> None:
    change(say, "UPDATE entries SET path = ?, name = 'x' WHERE row = 1", path)

    said = say("get")

    assert said.status == 2
    assert "j.sqlite' is damaged: " in said.err
    assert "is not a path below the target" in said.err
    assert "hint: 'refresh' sets it aside" in said.err
    assert {one.name for one in say.folder.iterdir()} <= MADE
    check(say, say.folder)
    assert not Path("/outside-of-ossh").exists()


@pytest.mark.fault("F53")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE meta SET value = '..' WHERE name = 'job_id'", "'..' as 'job_id'"),
        ("UPDATE meta SET value = 'a' || char(0) WHERE name = 'job_id'", "as 'job_id'"),
        ("UPDATE meta SET value = 'never' WHERE name = 'planned_at'", "planned_at"),
        ("UPDATE meta SET value = '{\"windows\": 1}' WHERE name = 'names'", "names"),
        (
            "UPDATE meta SET value = 'elsewhere/' WHERE name = 'base'",
            "a key that lacks the common prefix",
        ),
        ("UPDATE parts SET crc64 = 'bad'", "'parts'"),
        (
            "CREATE TRIGGER t AFTER UPDATE ON entries BEGIN DELETE FROM entries; END",
            "its tables are missing or changed",
        ),
    ],
)
def test_what_no_ossh_wrote_is_one_clear_error(say: Driver, statement: str, said: str) -> None:
    change(say, statement)

    answer = say("get")

    assert answer.status == 2
    assert said in answer.err
    check(say, say.folder)


@pytest.mark.fault("F53")
@pytest.mark.parametrize(
    ("table", "column"), [(table, one) for table, columns in COLUMNS.items() for one in columns]
)
def test_no_value_of_a_column_ends_in_a_traceback_or_outside_the_target(
    say: Driver, table: str, column: str
) -> None:
    manifest, kept = (
        say.folder / "jobs" / "j.sqlite",
        say.folder.with_name(f"{say.folder.name}-kept"),
    )
    shutil.copytree(say.folder, kept)
    for value in WRONG:
        shutil.rmtree(say.folder / "out")
        shutil.copytree(kept, say.folder, dirs_exist_ok=True)
        for old in manifest.parent.glob("*.old*"):
            old.unlink()
        change(say, f"UPDATE OR IGNORE {table} SET {column} = {value}")  # noqa: S608 - of above
        check(say, say.folder)
