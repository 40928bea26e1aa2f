"""Manifest: what was recorded is there, once, and the totals always agree with the rows."""

import sqlite3
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.errors import LocalError, ManifestError
from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import Cause, Entry, Failure, ObjectInfo, Part, Proof, Status
from ossh.paths import NameRules, local_path

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]
Child = Callable[..., "subprocess.Popen[str]"]
POSIX = NameRules.native("linux")
DENIED = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")
STALLED = Failure(Cause.STALL, "stalled", "no byte for 30 s")


def statuses(manifest: Manifest) -> dict[str, Status]:
    return {entry.key: entry.status for entry in manifest.entries()}


# Creating and opening


def test_what_was_recorded_is_there_when_it_is_opened_again(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b").record([Outcome(1, Status.DONE, 1, proof=Proof.CRC64, crc64=7)])
    manifest.close()

    with Manifest.open(manifest.path) as again:
        assert again.job_id == "cafe"
        assert statuses(again) == {"a": Status.DONE, "b": Status.PENDING}


def test_a_job_id_is_random_when_none_is_given(tmp_path: Path) -> None:
    with Manifest.create(tmp_path / "a.sqlite") as a, Manifest.create(tmp_path / "b.sqlite") as b:
        assert len({a.job_id, b.job_id, ""}) == 3


def test_create_never_touches_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"precious")

    with pytest.raises(ManifestError, match="already exists"):
        Manifest.create(path)

    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_a_jobs_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")

    with pytest.raises(LocalError, match="jobs") as caught:
        Manifest.create(tmp_path / "jobs" / "a.sqlite")

    assert caught.value.hint == "the jobs folder must be writable; choose another with --jobs-dir"


def test_a_manifest_that_cannot_be_written_is_named_and_not_its_draft(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 246}.sqlite"  # no longer name is possible

    with pytest.raises(LocalError) as caught:
        Manifest.create(path)

    assert str(caught.value) == f"cannot write '{path}': file name too long"


def test_close_may_be_called_twice_and_leaves_one_file(manifest: Manifest) -> None:
    manifest.close()
    manifest.close()

    assert [path.name for path in manifest.path.parent.iterdir()] == ["logs.sqlite"]


def test_another_thread_cannot_use_a_manifest(manifest: Manifest) -> None:
    caught = []

    def use() -> None:
        try:
            manifest.counts()
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()

    assert len(caught) == 1


# Listing and adding


def test_texts_about_the_job_are_remembered_and_replaced(manifest: Manifest) -> None:
    manifest.set_meta("fingerprint", "one")
    manifest.set_meta("fingerprint", "two")

    assert manifest.get_meta("fingerprint") == "two"
    assert manifest.get_meta("no such text") == ""


def test_a_listing_that_repeats_itself_gives_one_row_a_key(manifest: Manifest, info: Info) -> None:
    page = [NewEntry(info("a"), "a"), NewEntry(info("b"), "b"), NewEntry(info("a"), "a")]

    assert manifest.add(page) == 2
    assert manifest.add(page) == 0
    assert [entry.key for entry in manifest.entries()] == ["a", "b"]
    assert manifest.counts().total == 2


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    "key", ["a\nb", "q\"u'o,te", "photos/\U0001f600", "\u202egpj.x", "nul\0", "é"]
)
def test_awkward_keys_come_back_as_they_were(manifest: Manifest, info: Info, key: str) -> None:
    (path,) = manifest.claim([(key, local_path(key, "", POSIX))], POSIX)
    manifest.add([NewEntry(info(key), path)])

    found = manifest.entry(key)

    assert found is not None
    assert (found.key, found.path) == (key, path)


def test_every_fact_of_an_object_comes_back(manifest: Manifest) -> None:
    modified = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
    info = ObjectInfo("k", 2**40, "E", modified, "Multipart", "IA")

    manifest.add([NewEntry(info, "k", Status.FAILED, DENIED)])

    assert manifest.entry("k") == Entry(
        1, "k", "k", 2**40, "E", modified, "Multipart", "IA", Status.FAILED, failure=DENIED
    )


def test_a_file_that_was_here_already_is_recorded_with_its_proof(
    manifest: Manifest, info: Info
) -> None:
    manifest.add([NewEntry(info("k"), "k", Status.SKIPPED, proof=Proof.MD5, crc64=2**64 - 1)])

    found = manifest.entry("k")

    assert found is not None
    assert (found.status, found.proof, found.crc64) == (Status.SKIPPED, Proof.MD5, 2**64 - 1)
    assert found.finished is not None


def test_an_unknown_key_has_no_entry(fill: Fill) -> None:
    manifest = fill("a")

    assert manifest.entry("b") is None
    assert manifest.entry("a") is not None


# What is pending


def test_pending_entries_come_in_pages_by_row(fill: Fill) -> None:
    manifest = fill("c", "a", "b")

    first = manifest.pending(0, 2, tried=False)
    second = manifest.pending(first[-1].row, 2, tried=False)

    assert [[entry.key for entry in page] for page in (first, second)] == [["c", "a"], ["b"]]


def test_tried_and_untried_entries_are_told_apart(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    manifest.record([Outcome(2, Status.PENDING, 1, STALLED), Outcome(3, Status.DONE, 1)])

    assert [entry.key for entry in manifest.pending(0, 9, tried=False)] == ["a"]
    (tried,) = manifest.pending(0, 9, tried=True)
    assert (tried.key, tried.attempts, tried.failure) == ("b", 1, STALLED)


def test_pending_entries_carry_their_parts_in_order(fill: Fill) -> None:
    manifest = fill("a", "b")
    first, second = Part(0, 5, 2**64 - 1), Part(5, 10, 0)
    manifest.record([], [PartChange(2, second), PartChange(2, first)])

    without, with_parts = manifest.pending(0, 9, tried=False)

    assert without.parts == ()
    assert with_parts.parts == (first, second)
    assert manifest.entry("b") == with_parts


# The disk, and processes that die


def test_a_full_disk_is_said_so_and_loses_nothing_that_was_recorded(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a")
    manifest._db.execute("PRAGMA max_page_count = 30")  # what a full disk looks like to SQLite
    many = [NewEntry(info(f"{n:0500}"), f"{n}") for n in range(1000)]

    with pytest.raises(LocalError, match="the disk is full"):
        manifest.add(many)

    manifest._db.execute("PRAGMA max_page_count = 100000")
    assert [entry.key for entry in manifest.entries()] == ["a"]
    assert manifest.add(many) == 1000


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import ObjectInfo, Status

manifest = Manifest.create(Path(sys.argv[1]))
(part,) = manifest.start_listing([("", "")])
for page in range(1_000_000):
    keys = [f"{page:09}/{n:03}" for n in range(100)]
    now = datetime.now(UTC)
    manifest.add([NewEntry(ObjectInfo(key, 1, "E", now), key) for key in keys], part.row, keys[-1])
    rows = range(page * 100 + 1, page * 100 + 51)
    manifest.record([Outcome(row, Status.DONE, 1) for row in rows])
    print(page, flush=True)
"""


def test_a_writer_that_is_killed_leaves_a_manifest_that_opens_whole(
    tmp_path: Path, child: Child
) -> None:
    path = tmp_path / "a.sqlite"
    writer = child(WRITER, path)
    assert writer.stdout is not None
    promised = [int(writer.stdout.readline()) for _ in range(60)][-1]

    writer.kill()
    writer.wait()

    with Manifest.open(path) as manifest:
        counts = manifest.counts()
        entries = list(manifest.entries())
        (part,) = manifest.listing()
        assert manifest._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert counts.objects[Status.DONE] >= (promised + 1) * 50
    assert counts.total == len(entries)
    assert len(entries) % 100 == 0
    assert entries[-1].key == part.cursor


def test_creating_goes_on_where_a_killed_process_left_a_half_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite.new").write_bytes(b"half a man")

    with Manifest.create(tmp_path / "a.sqlite") as manifest:
        assert manifest.counts().total == 0

    assert [path.name for path in tmp_path.iterdir()] == ["a.sqlite"]


def test_links_are_left_out_of_what_is_pending_when_told_to(manifest: Manifest, info: Info) -> None:
    infos = [info("a"), info("b", type="Symlink"), info("c")]
    manifest.add([NewEntry(one, one.key) for one in infos])

    pending = manifest.pending(0, 9, tried=False, with_links=False)

    assert [one.key for one in pending] == ["a", "c"]
    assert len(manifest.pending(0, 9, tried=False)) == 3


def test_a_key_has_a_file_unless_it_is_a_link_a_folder_or_gone(
    manifest: Manifest, info: Info
) -> None:
    manifest.add(
        [
            NewEntry(info("file"), "there"),
            NewEntry(info("link", type="Symlink"), "link"),
            NewEntry(info("folder/"), "folder/"),
            NewEntry(info("gone"), "gone", Status.GONE),
        ]
    )

    keys = ("file", "link", "folder/", "gone", "nothing")

    assert [manifest.file_of(key) for key in keys] == ["there", "", "", "", ""]
