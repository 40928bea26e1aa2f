"""The target of a job, looked at a page at a time; what is said of one place is told beside it."""

import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import fastcrc
import pytest

from ossh.advice import IMMOVABLE, REPLACEABLE
from ossh.errors import LocalError
from ossh.manifest import FileRow
from ossh.model import Entry, OwnFile, Status
from ossh.paths import TARGET_ITSELF, plain
from ossh.printable import printable
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.local_files import ABSENT, Claims, LocalFiles
from ossh.transfer.disk.occupant import Claim, Wanted
from ossh.transfer.disk.overwrite_rules import LocalState, Policy
from ossh.transfer.disk.tree import Tree
from tests import usual
from tests.planting import links_needed
from tests.usual import DATA, MODIFIED, put
from tests.writing_out import Libc, use_libc, watch_fsync

STAMP = MODIFIED.timestamp()
NS = round(STAMP) * 10**9
info = partial(usual.info, size=len(DATA))


def test_a_page_is_compared_in_its_order(files: LocalFiles, tmp_path: Path) -> None:
    put(tmp_path, "a/here")
    put(tmp_path, "other", b"mine")
    paths = ["a/here", "a/absent", "b/absent", "other", TARGET_ITSELF]

    states = [one.state for one in files.compare_all([info(path) for path in paths], paths)]

    new, here, conflict = LocalState.NEW, LocalState.HERE, LocalState.CONFLICT
    assert states == [here, new, new, conflict, here]


@pytest.mark.parametrize("replace_", [False, True])
def test_a_file_where_a_folder_belongs_is_in_the_way_of_all_below_it(
    tmp_path: Path, *, replace_: bool
) -> None:
    put(tmp_path, "d", b"mine")
    files = usual.local_files(tmp_path, replace=replace_)
    paths = ["d/a", "d/e/", "d/e/f", "g/h"]
    kind = LocalState.TRASHED if replace_ else LocalState.CONFLICT

    found = files.compare_all([info(path) for path in paths], paths)

    assert [one.state for one in found] == [kind, kind, kind, LocalState.NEW]
    assert found[:3] == [files.look(info(path), path) for path in paths[:3]]
    if not replace_:
        file = printable(plain(str(tmp_path / "d")))
        assert found[0].why == f"there is a file where the folder belongs: '{file}'"
        assert found[0].failure.code == REPLACEABLE


def test_a_file_where_a_folder_belongs_is_looked_at_once_a_page(
    files: LocalFiles, tmp_path: Path, looks: list[Any]
) -> None:
    put(tmp_path, "d", b"mine")
    files.compare_all([info("d/0")], ["d/0"])
    looks.clear()

    paths = [f"d/{number}" for number in range(100)]
    files.compare_all([info(path) for path in paths], paths)

    assert len(looks) < len(paths)


@pytest.mark.parametrize("marker", ["d/", "d/a"])
def test_a_file_where_a_folder_belongs_stays_if_another_job_has_it(
    tmp_path: Path, marker: str
) -> None:
    path = put(tmp_path, "d")
    own = OwnFile(len(DATA), path.stat().st_mtime_ns, 0)
    theirs = Entry(1, "d", "d", len(DATA), "E1", MODIFIED, status=Status.DONE, own=own)
    claims = {"d": (Claim("theirs", True, theirs),)}  # noqa: FBT003 - the same bucket
    files = usual.local_files(
        tmp_path,
        claims_of=lambda paths: {path: claims[path] for path in paths if path in claims},
        replace=True,
    )

    (found,) = files.compare_all([info(marker)], [marker])

    assert found.state is LocalState.CONFLICT
    assert found.why.startswith("job 'theirs' has a different object there")
    assert found.failure.code == IMMOVABLE


def test_of_one_object_other_jobs_are_asked_about_its_path(tmp_path: Path) -> None:
    put(tmp_path, "a", b"other")
    asked: list[Sequence[str]] = []

    def claims_of(paths: Sequence[str]) -> Claims:
        asked.append(paths)
        return {}

    files = usual.local_files(tmp_path, claims_of=claims_of)
    files.compare(info("key"), "a")
    files.examine(Wanted("a"))  # without a key

    assert asked == [["a"]]


def test_where_there_is_no_target_nothing_is_there(tmp_path: Path) -> None:
    absent = usual.local_files(tmp_path / "absent")

    assert absent.compare_all([info("a")], ["a"]) == [ABSENT]
    assert absent.look(info(""), TARGET_ITSELF) == ABSENT


def test_other_jobs_are_asked_once_a_page_and_only_where_something_is(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "X")
    asked: list[Sequence[str]] = []

    def claims_of(paths: Sequence[str]) -> Claims:
        asked.append(paths)
        theirs = Entry(1, "other", "X", len(DATA), "E1", MODIFIED, status=Status.SKIPPED)
        return {"X": (Claim("theirs", True, theirs),)}  # noqa: FBT003 - the same bucket

    files = usual.local_files(tmp_path, claims_of=claims_of)
    found = files.compare_all([info(key) for key in "aXc"], list("aXc"))

    assert asked == [["a", "X"]]
    assert [one.state for one in found] == [LocalState.HERE, LocalState.CONFLICT, LocalState.NEW]


def test_of_each_folder_it_is_asked_once_whether_it_is_on_another_disk(
    files: LocalFiles, tmp_path: Path, looks: list[Any]
) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    files.compare(info("key"), "d/e/first")
    looks.clear()

    files.look(info("key"), "d/e/a")
    alone = len(looks)
    files.compare(info("key"), "d/e/a")

    assert len(looks) == 2 * alone


def test_into_a_folder_on_another_disk_nothing_comes_that_is_not_there_already(
    files: LocalFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tree, "other_disk", lambda _tree, folder: "d" if folder == "d" else "")
    put(tmp_path, "d/here")

    keys = ["d/here", "d/X", "e/new", "d/folder/"]
    found = [files.compare(info(key), key) for key in keys]

    assert [one.state for one in found[:2]] == [LocalState.HERE, LocalState.CONFLICT]
    assert found[1].why == f"'d' is on another disk than '{printable(plain(str(tmp_path)))}'"
    assert found[2:] == [ABSENT, ABSENT]
    assert files.compare_all([info(key) for key in keys], keys) == found


def test_a_link_in_the_path_of_a_file_is_a_conflict(files: LocalFiles, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "a")
    try:
        (tmp_path / "d").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("links need rights on Windows")

    (found,) = files.compare_all([info("d/a")], ["d/a"])

    assert (found.state, found.why) == (LocalState.CONFLICT, "a link is in its path")


def row(path: str, size: int = len(DATA), modified: int | None = NS) -> FileRow:
    return (1, f"k/{path}", path, size, modified, STAMP)


def test_a_folder_is_no_file_whatever_its_size(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    size = (tmp_path / "d").stat().st_size

    assert not files.has_its_size(Entry(1, "d", "d", size, "E1", MODIFIED))


def test_an_entry_is_looked_for_at_its_own_path(files: LocalFiles, tmp_path: Path) -> None:
    put(tmp_path, "d/a")

    assert files.look(Entry(1, "key", "d/a", len(DATA), "E1", MODIFIED)).state is LocalState.HERE


def test_what_only_size_and_date_tell_may_be_the_object_of_another_job(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []
    known = {
        path: (Claim("job", is_same_bucket=True, entry=Entry(1, key, path, 1, "E1", MODIFIED)),)
        for path, key in (("other", "other"), ("same", "k/same"))
    }

    def claims(paths: Sequence[str]) -> Claims:
        asked.append(paths)
        return known

    files = usual.local_files(tmp_path, claims_of=claims)
    names = ("other", "same", "free", "folder/")
    rows = [*(row(name, modified=None) for name in names), row("ours", modified=NS)]

    knowing, found = files.contested(rows)

    assert found == [row("other", modified=None)]
    assert files.contested(rows[-1:])[1] == []
    assert asked == [["other", "same", "free"]]
    assert knowing.claims_of([]) is known


@pytest.mark.parametrize(
    ("one", "differs"),
    [
        (row("d/a"), False),
        (row("d/aX"), True),
        (row("d/a", size=9), True),
        (row("d/a", modified=NS + 1), True),
        (row("d/a", modified=None), False),
        ((*row("d/a", modified=None)[:5], STAMP + 2), False),
        ((*row("d/a", modified=None)[:5], STAMP + 3), True),
        (row("d/", 0), False),
        (row("d/a/", 0), True),
        (row("d", 0), True),
        (row("gone/a"), True),
        (row("way/a"), True),  # through a link, which nothing of ours is behind
    ],
)
def test_a_glance_tells_what_differs_from_its_row(
    files: LocalFiles, tmp_path: Path, one: FileRow, *, differs: bool
) -> None:
    put(tmp_path, "d/a")
    if sys.platform != "win32":
        (tmp_path / "way").symlink_to("d")

    assert list(files.differing([row("d/a"), one, row("d/a")])) == ([one] if differs else [])


@pytest.mark.parametrize(
    ("path", "size", "age", "has_size", "is_torn"),
    [
        ("a", 10, 0.0, True, True),
        ("a", 11, 0.0, False, True),
        ("a", 9, 0.0, False, False),
        ("a", 10, 60.0, True, False),
        ("absent", 10, 0.0, False, False),
        ("d", 10, 0.0, False, False),
    ],
)
def test_a_file_of_its_date_may_have_lost_its_end(  # noqa: PLR0913 - a table
    files: LocalFiles,
    tmp_path: Path,
    path: str,
    size: int,
    age: float,
    has_size: bool,  # noqa: FBT001 - of the table
    is_torn: bool,  # noqa: FBT001 - of the table
) -> None:
    file = put(tmp_path, "a")
    os.utime(file, (STAMP - age,) * 2)
    (tmp_path / "d").mkdir()
    entry = Entry(1, path, path, size, "E1", MODIFIED)

    assert files.has_its_size(entry) == has_size
    assert files.may_be_torn(entry) == is_torn


def test_what_goes_to_the_trash_is_named_after_the_day_that_is_used(tmp_path: Path) -> None:
    files = usual.local_files(tmp_path, day=date(2026, 1, 2))
    put(tmp_path, "a")
    put(tmp_path, "b")

    files.trash.take("b")
    files.use_day(date(2026, 3, 4))
    files.trash.take("a")

    assert (tmp_path / ".ossh" / "trash" / "2026-01-02" / "b").read_bytes() == DATA
    assert (tmp_path / ".ossh" / "trash" / "2026-03-04" / "a").read_bytes() == DATA
    assert files.policy.day == date(2026, 3, 4)


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
@pytest.mark.parametrize(
    ("policy", "paths", "waits"),
    [
        (Policy(durable=True), ["a"], True),
        (Policy(durable=True), [], False),
        (Policy(), ["a"], False),
    ],
)
def test_only_a_job_that_wants_it_waits_for_the_disk(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: Policy,
    paths: Sequence[str],
    *,
    waits: bool,
) -> None:
    written: list[os.stat_result] = []
    use_libc(monkeypatch, object())
    watch_fsync(monkeypatch, written.append)

    LocalFiles(Tree(str(tmp_path)), policy).write_out(paths)

    assert bool(written) == waits


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
def test_a_disk_that_fails_as_it_is_waited_for_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_libc(monkeypatch, Libc(lambda _folder: None, fails=True))
    files = usual.local_files(tmp_path, durable=True)

    name = re.escape(plain(str(tmp_path)))
    with pytest.raises(LocalError, match=f"^cannot write to target '{name}': .*error"):
        files.write_out(["a"])


def test_a_rest_lasts_as_long_as_is_said_unless_told_to_stop(
    files: LocalFiles, tmp_path: Path
) -> None:
    began = time.monotonic()

    files.rest(0.02)

    assert time.monotonic() - began >= 0.02
    with pytest.raises(Interrupted):
        usual.local_files(tmp_path, lambda: True).rest(3600.0)


@links_needed
def test_a_link_may_be_the_one_that_an_object_becomes_where_links_are_recorded(
    files: LocalFiles, tmp_path: Path
) -> None:
    (tmp_path / "a").symlink_to("to")
    recording = usual.local_files(tmp_path, records_links=True)
    link = replace(info("a"), type="Symlink")

    assert recording.compare(link, "a") is ABSENT  # only what it leads to will tell
    assert files.compare(link, "a").state is LocalState.CONFLICT
    assert recording.compare(info("a"), "a").state is LocalState.CONFLICT


def test_a_file_that_was_proved_gets_the_date_of_its_object(
    files: LocalFiles, tmp_path: Path
) -> None:
    file = put(tmp_path, "a")
    os.utime(file, (1.0, 1.0))
    own = OwnFile(len(DATA), 10**9, fastcrc.crc64.xz(DATA))

    dated = files.dated("a", own, STAMP)

    assert file.stat().st_mtime == STAMP
    assert dated.modified == NS


@pytest.mark.parametrize("change", ["name", "edit"])
def test_the_date_of_what_is_not_only_ours_stays(
    files: LocalFiles, tmp_path: Path, change: str
) -> None:
    file = put(tmp_path / "target", "a")
    files = usual.local_files(tmp_path / "target")
    own = OwnFile(len(DATA), NS, fastcrc.crc64.xz(DATA))
    if change == "name":
        os.link(file, tmp_path / "elsewhere")
    else:
        os.utime(file, (1.0, 1.0))
    before = file.stat().st_mtime_ns

    assert files.dated("a", own, STAMP + 60) == own
    assert file.stat().st_mtime_ns == before
