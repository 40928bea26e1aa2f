"""Files that are no manifest: one clear error each, with the way out, and no byte is lost."""

import os
import re
import sqlite3
import struct
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ossh.errors import LocalError, ManifestError
from ossh.manifest import Manifest, ManifestReader, NewEntry, companions, is_manifest, set_aside
from ossh.manifest.database import REBUILD
from tests.holding import Hold
from tests.unit.manifest.examples import PRELUDE, Child, Fill, Info

NEEDS_LINKS = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows keeps links for administrators"
)


@pytest.fixture
def path(manifest: Manifest, fill: Fill) -> Path:
    """A closed manifest of some pages."""
    fill(*(f"{n:0100}" for n in range(1000)))
    manifest.close()
    return manifest.path


def expect_refused(path: Path, said: str, hint: str = REBUILD) -> None:
    """Expect the same of a writer and a reader, neither of which may change the file."""
    before = path.read_bytes()
    with pytest.raises(ManifestError) as of_writer, Manifest.open(path) as manifest:
        list(manifest.entries())
    with pytest.raises(ManifestError) as of_reader:
        list(ManifestReader(path).entries())
    assert path.read_bytes() == before
    assert not path.with_suffix(".lock").exists()
    for error in (of_writer.value, of_reader.value):
        assert (str(error), error.hint) == (f"'{path}' {said}", hint)


OF_ANOTHER = "has a journal beside it that ossh did not write"


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_missing_manifest_is_said_so_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"there is no manifest '.*a\.sqlite'") as caught:
        Manifest.open(tmp_path / "a.sqlite")

    assert caught.value.hint == "'get' lists the source and writes it"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is truncated: only 0 bytes are left"),
        (b"hello, I am a text\n" * 500, "is not a manifest: it is not an SQLite file"),
        (b"\0" * 4096, "is not a manifest: it is not an SQLite file"),
        (b"SQLite for", "is truncated: only 10 bytes are left"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(data)

    expect_refused(path, reason)


@pytest.mark.fault("F42")
def test_a_manifest_that_is_damaged_within_is_refused_when_it_shows(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(bytes(data))

    expect_refused(path, "is damaged: database disk image is malformed")


@pytest.mark.fault("F51")
def test_a_journal_that_would_have_sqlite_remove_another_file_is_refused(path: Path) -> None:
    precious = path.with_name("precious.txt")
    precious.write_text("an hour's work")
    name, magic = bytes(precious), bytes.fromhex("d9d505f920a163d7")
    pages = path.stat().st_size // 4096
    start = magic + struct.pack(">5I", 0, 0, pages, 512, 4096)
    end = struct.pack(">I", 2**30 // 4096 + 1) + name + struct.pack(">2I", len(name), sum(name))
    path.with_name("logs.sqlite-journal").write_bytes(start.ljust(512, b"\0") + end + magic)

    expect_refused(path, OF_ANOTHER)
    assert precious.read_text() == "an hour's work"


@pytest.mark.fault("F42")
def test_the_journal_of_a_killed_process_is_none_of_those(path: Path) -> None:
    journal = path.with_name("logs.sqlite-journal")
    run_sql(path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM entries")
        left = journal.read_bytes()
        connection.execute("ROLLBACK")
    journal.write_bytes(left)

    with Manifest.open(path) as manifest:
        assert manifest.counts().total == 1000


@pytest.mark.fault("F42")
def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    run_sql(path, "CREATE TABLE photos (name)")

    hint = "move it away, or give the job another name: --name"
    expect_refused(path, "is not a manifest: it is another program's SQLite file", hint)


NEWER = "use the newer ossh that wrote it; nothing was changed"


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("statement", "reason", "hint"),
    [
        ("PRAGMA user_version = 99", "has format 99; this ossh reads formats up to 6", NEWER),
        ("PRAGMA user_version = 0", "has format 0; this ossh reads format 6", REBUILD),
        ("DROP TABLE entries", "is damaged: its tables are missing or changed", REBUILD),
        ("DROP VIEW objects", "is damaged: its tables are missing or changed", REBUILD),
        ("DELETE FROM meta", "is damaged: its tables are missing or changed", REBUILD),
    ],
)
def test_another_format_or_other_tables_are_refused(
    path: Path, statement: str, reason: str, hint: str
) -> None:
    run_sql(path, statement)

    expect_refused(path, reason, hint)


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(LocalError) as caught:
        Manifest.open(tmp_path)

    assert str(caught.value) == f"cannot read '{tmp_path}': is a directory"


@pytest.mark.fault("F42")
def test_what_cannot_be_used_is_put_aside_and_nothing_is_overwritten(path: Path) -> None:
    data = path.read_bytes()
    path.with_name("logs.sqlite.old").write_text("an older one")
    path.with_name("logs.sqlite-wal").write_text("its log")

    aside = set_aside(path)

    assert aside.name == "logs.sqlite.old2"
    assert aside.read_bytes() == data
    assert path.with_name("logs.sqlite.old2-wal").read_text() == "its log"
    assert not path.exists()
    Manifest.create(path).close()


@pytest.mark.fault("F37")
def test_a_manifest_that_another_program_has_open_is_named_and_stays(
    path: Path, hold: Hold
) -> None:
    before = path.read_bytes()
    hold(path)

    with pytest.raises(LocalError, match=r"sqlite': another program has it open") as caught:
        set_aside(path)

    assert caught.value.hint == "close the program that has it open, then try again"
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.old*")) == []


def test_putting_aside_in_a_folder_that_is_gone_does_nothing(tmp_path: Path) -> None:
    assert set_aside(tmp_path / "nowhere" / "a.sqlite").name == "a.sqlite.old"
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_leaves_no_room_for_what_belongs_to_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 246}.sqlite"
    path.touch()

    with pytest.raises(LocalError, match=f"cannot write '{re.escape(str(path))}'"):
        set_aside(path)
    path.unlink()
    with pytest.raises(LocalError, match=f"cannot write '{re.escape(str(path))}'"):
        Manifest.create(path)

    assert list(tmp_path.iterdir()) == []


def test_the_log_of_a_manifest_that_is_gone_does_not_get_into_a_new_one(path: Path) -> None:
    with Manifest.open(path) as again:
        again.set_meta("secret of the old one", "yes")
        log = path.with_name("logs.sqlite-wal").read_bytes()
    path.unlink()
    path.with_name("logs.sqlite-wal").write_bytes(log)

    with Manifest.create(path) as new:
        assert new.get_meta("secret of the old one") == ""
        assert new.counts().total == 0

    assert path.with_name("logs.sqlite.old-wal").read_bytes() == log


def test_the_files_of_a_manifest_are_known(tmp_path: Path) -> None:
    names = {path.name for path in companions(tmp_path / "a.sqlite")}

    assert names == {"a.sqlite", "a.sqlite-wal", "a.sqlite-shm", "a.sqlite-journal", "a.lock"}


def test_create_never_touches_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"precious")

    with pytest.raises(ManifestError) as caught:
        Manifest.create(path)

    assert str(caught.value) == f"'{path}' is not a manifest: it is not an SQLite file"
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_create_opens_the_manifest_of_whoever_was_faster(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Manifest.create(path) as first:
        job_id = first.job_id

    with Manifest.create(path) as second:
        assert second.job_id == job_id


def test_a_jobs_folder_is_made_and_named_where_that_is_not_possible(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")

    Manifest.create(tmp_path / "new" / "jobs" / "a.sqlite").close()
    with pytest.raises(LocalError) as caught:
        Manifest.create(tmp_path / "jobs" / "a.sqlite")

    assert str(caught.value).startswith(f"cannot write '{tmp_path / 'jobs'}': ")
    assert "the jobs folder must be writable" in (caught.value.hint or "")


def test_creating_goes_on_where_a_killed_process_left_a_half_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite.new").write_bytes(b"half a man")
    (tmp_path / "a.sqlite.new-wal").write_bytes(b"and its log")

    with Manifest.create(tmp_path / "a.sqlite") as manifest:
        assert manifest.counts().total == 0

    assert [path.name for path in tmp_path.iterdir()] == ["a.sqlite"]


@NEEDS_LINKS
@pytest.mark.fault("F51")
@pytest.mark.parametrize("end", ["", "-wal"])
def test_a_link_in_the_place_of_a_draft_is_told_and_not_followed(tmp_path: Path, end: str) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("an hour's work")
    draft = tmp_path / f"a.sqlite.new{end}"
    draft.symlink_to(precious)

    with pytest.raises(LocalError) as caught:
        Manifest.create(tmp_path / "a.sqlite")

    assert str(caught.value) == f"cannot write '{draft}': it is a symbolic link"
    assert draft.is_symlink()
    assert precious.read_text() == "an hour's work"


PLANTED = """
precious = Path(sys.argv[2])
draft = path.with_name(path.name + ".new")

def plant(event, arguments):
    if event == "open" and arguments[0] == str(draft) and not draft.is_symlink():
        draft.symlink_to(precious)

sys.addaudithook(plant)
try:
    Manifest.create(path)
except LocalError as error:
    print(error)
"""


@NEEDS_LINKS
@pytest.mark.fault("F51")
def test_a_link_that_takes_the_place_of_a_draft_meanwhile_is_not_followed(
    tmp_path: Path, child: Child
) -> None:
    precious = tmp_path / "precious.txt"
    precious.touch()

    said, _ = child(PRELUDE + PLANTED, tmp_path / "a.sqlite", precious).communicate()

    assert said == f"cannot write '{tmp_path / 'a.sqlite'}': file exists\n"
    assert precious.read_bytes() == b""


@pytest.mark.fault("F51")
@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize(
    ("link", "what"),
    [
        pytest.param(os.symlink, "symbolic", id="symbolic", marks=NEEDS_LINKS),
        pytest.param(os.link, "hard", id="hard"),
    ],
)
def test_a_link_among_the_files_of_a_manifest_is_named_and_not_followed(
    path: Path, end: str, link: Callable[[Path, Path], None], what: str
) -> None:
    precious = path.with_name("precious")
    precious.write_bytes(path.read_bytes())
    linked = path.with_name(path.name + end)
    linked.unlink(missing_ok=True)
    link(precious, linked)

    for ask in (lambda: Manifest.open(path), lambda: ManifestReader(path).counts()):
        with pytest.raises(LocalError) as caught:
            ask()
        assert str(caught.value) == f"cannot read '{linked}': it is a {what} link"


def test_a_manifest_is_known_by_its_first_bytes(path: Path) -> None:
    foreign, text = path.with_name("b.sqlite"), path.with_name("c.sqlite")
    run_sql(foreign, "CREATE TABLE photos (name)")
    text.write_bytes(b"x" + path.read_bytes()[1:])
    run_sql(path, "PRAGMA user_version = 99")  # of whatever format

    assert [is_manifest(one) for one in (path, foreign, text)] == [True, False, False]
    assert not is_manifest(path.parent)
    assert not is_manifest(path.with_name("nothing"))


@pytest.mark.fault("F42")
def test_what_is_left_of_a_manifest_is_told_in_bytes(path: Path) -> None:
    run_sql(path, "PRAGMA journal_mode = DELETE", "PRAGMA page_size = 65536", "VACUUM")
    whole = path.read_bytes()
    assert ManifestReader(path).counts().total == 1000

    for left in (len(whole) - 1, len(whole) // 2, 100, 99):
        path.write_bytes(whole[:left])
        text = "only 99 bytes" if left == 99 else f"{left} of {len(whole)} bytes"
        expect_refused(path, f"is truncated: {text} are left")


@pytest.mark.fault("F42")
def test_a_manifest_that_lags_behind_its_header_is_whole_with_its_log(
    path: Path, info: Info
) -> None:
    """So it is when a process is killed while SQLite folds the log into the file."""
    small = path.read_bytes()
    with Manifest.open(path) as manifest:
        manifest.add([NewEntry(info(f"{n:0500}"), f"{n}") for n in range(1000)])
        log = path.with_name("logs.sqlite-wal").read_bytes()
    large = path.read_bytes()
    path.write_bytes(large[:4096] + small[4096:])
    path.with_name("logs.sqlite-wal").write_bytes(log)

    assert ManifestReader(path).counts().total == 2000


@pytest.mark.fault("F42")
def test_a_manifest_that_grows_while_it_is_looked_at_is_not_taken_for_truncated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it does when another process folds its log into the file and removes the log."""
    large = path.read_bytes()
    path.write_bytes(large[:-4096])
    fstat, looks = os.fstat, []

    def fstat_before_it_grows(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        if found.st_size == len(large) - 4096:
            looks.append(descriptor)
            if len(looks) == 2:  # the first is for whether it is a regular file
                path.write_bytes(large)
        return found

    monkeypatch.setattr(os, "fstat", fstat_before_it_grows)

    assert ManifestReader(path).counts().total == 1000
    assert len(looks) == 2


@pytest.mark.fault("F51")
def test_a_journal_that_is_nothing_but_the_mark_is_refused_and_a_shorter_one_is_not(
    path: Path,
) -> None:
    magic = bytes.fromhex("d9d505f920a163d7")
    journal = path.with_name("logs.sqlite-journal")
    journal.write_bytes(magic)
    expect_refused(path, OF_ANOTHER)

    journal.write_bytes(magic[:-1])

    assert ManifestReader(path).counts().total == 1000


def test_a_log_that_was_put_aside_keeps_its_name_to_itself(path: Path) -> None:
    for name in ("logs.sqlite.old-wal", "logs.sqlite.old2-journal", "logs.sqlite.old3"):
        path.with_name(name).write_text("an older one")

    assert set_aside(path).name == "logs.sqlite.old4"
