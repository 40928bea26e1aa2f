"""Workspace: where files go, what is never followed, and what errors of the disk mean."""

import errno
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.model import Cause
from ossh.transfer import workspace as places
from ossh.transfer.workspace import EscapeError, PlantedError, TargetGoneError, Workspace
from tests.planting import each_kind, plant

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


@pytest.fixture
def workspace(target: Path) -> Workspace:
    return Workspace(target, "cafe")


# Where files go


def test_partial_files_are_apart_below_the_target(workspace: Workspace, target: Path) -> None:
    assert workspace.partial(7) == str(target / ".ossh" / "cafe" / "7")
    assert list((target / ".ossh" / "cafe").iterdir()) == []


def test_the_folder_of_a_final_name_is_made(workspace: Workspace, target: Path) -> None:
    assert workspace.place("a/b/c.txt") == str(target / "a" / "b" / "c.txt")
    assert workspace.place("a/b/d.txt") == str(target / "a" / "b" / "d.txt")
    assert workspace.place("top") == str(target / "top")
    assert (target / "a" / "b").is_dir()


def test_a_folder_object_becomes_a_folder(workspace: Workspace, target: Path) -> None:
    workspace.make_folder("a/b/")
    workspace.make_folder("./")

    assert (target / "a" / "b").is_dir()


def test_a_file_in_the_way_of_a_folder_is_a_local_conflict(
    workspace: Workspace, target: Path
) -> None:
    (target / "a").write_text("a file")

    with pytest.raises(OSError, match="a") as caught:
        workspace.place("a/b")

    assert workspace.failure(caught.value).cause is Cause.LOCAL_CONFLICT
    assert (target / "a").read_text() == "a file"


def test_a_target_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LocalError, match=r"cannot write to target '.*file.logs'") as caught:
        Workspace(tmp_path / "file" / "logs", "cafe")

    assert caught.value.hint is not None
    assert "--to" in caught.value.hint


@not_root
def test_a_target_that_cannot_be_written_is_refused(target: Path) -> None:
    target.mkdir(mode=0o500)

    with pytest.raises(LocalError, match="cannot write"):
        Workspace(target, "cafe")


def test_a_partial_file_is_dropped_if_there_is_one(workspace: Workspace) -> None:
    Path(workspace.partial(1)).write_bytes(b"x")

    workspace.drop(1)
    workspace.drop(1)

    assert not Path(workspace.partial(1)).exists()


def test_tidying_keeps_partial_files_and_what_tells_how_far_they_came(
    workspace: Workspace, target: Path
) -> None:
    trail = Path(workspace.folder) / f"{places.TRAIL}1234"
    for path in (Path(workspace.partial(1)), trail):
        path.touch()
    workspace.tidy()
    assert Path(workspace.partial(1)).exists()
    assert places.trails(target, "cafe") == [str(trail)]

    workspace.drop(1)
    workspace.tidy()

    assert list(target.iterdir()) == []


def test_tidying_removes_the_probe_of_a_process_that_was_killed(
    workspace: Workspace, target: Path
) -> None:
    (Path(workspace.folder) / f"{places.PROBE}1234").touch()

    workspace.tidy()

    assert list(target.iterdir()) == []


def test_forgetting_a_job_removes_its_partial_files_alone(
    workspace: Workspace, target: Path
) -> None:
    other = Workspace(target, "beef")
    kept = [Path(other.partial(1)), Path(workspace.folder) / "not a row"]
    trail = Path(workspace.folder) / f"{places.TRAIL}1234"
    for path in (Path(workspace.partial(1)), trail, *kept):
        path.touch()

    places.forget(target, "cafe")
    places.forget(target, "gone")
    places.forget(target, "../.ossh/beef")

    assert not Path(workspace.partial(1)).exists()
    assert not trail.exists()
    assert all(path.exists() for path in kept)


def test_rows_that_are_removed_take_their_partial_files_along(
    workspace: Workspace, target: Path
) -> None:
    for row in (1, 2):
        Path(workspace.partial(row)).touch()
    (Path(workspace.folder) / f"{places.TRAIL}1234").touch()

    places.forget(target, "cafe", [1, 3])

    assert places.trails(target, "cafe")
    assert [Path(workspace.partial(row)).exists() for row in (1, 2)] == [False, True]

    places.forget(target, "cafe", [2])

    assert list(target.iterdir()) == []


def test_tidying_leaves_the_partial_files_of_another_job(
    workspace: Workspace, target: Path
) -> None:
    other = Workspace(target, "beef")

    workspace.tidy()

    assert Path(other.folder).is_dir()
    assert not Path(workspace.folder).exists()


# Links on the way


@posix_only
def test_a_planted_link_does_not_lead_out_of_the_target(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (target / "logs").symlink_to(outside)

    for path in ("logs/x", "logs/deeper/x", "logs/a/b/c/x"):
        with pytest.raises(EscapeError) as caught:
            workspace.place(path)
        failure = workspace.failure(caught.value)
        assert (failure.cause, failure.code) == (Cause.LOCAL_CONFLICT, "leaves target")

    assert list(outside.iterdir()) == []


@posix_only
def test_a_link_to_a_sibling_with_a_like_name_leads_out_too(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "target-2").mkdir()
    (target / "logs").symlink_to(tmp_path / "target-2")

    with pytest.raises(EscapeError):
        workspace.place("logs/x")


@posix_only
def test_a_link_that_leads_nowhere_is_not_followed(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (target / "logs").symlink_to(tmp_path / "not-there")

    with pytest.raises(EscapeError):
        workspace.place("logs/x")

    assert not (tmp_path / "not-there").exists()


@posix_only
def test_a_link_within_the_target_is_followed(workspace: Workspace, target: Path) -> None:
    (target / "real").mkdir()
    (target / "logs").symlink_to("real")

    assert workspace.place("logs/deep/x") == str(target / "logs" / "deep" / "x")
    assert (target / "real" / "deep").is_dir()


@posix_only
def test_a_target_that_is_a_link_itself_is_what_the_user_wished(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")

    workspace = Workspace(tmp_path / "link", "cafe")
    workspace.place("a/b")

    assert (tmp_path / "disk" / "a").is_dir()


@posix_only
def test_a_folder_that_becomes_a_link_during_a_run_is_noticed(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    workspace.place("logs/a")
    (target / "logs").rename(tmp_path / "moved")
    (target / "logs").symlink_to(tmp_path / "outside")

    with pytest.raises(EscapeError):
        workspace.place("logs/b")


def test_a_folder_that_was_removed_during_a_run_is_made_again(
    workspace: Workspace, target: Path
) -> None:
    workspace.place("logs/a")
    (target / "logs").rmdir()

    workspace.place("logs/b")

    assert (target / "logs").is_dir()


def test_our_own_folder_is_made_again_too(workspace: Workspace, target: Path) -> None:
    (target / ".ossh" / "cafe").rmdir()

    os.close(workspace.open(7, fresh=True))

    assert (target / ".ossh" / "cafe" / "7").exists()


@pytest.mark.fault("F9")
@each_kind
def test_what_is_planted_for_a_partial_file_makes_way_for_a_new_one(
    workspace: Workspace, tmp_path: Path, kind: str
) -> None:
    victim, partial = tmp_path / "victim", Path(workspace.partial(7))
    victim.write_text("precious")
    plant(kind, partial, victim)

    descriptor = workspace.open(7, fresh=True)
    os.write(descriptor, b"fetched")
    os.close(descriptor)

    assert victim.read_text() == "precious"
    assert (partial.read_text(), partial.is_symlink()) == ("fetched", False)


def test_a_partial_file_is_kept_or_emptied(workspace: Workspace) -> None:
    partial = Path(workspace.partial(7))
    partial.write_bytes(b"of an earlier run")

    os.close(workspace.open(7, fresh=False))
    assert partial.read_bytes() == b"of an earlier run"
    os.close(workspace.open(7, fresh=True))
    assert partial.read_bytes() == b""


@posix_only
@pytest.mark.fault("F9")
def test_a_planted_link_is_taken_away_once_however_many_threads_find_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    partial, elsewhere = Path(workspace.partial(1)), tmp_path / "elsewhere"

    def opened(_number: int) -> int | None:
        start.wait()
        try:
            descriptor = workspace.open(1, fresh=False, is_part=True)
        except PlantedError:
            return None
        try:
            return os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)

    start = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(200):
            partial.unlink(missing_ok=True)
            partial.symlink_to(elsewhere)
            found = list(pool.map(opened, range(4)))
            assert found.count(None) == 1
            assert set(found) == {None, partial.lstat().st_ino}


@posix_only
@pytest.mark.fault("F9")
@pytest.mark.parametrize("place", ["outside", "target/inside"])
@pytest.mark.parametrize("name", [".ossh", ".ossh/cafe"])
def test_nothing_is_looked_at_or_removed_behind_a_link_for_our_folder(
    workspace: Workspace, tmp_path: Path, name: str, place: str
) -> None:
    link, elsewhere = tmp_path / "target" / name, tmp_path / place
    Path(workspace.partial(1)).touch()
    (Path(workspace.folder) / f"{places.TRAIL}1234").touch()
    link.rename(elsewhere)
    link.symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))

    with pytest.raises(LocalError, match=f"{name}': it is a symbolic link"):
        Workspace(tmp_path / "target", "cafe")
    assert places.partial_files(tmp_path / "target", "cafe") == []
    assert places.trails(tmp_path / "target", "cafe") == []
    places.forget(tmp_path / "target", "cafe")
    Path(workspace.partial(1)).unlink()
    workspace.tidy()

    assert sorted(elsewhere.rglob("*")) == [path for path in before if path.name != "1"]


@posix_only
@pytest.mark.fault("F9")
def test_an_empty_folder_behind_a_link_for_ours_stays(target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside" / "cafe").mkdir(parents=True)
    target.mkdir()
    (target / ".ossh").symlink_to(tmp_path / "outside")

    places.forget(target, "cafe")

    assert (tmp_path / "outside" / "cafe").is_dir()


def test_a_target_that_vanishes_is_told_from_a_folder_that_does(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    target.rename(tmp_path / "unplugged")

    for action in (lambda: workspace.place("a/b"), lambda: workspace.open(7, fresh=True)):
        with pytest.raises(TargetGoneError) as caught:
            action()
        assert workspace.failure(caught.value).cause is Cause.TARGET_GONE
    assert not target.exists()


def test_another_folder_of_its_name_is_not_the_target(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    target.rename(tmp_path / "unplugged")
    target.mkdir()

    assert workspace.is_gone()


# What errors of the disk mean


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, Cause.DISK_FULL),
        (errno.EDQUOT, Cause.DISK_FULL),
        (errno.EROFS, Cause.READ_ONLY),
        (errno.ENODEV, Cause.TARGET_GONE),
        (errno.ENXIO, Cause.TARGET_GONE),
        (errno.EISDIR, Cause.LOCAL_CONFLICT),
        (errno.ENOTDIR, Cause.LOCAL_CONFLICT),
        (errno.EMFILE, Cause.TOO_MANY_FILES),
        (errno.ENOENT, Cause.CORRUPT),
        (errno.EACCES, Cause.CANNOT_WRITE),
        (errno.ENAMETOOLONG, Cause.CANNOT_WRITE),
        (errno.EIO, Cause.CANNOT_WRITE),
    ],
)
def test_each_error_of_the_disk_has_a_cause(
    workspace: Workspace, number: int, cause: Cause
) -> None:
    failure = workspace.failure(OSError(number, os.strerror(number)))

    assert (failure.cause, failure.code) == (cause, errno.errorcode[number])
    assert failure.message


def test_an_error_without_a_number_is_one_file_s(workspace: Workspace) -> None:
    failure = workspace.failure(OSError("odd"))

    assert (failure.cause, failure.code, failure.message) == (Cause.CANNOT_WRITE, "OSError", "odd")


@pytest.mark.fault("F7")
def test_a_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert places.long_path("logs").endswith(str(tmp_path / "logs"))


def test_a_part_is_not_written_to_another_file_than_those_before_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "job")
    os.close(workspace.open(1, fresh=False, is_part=True))
    partial = Path(workspace.partial(1))
    partial.rename(tmp_path / "kept")  # so that no new file gets its number

    with pytest.raises(PlantedError):
        workspace.open(1, fresh=False, is_part=True)
    assert not partial.exists()
    os.close(workspace.open(1, fresh=False, is_part=True))  # it starts over


def test_what_is_sealed_is_the_file_that_holds_the_parts(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "job")
    os.close(workspace.open(1, fresh=False, is_part=True))
    partial = Path(workspace.partial(1))
    partial.rename(tmp_path / "kept")
    partial.write_bytes(b"another")

    with pytest.raises(PlantedError):
        workspace.existing(1)
    assert not partial.exists()
