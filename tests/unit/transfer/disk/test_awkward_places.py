"""Places that Windows treats in its own way: each is written and read again on this system."""

import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ossh.job import load, save
from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome
from ossh.model import Cause, ObjectInfo, Status
from ossh.paths import NameRules, local_path, long_path, roomy
from ossh.session import JobRequest
from ossh.transfer import failed_csv
from ossh.transfer.disk import delivery, trash
from ossh.transfer.disk.disk_errors import EscapeError, failure_of
from ossh.transfer.disk.file_io import DATES_OPEN_FILES, write_whole
from ossh.transfer.disk.folder import is_junction
from ossh.transfer.disk.foreign_files import files_below
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState, Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.workspace import Workspace
from tests import usual

DATA = b"bytes of an object"
NOW = 1_700_000_000.0
DEEP = "/".join(["folder-of-a-name-of-fifty-characters-" + "x" * 13] * 8)  # 407 characters

windows_only = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has them")


def deliver(target: Path, path: str, modified: float = NOW) -> None:
    """Write a file below a target as lanes do."""
    workspace = Workspace(target, "cafe")
    write_whole(workspace.open(1), DATA, modified)
    draft = workspace.draft(1)
    if not DATES_OPEN_FILES:
        draft.utime(modified)
    delivery.rename(draft, workspace.place(path))


# Names


@pytest.mark.parametrize(
    "key",
    [
        "CON",
        "nul.txt",
        "COM1",
        "com¹.log",
        "LPT³",
        "CONIN$",
        "CONOUT$",
        "aux /x",
        "ends with a dot.",
        "ends with a space ",
        "a:b",
        "a\\b",
        "what?*<>|",
        "..",
        "PROGRA~1",
        "tab\tand\x01",
        "图片/照片.jpg",
        "🎉",
    ],
)
def test_a_name_is_written_and_found_again(tmp_path: Path, key: str) -> None:
    path = local_path(key, "", NameRules.native(sys.platform))

    deliver(tmp_path / "target", path)

    assert tmp_path.joinpath("target", *path.split("/")).read_bytes() == DATA  # by its usual path
    assert list(files_below(long_path(str(tmp_path / "target")), ())) == [path]


def test_a_path_far_beyond_260_characters_is_written_and_found_again(tmp_path: Path) -> None:
    deliver(tmp_path / "target", f"{DEEP}/file")

    target = long_path(str(tmp_path / "target"))
    assert list(files_below(target, ())) == [f"{DEEP}/file"]
    info = ObjectInfo("k", len(DATA), "E", datetime.fromtimestamp(NOW, UTC))
    assert LocalFiles(Tree(target), Policy()).compare(info, f"{DEEP}/file").state is LocalState.HERE


def test_a_target_far_beyond_260_characters_gets_its_files_and_its_csv(tmp_path: Path) -> None:
    target = tmp_path / DEEP

    deliver(target, "file")
    job = usual.job(tmp_path / "job.toml", str(target))
    with Manifest.create(job.manifest_path) as manifest:
        manifest.add([NewEntry(usual.info("gone"), "gone")])
        manifest.record([Outcome(1, Status.GONE, 1)])
        day = trash.Trash(Tree(str(target)), date(2026, 1, 2))
        path = failed_csv.update(job, manifest, day)

        assert path == target / failed_csv.NAME
        assert roomy(target).joinpath("file").read_bytes() == DATA
        assert roomy(target).joinpath(failed_csv.NAME).exists()
        failed_csv.remove(job, manifest)
        assert not roomy(target).joinpath(failed_csv.NAME).exists()


def test_a_jobs_folder_far_beyond_260_characters_holds_jobs_and_manifests(tmp_path: Path) -> None:
    folder = roomy(tmp_path / DEEP)
    job = usual.job(folder / "j.toml", "../files")
    save(job)
    Manifest.create(job.manifest_path).close()

    assert load(job.path) == job
    assert ManifestReader(job.manifest_path).job_id
    assert job.directory == (tmp_path / DEEP).parent / "files"


@windows_only
@pytest.mark.parametrize("folder", ["{drive}data", r"\data"])
def test_a_folder_that_counts_from_elsewhere_becomes_absolute(folder: str) -> None:
    folder = folder.format(drive=Path.cwd().drive)

    found = JobRequest(("x",), directory=folder).folder("")

    assert found == Path(os.path.abspath(folder))  # noqa: PTH100 - what Windows makes of it
    assert found.is_absolute()


def test_a_read_only_file_that_may_be_replaced_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("older")
    (tmp_path / "file").chmod(stat.S_IREAD)

    deliver(tmp_path, "file")

    assert (tmp_path / "file").read_bytes() == DATA


# Times


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1965, 1, 2, 3, 4, 5, tzinfo=UTC),  # before 1970
        datetime(1979, 12, 31, tzinfo=UTC),  # before FAT begins
        datetime(2038, 1, 19, 3, 14, 9, tzinfo=UTC),  # after 31 bits of seconds
        datetime(2108, 1, 1, tzinfo=UTC),  # after FAT ends
    ],
)
def test_a_file_has_the_time_of_its_object_however_early_or_late(
    tmp_path: Path, moment: datetime
) -> None:
    deliver(tmp_path, "file", (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))

    found = usual.local_files(tmp_path).compare(ObjectInfo("k", len(DATA), "E", moment), "file")
    assert found.state is LocalState.HERE


# Links of folders: junctions on Windows


@pytest.fixture
def lead() -> Callable[[Path, Path], None]:
    """Return what makes a folder's place lead elsewhere: a junction, or a link."""

    def make(path: Path, to: Path) -> None:
        if sys.platform != "win32":
            path.symlink_to(to)
            return
        import _winapi

        try:
            _winapi.CreateJunction(str(to), str(path))
        except OSError as error:
            if error.winerror != 50:  # ERROR_NOT_SUPPORTED
                raise
            pytest.skip("Wine makes no junctions")

    return make


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    return folder


def test_a_folder_that_leads_out_of_the_target_takes_no_files(
    tmp_path: Path, outside: Path, lead: Callable[[Path, Path], None]
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    lead(target / "a", outside)

    for path in ("a/x", "a/b/x"):
        with pytest.raises(EscapeError) as caught:
            deliver(target, path)
        failure = failure_of(caught.value)
        assert (failure.cause, failure.code) == (Cause.LOCAL_CONFLICT, "link in path")

    assert [one.name for one in outside.iterdir()] == ["precious"]


def test_what_is_behind_a_link_is_not_taken_for_a_file_of_the_target(
    tmp_path: Path, outside: Path, lead: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "target").mkdir()
    lead(tmp_path / "target" / "a", outside)

    assert list(files_below(long_path(str(tmp_path / "target")), ())) == []


def test_emptying_a_trash_removes_a_link_and_nothing_behind_it(
    tmp_path: Path, outside: Path, lead: Callable[[Path, Path], None]
) -> None:
    day = tmp_path / "target" / ".ossh" / "trash" / "2026-01-02"
    (day / "b").mkdir(parents=True)
    lead(day / "b" / "a", outside)
    (day / "b" / "file").write_bytes(DATA)

    for one in trash.old_trash(tmp_path / "target", date.max):
        trash.empty(one)

    assert not day.exists()
    assert (outside / "precious").read_text() == "precious"


def test_a_junction_is_known_by_what_windows_says_of_it(tmp_path: Path) -> None:
    junction: Any = SimpleNamespace(st_reparse_tag=0xA0000003)

    assert is_junction(junction)
    assert not is_junction(tmp_path.stat())
