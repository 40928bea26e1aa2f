"""Opening and transactions: sqlite3's exceptions become ours, and nothing is left half done."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ossh.errors import LocalError, ManifestError, OsshError
from ossh.manifest import Manifest, ManifestReader, NewEntry
from ossh.manifest.database import (
    OLDEST_SQLITE,
    REBUILD,
    connect_reader,
    connect_writer,
    durable,
    transaction,
    translated,
    tune,
)
from tests.unit.manifest.examples import Fill, Info


def test_a_transaction_that_breaks_is_taken_back_and_the_next_one_works(
    manifest: Manifest, info: Info
) -> None:
    def break_off() -> None:
        with transaction(manifest._db, manifest.path) as db:
            db.execute("DELETE FROM meta")
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert manifest.job_id == "cafe"
    manifest.add([NewEntry(info("a"), "a")])
    assert manifest.counts().total == 1


def test_a_client_that_keeps_the_file_locked_is_named_as_the_reason(
    manifest: Manifest, info: Info
) -> None:
    manifest._db.execute("PRAGMA busy_timeout = 1")
    with closing(connect_writer(manifest.path)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(LocalError, match="another program has it locked") as caught:
            manifest.add([NewEntry(info("a"), "a")])

    assert caught.value.hint == "close other SQLite clients that have it open"
    manifest.add([NewEntry(info("a"), "a")])
    assert manifest.counts().total == 1


def test_a_writer_shares_the_file_and_its_log_stays_small(manifest: Manifest) -> None:
    def setting(name: str) -> object:
        return manifest._db.execute(f"PRAGMA {name}").fetchone()[0]

    tune(manifest._db)

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 1  # NORMAL
    assert setting("journal_size_limit") == 4000 * 4096
    assert setting("wal_autocheckpoint") == 4000
    assert setting("cache_size") == -32 * 1024  # KiB
    assert setting("busy_timeout") == 30_000  # ms: a person with an SQLite client may take so long


def test_what_a_writer_does_outside_of_a_transaction_counts_at_once(manifest: Manifest) -> None:
    with closing(connect_writer(manifest.path)) as other:
        other.execute("UPDATE meta SET value = 'beef' WHERE name = 'job_id'")

        assert manifest.job_id == "beef"


def test_no_text_of_a_file_from_elsewhere_fills_the_memory(manifest: Manifest) -> None:
    with (
        closing(connect_reader(manifest.path)) as reader,
        closing(connect_writer(manifest.path)) as writer,
    ):
        limits = [one.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) for one in (reader, writer)]

    assert limits == [64 << 20] * 2


def test_a_name_that_means_something_in_an_address_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / ("a%41#\u00e9.sqlite" if sys.platform == "win32" else "a?b%41#\u00e9.sqlite")

    with Manifest.create(path) as manifest:
        assert ManifestReader(path).job_id == manifest.job_id
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_waits_a_moment_for_a_file_that_is_not_there_and_creates_none(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = manifest.path
    manifest.close()
    away = path.rename(path.with_name("away"))
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)

    with pytest.raises(sqlite3.OperationalError):
        connect_reader(path)
    assert pauses == [0.02] * 5
    assert list(path.parent.iterdir()) == [away]

    def come_back(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 10:
            away.rename(path)

    monkeypatch.setattr("time.sleep", come_back)
    connect_reader(path).close()


@pytest.mark.fault("F32")
def test_a_durable_transaction_waits_for_the_disk_and_the_next_one_does_not(
    manifest: Manifest,
) -> None:
    settings = []
    for kind in (durable, transaction):
        with kind(manifest._db, manifest.path) as db:
            settings.append(db.execute("PRAGMA synchronous").fetchone()[0])

    assert settings == [2, 1]  # FULL, NORMAL


def test_a_python_with_an_old_sqlite_is_told_what_is_needed(manifest: Manifest) -> None:
    with pytest.raises(LocalError, match=r"has SQLite 3\.26\.0; manifests need 3\.33"):
        connect_writer(manifest.path, (3, 26, 0))
    connect_writer(manifest.path, OLDEST_SQLITE).close()


@pytest.fixture
def copied(manifest: Manifest, fill: Fill) -> Path:
    """A manifest and its log, copied without the index of the log."""
    fill("a")
    copy = manifest.path.with_name("copy.sqlite")
    for end in ("", "-wal"):
        original = manifest.path.with_name(f"{manifest.path.name}{end}")
        copy.with_name(f"{copy.name}{end}").write_bytes(original.read_bytes())
    return copy


def test_a_log_is_read_although_its_index_was_removed(copied: Path) -> None:
    assert ManifestReader(copied).counts().total == 1


def test_a_log_that_cannot_be_read_is_never_left_out(copied: Path) -> None:
    copied.with_name("copy.sqlite-shm").write_bytes(b"")
    log = copied.with_name("copy.sqlite-wal")
    log.rename(copied.with_name("elsewhere"))
    log.mkdir()

    with pytest.raises(LocalError, match=r"cannot read '.*copy\.sqlite-wal': is a directory"):
        ManifestReader(copied).counts()


@pytest.mark.fault("F42")
def test_a_manifest_that_could_not_be_read_is_not_called_damaged(manifest: Manifest) -> None:
    manifest._db.set_progress_handler(lambda: 1, 1)  # SQLite gives up at once

    with pytest.raises(LocalError) as caught, durable(manifest._db, manifest.path):
        pass

    assert str(caught.value) == f"cannot use '{manifest.path}': interrupted"
    assert "refresh" not in (caught.value.hint or "")


USED_UP = """
import os, resource, sys
from pathlib import Path
from ossh.errors import OsshError
from ossh.manifest import Manifest

with Manifest.open(Path(sys.argv[1])):
    pass
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
files = []
try:
    while True:
        files.append(os.dup(0))
except OSError:
    pass
for left in range(5):
    try:
        with Manifest.open(Path(sys.argv[1])):
            pass
    except OsshError as error:
        print(str(error).rpartition(": ")[2])
        print(error.hint)
    os.close(files.pop())
"""


@pytest.mark.fault("F34")
@pytest.mark.skipif(sys.platform == "win32", reason="sets a limit of POSIX")
def test_too_many_open_files_are_told_as_that(manifest: Manifest) -> None:
    manifest.close()
    line = [sys.executable, "-c", USED_UP, str(manifest.path)]

    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()

    assert len(told) > 2
    hint = "raise the limit (ulimit -n), then run it again"
    assert set(told) == {"too many open files", hint}


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("SQLITE_CORRUPT_INDEX", ManifestError, "'{}' is damaged: as SQLite says"),
        ("SQLITE_NOTADB", ManifestError, "'{}' is damaged: as SQLite says"),
        ("SQLITE_FORMAT", ManifestError, "'{}' is damaged: as SQLite says"),
        ("SQLITE_ERROR", ManifestError, "'{}' is damaged: as SQLite says"),
        ("SQLITE_TOOBIG", ManifestError, "'{}' is damaged: as SQLite says"),
        ("SQLITE_FULL", LocalError, "cannot write '{}': the disk is full"),
        ("SQLITE_BUSY", LocalError, "cannot write '{}': another program has it locked"),
        ("SQLITE_LOCKED", LocalError, "cannot write '{}': another program has it locked"),
        ("SQLITE_IOERR_READ", LocalError, "cannot use '{}': as SQLite says"),
    ],
)
def test_what_sqlite_says_is_told_as_what_it_means(
    tmp_path: Path, name: str, kind: type[OsshError], text: str
) -> None:
    error = sqlite3.OperationalError("as SQLite says")
    error.sqlite_errorname = name

    with pytest.raises(kind) as caught, translated(tmp_path):
        raise error

    assert str(caught.value) == text.format(tmp_path)
    assert (caught.value.hint == REBUILD) == (kind is ManifestError)


@pytest.mark.fault("F42")
def test_a_text_that_python_itself_cannot_read_is_damage(manifest: Manifest, fill: Fill) -> None:
    fill("a")
    manifest._db.execute("UPDATE entries SET etag = CAST(x'ff' AS TEXT)")

    with pytest.raises(ManifestError, match="is damaged: "):
        manifest.entry("a")


@pytest.mark.fault("F42")
def test_a_table_whose_name_is_no_text_is_damage(manifest: Manifest) -> None:
    manifest.close()
    with closing(sqlite3.connect(manifest.path)) as db, db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), sql = 'CREATE TABLE x'")

    with pytest.raises(ManifestError, match="is damaged: "):
        ManifestReader(manifest.path).counts()
