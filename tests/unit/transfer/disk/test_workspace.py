"""Workspace: where files go, and what is never followed."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.model import Cause
from ossh.paths import NameRules, long_path
from ossh.transfer.disk import delivery
from ossh.transfer.disk.disk_errors import ConflictError, PlantedError
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.own_places import OwnPlaces
from ossh.transfer.disk.workspace import Workspace
from tests.planting import each_kind, links_needed, plant

not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "Target {0}"  # which no message takes for its own


# Where files go


def test_partial_files_are_apart_below_the_target(workspace: Workspace, target: Path) -> None:
    assert workspace.partial(7) == long_path(str(target / ".ossh" / "cafe" / "7"))
    assert list((target / ".ossh" / "cafe").iterdir()) == []


@pytest.mark.fault("F60")
def test_a_place_of_our_own_files_is_given_to_no_object_however_it_was_planned(
    target: Path,
) -> None:
    own = OwnPlaces(target, NameRules.native("linux"), target / "jobs")
    workspace = Workspace(target, "cafe", Policy(own=own))

    for make, path in ((workspace.place, "jobs/a.toml"), (workspace.make_folder, "jobs/a/")):
        with pytest.raises(ConflictError, match="one of ossh's own files") as caught:
            make(path)
        assert workspace.failure(caught.value).cause is Cause.LOCAL_CONFLICT

    assert not (target / "jobs").exists()


def test_a_file_in_the_way_of_a_folder_is_a_local_conflict(
    workspace: Workspace, target: Path
) -> None:
    (target / "a").write_text("a file")

    for make in (workspace.place, workspace.make_folder):
        with pytest.raises(ConflictError, match=r"Target \{0\}.a'") as caught:
            make("a/b/")

        assert workspace.failure(caught.value).cause is Cause.LOCAL_CONFLICT
        assert (target / "a").read_text() == "a file"


def test_of_many_that_move_a_file_where_a_folder_belongs_one_does_and_the_folder_stays(
    target: Path,
) -> None:
    workspaces = [Workspace(target, f"cafe{number}", Policy(replace=True)) for number in range(8)]
    for round_ in range(20):
        (target / f"{round_}").write_text("mine")

    def make(workspace: Workspace) -> list[bool]:
        moved = []
        for round_ in range(20):
            place, has_moved = workspace.cleared_place(f"{round_}/{workspace.job_id}")
            os.close(place.create())
            moved.append(has_moved)
        return moved

    with ThreadPoolExecutor(len(workspaces)) as pool:
        moved = list(pool.map(make, workspaces))

    for round_, of_each in enumerate(zip(*moved, strict=True)):
        assert sum(of_each) == 1
        assert len(list((target / f"{round_}").iterdir())) == len(workspaces)
    kept = list((target / ".ossh" / "trash").rglob("*"))
    assert [one.read_text() for one in kept if one.is_file()] == ["mine"] * 20


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


# Links on the way


@links_needed
@pytest.mark.fault("F9")
def test_a_folder_that_becomes_a_link_between_two_steps_leads_nowhere(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("1", "2", "x"):
        (outside / name).write_text("theirs")

    def exchange(folder: Path) -> Path:
        aside = folder.with_name("aside")
        folder.rename(aside)
        folder.symlink_to(outside)
        return aside

    os.close(workspace.open(1))
    os.close(workspace.open(2))
    partial = exchange(target / ".ossh" / "cafe")
    draft = workspace.draft(1)
    draft.utime(1_700_000_000.0)
    place = workspace.place("logs/x")
    logs = exchange(target / "logs")
    assert not place.exists()
    delivery.rename(draft, place)
    workspace.drop(2)

    assert {one.name: one.read_text() for one in outside.iterdir()} == dict.fromkeys(
        ("1", "2", "x"), "theirs"
    )
    assert (logs / "x").stat().st_mtime == 1_700_000_000.0
    assert list(partial.iterdir()) == []


def test_our_own_folder_is_made_again_too(workspace: Workspace, target: Path) -> None:
    (target / ".ossh" / "cafe").rmdir()

    os.close(workspace.open(7))

    assert (target / ".ossh" / "cafe" / "7").exists()


@pytest.mark.fault("F9")
@each_kind
def test_what_is_planted_for_a_partial_file_makes_way_for_a_new_one(
    workspace: Workspace, tmp_path: Path, kind: str
) -> None:
    victim, partial = tmp_path / "victim", Path(workspace.partial(7))
    victim.write_text("precious")
    plant(kind, partial, victim)

    descriptor = workspace.open(7)
    os.write(descriptor, b"fetched")
    os.close(descriptor)

    assert victim.read_text() == "precious"
    assert (partial.read_text(), partial.is_symlink()) == ("fetched", False)


def test_a_partial_file_is_kept_or_emptied(workspace: Workspace) -> None:
    partial = Path(workspace.partial(7))
    partial.write_bytes(b"of an earlier run")

    os.close(workspace.open(7, is_part=True))
    assert partial.read_bytes() == b"of an earlier run"
    os.close(workspace.open(7))
    assert partial.read_bytes() == b""


@links_needed
@pytest.mark.fault("F9")
def test_a_planted_link_is_taken_away_once_however_many_threads_find_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    partial, elsewhere = Path(workspace.partial(1)), tmp_path / "elsewhere"

    def opened(_number: int) -> int | None:
        start.wait()
        try:
            descriptor = workspace.open(1, is_part=True)
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


def test_a_target_that_vanishes_is_told_from_a_folder_that_does(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    target.rename(tmp_path / "unplugged")

    for action in (
        lambda: workspace.place("a/b"),
        lambda: workspace.place("x"),
        lambda: workspace.existing(7),
    ):
        with pytest.raises(OSError, match="no longer there") as caught:
            action()
        failure = workspace.failure(caught.value)
        assert failure.cause is Cause.TARGET_GONE
        assert failure.message == f"'{target}' is no longer there"
    assert workspace.failure(FileNotFoundError()).cause is Cause.TARGET_GONE  # of any error
    assert not target.exists()


@pytest.mark.parametrize(
    ("act", "is_there"),
    [
        (lambda one: one.open(1, is_part=True), False),
        (lambda one: one.open(1, is_part=True), True),
        (lambda one: one.existing(1), True),
    ],
)
def test_parts_are_not_written_to_or_sealed_in_another_file_than_those_before_them(
    workspace: Workspace, tmp_path: Path, act: Callable[[Workspace], int], *, is_there: bool
) -> None:
    os.close(workspace.open(1, is_part=True))
    partial = Path(workspace.partial(1))
    partial.rename(tmp_path / "kept")  # so that no new file gets its number
    if is_there:
        partial.write_bytes(b"another")

    with pytest.raises(PlantedError):
        act(workspace)

    assert not partial.exists()
    os.close(workspace.open(1, is_part=True))  # it starts over
