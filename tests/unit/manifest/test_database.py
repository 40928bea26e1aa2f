"""Opening and transactions: sqlite3's exceptions become ours, and nothing is left half done."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.manifest import Manifest, ManifestReader, NewEntry
from ossh.manifest.database import connect_writer, durable, transaction, translated, tune
from tests.unit.manifest.examples import Child, Fill, Info


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


def test_a_file_that_may_only_be_read_is_said_so(manifest: Manifest) -> None:
    manifest._db.execute("PRAGMA query_only = ON")

    with pytest.raises(LocalError, match="readonly"):
        manifest.set_meta("a", "b")


def test_a_writer_shares_the_file_and_its_log_stays_small(manifest: Manifest) -> None:
    def setting(name: str) -> object:
        return manifest._db.execute(f"PRAGMA {name}").fetchone()[0]

    tune(manifest._db)

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 1  # NORMAL
    assert setting("journal_size_limit") == 4000 * 4096


@pytest.mark.fault("F32")
def test_a_durable_transaction_waits_for_the_disk_and_the_next_one_does_not(
    manifest: Manifest,
) -> None:
    settings = []
    for kind in (durable, transaction):
        with kind(manifest._db, manifest.path) as db:
            settings.append(db.execute("PRAGMA synchronous").fetchone()[0])

    assert settings == [2, 1]  # FULL, NORMAL


def test_a_writer_does_not_create_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connect_writer(tmp_path / "a.sqlite").execute("SELECT 1 FROM sqlite_master")

    assert list(tmp_path.iterdir()) == []


def test_a_python_with_an_old_sqlite_is_told_what_is_needed(manifest: Manifest) -> None:
    with pytest.raises(LocalError, match=r"has SQLite 3\.26\.0; manifests need 3\.33"):
        connect_writer(manifest.path, (3, 26, 0))


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


LIMITED = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ossh.errors import LocalError
from ossh.manifest import Manifest, ManifestReader, NewEntry
from ossh.model import ObjectInfo

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Manifest.create(Path(sys.argv[1])) as manifest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    now = datetime.now(UTC)
    try:
        for page in range(1000):
            keys = [f"{page:05}/{n:03}" for n in range(100)]
            manifest.add([NewEntry(ObjectInfo(key, 1, "E", now), key) for key in keys])
            print(page)
    except LocalError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_takes_no_more_is_said_so_and_what_was_recorded_stays(
    tmp_path: Path, child: Child
) -> None:
    path = tmp_path / "a.sqlite"

    *pages, message = child(LIMITED, path).communicate()[0].splitlines()

    assert message == f"cannot use '{path}': disk I/O error"
    assert len(pages) > 10
    with Manifest.open(path) as manifest:
        assert manifest.counts().total == len(list(manifest.entries())) == len(pages) * 100
        assert manifest._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.fault("F42")
def test_a_manifest_that_could_not_be_read_is_not_called_damaged(manifest: Manifest) -> None:
    manifest._db.set_progress_handler(lambda: 1, 1)  # SQLite gives up at once

    with pytest.raises(LocalError, match="interrupted") as caught, translated(manifest.path):
        manifest._db.execute("SELECT count(*) FROM meta")

    assert "refresh" not in (caught.value.hint or "")
