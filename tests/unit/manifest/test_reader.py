"""ManifestReader: other threads and processes ask, and the writer does not notice."""

import os
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ossh.errors import ManifestError
from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome
from ossh.manifest.database import connect_reader
from ossh.model import Status
from tests.unit.manifest.examples import PRELUDE, Child, Fill, Info


def test_a_reader_in_another_thread_and_a_writer_at_work_do_not_disturb_each_other(
    manifest: Manifest, info: Info
) -> None:
    ends, seen = threading.Event(), []
    manifest.add([NewEntry(info("first"), "first")])

    def read() -> None:
        reader = ManifestReader(manifest.path)
        while not ends.is_set():
            seen.append(reader.counts().total)

    thread = threading.Thread(target=read)
    thread.start()
    for page in range(100):
        manifest.add([NewEntry(info(f"{page}/{n}"), f"{page}/{n}") for n in range(10)])
    ends.set()
    thread.join()

    assert seen == sorted(seen)
    assert {total % 10 for total in seen} == {1}  # never half a page


IN_TRANSACTION = """
manifest = Manifest.open(path)
manifest._db.execute("BEGIN IMMEDIATE")
manifest._db.execute("DELETE FROM entries")
print("begun", flush=True)
sys.stdin.readline()
"""


def test_a_reader_does_not_wait_for_a_transaction_of_another_process(
    manifest: Manifest, fill: Fill, child: Child
) -> None:
    fill("a", "b")
    manifest.close()
    writer = child(PRELUDE + IN_TRANSACTION, manifest.path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "begun\n"

    assert ManifestReader(manifest.path).counts().total == 2
    assert writer.poll() is None


def test_a_writer_does_not_wait_for_a_reader_that_takes_its_time(
    manifest: Manifest, fill: Fill
) -> None:
    fill("a")
    slow = connect_reader(manifest.path)
    slow.execute("BEGIN")
    before = slow.execute("SELECT count(*) FROM objects").fetchone()
    manifest._db.execute("PRAGMA busy_timeout = 0")  # waiting would be an error now

    fill("b")

    assert before == slow.execute("SELECT count(*) FROM objects").fetchone() == (1,)
    assert manifest.counts().total == 2
    slow.close()


def test_a_reader_cannot_write(manifest: Manifest) -> None:
    with (
        closing(connect_reader(manifest.path)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute("DELETE FROM meta")


def look(folder: Path) -> object:
    """Return all that changes when something in a folder is written."""
    files = [(one.name, one.stat().st_mtime_ns, one.read_bytes()) for one in folder.iterdir()]
    return folder.stat().st_mtime_ns, sorted(files)


def ask_all(path: Path) -> int:
    reader = ManifestReader(path)
    reader.check()
    return reader.counts().total


WRITER = """
with Manifest.open(path) as manifest:
    for key in ("", "a", "b"):
        if key:
            manifest.add([NewEntry(ObjectInfo(key, 1, "E", now), key)])
        print("done", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.fault("F51")
def test_looking_at_a_manifest_changes_nothing_whether_it_is_written_or_not(
    manifest: Manifest, child: Child
) -> None:
    folder = manifest.path.parent
    manifest.close()
    writer = child(PRELUDE + WRITER, manifest.path)
    assert writer.stdin is not None
    assert writer.stdout is not None

    for known in range(3):  # just opened, then with a log
        assert writer.stdout.readline() == "done\n"
        before = look(folder)
        assert ask_all(manifest.path) == known
        assert look(folder) == before
        writer.stdin.write("\n")
        writer.stdin.flush()
    writer.wait()

    before = look(folder)
    assert ask_all(manifest.path) == 2
    assert look(folder) == before
    assert [one.name for one in folder.iterdir()] == ["logs.sqlite"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.fault("F51")
def test_looking_at_what_a_killed_writer_left_changes_nothing(
    manifest: Manifest, child: Child
) -> None:
    manifest.close()
    child(PRELUDE + KILLED, manifest.path).wait()
    before = look(manifest.path.parent)

    assert ask_all(manifest.path) == 1

    assert look(manifest.path.parent) == before


def test_a_reader_that_outlives_the_writer_leaves_all_that_was_written(
    manifest: Manifest, fill: Fill
) -> None:
    fill("a")
    slow = connect_reader(manifest.path)
    slow.execute("BEGIN")
    slow.execute("SELECT count(*) FROM objects").fetchone()
    fill("b")
    manifest.close()
    slow.close()

    assert ManifestReader(manifest.path).counts().total == 2
    with Manifest.open(manifest.path) as again:
        assert again.counts().total == 2


KILLED = """
manifest = Manifest.open(path)
manifest.add([NewEntry(ObjectInfo("late", 1, "E", now), "late")])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder that another user may look into, and nothing else."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


NOBODY = """
os.setuid(65534)
print(ManifestReader(path).counts().total)
"""


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can act as another user"
)
@pytest.mark.parametrize("is_used", [False, True])
def test_a_manifest_in_a_folder_that_is_not_ours_can_be_read(
    foreign_folder: Path, child: Child, *, is_used: bool
) -> None:
    path = foreign_folder / "a.sqlite"
    manifest = Manifest.create(path)
    if not is_used:
        manifest.close()

    answer, _ = child(PRELUDE + NOBODY, path).communicate()

    assert answer == "0\n"
    manifest.close()


@pytest.mark.fault("F42")
def test_a_check_finds_what_is_broken_within_the_file(manifest: Manifest, fill: Fill) -> None:
    fill(*(f"{n:0200}" for n in range(500)))
    page = manifest._db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'entries_by_name'"
    ).fetchone()[0]
    manifest.close()
    data = bytearray(manifest.path.read_bytes())
    data[page * 4096 - 4096 : page * 4096 - 4086] = b"\xa5" * 10  # which no question reads
    manifest.path.write_bytes(bytes(data))

    with pytest.raises(ManifestError, match=f"(?s)is damaged: .*page {page}"):
        ManifestReader(manifest.path).check()


def test_a_copy_has_all_that_was_recorded(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b").record([Outcome(1, Status.DONE, 1)])
    path = manifest.path.with_name("copy.sqlite")

    ManifestReader(manifest.path).copy_to(path)

    assert list(ManifestReader(path).entries()) == list(manifest.entries())
