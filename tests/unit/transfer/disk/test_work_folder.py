"""The folder of a job's partial files: what is found there, and what is removed."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from ossh.errors import JobLockedError, LocalError
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import (
    JOURNAL,
    discard,
    journals,
    partial_files,
    tidy,
    working,
)
from ossh.transfer.disk.workspace import Workspace
from tests.planting import links_needed, where_nobody_can_look


def test_tidying_keeps_partial_files_and_what_tells_how_far_they_came(
    workspace: Workspace, target: Path
) -> None:
    journal = Path(workspace.folder) / f"{JOURNAL}1234"
    for path in (Path(workspace.partial(1)), journal):
        path.touch()
    tidy(workspace.tree, "cafe")
    assert Path(workspace.partial(1)).exists()
    assert journals(workspace.tree, "cafe") == [f".ossh/cafe/{journal.name}"]

    workspace.drop(1)
    tidy(workspace.tree, "cafe")

    assert list(target.iterdir()) == []


def test_tidying_leaves_all_as_it_is_while_a_run_works_there(
    workspace: Workspace, target: Path
) -> None:
    journal = Path(workspace.folder) / f"{JOURNAL}1234"
    journal.touch()

    with working(workspace.tree, "cafe", "job"):
        tidy(workspace.tree, "cafe")
        assert journal.exists()
        with (
            pytest.raises(JobLockedError, match="'copy' is being run by process"),
            working(workspace.tree, "cafe", "copy"),
        ):
            pass
    tidy(workspace.tree, "cafe")

    assert list(target.iterdir()) == []


@pytest.mark.fault("F40")
def test_a_copy_that_is_refused_leaves_the_partial_files_that_are_still_empty(
    workspace: Workspace, target: Path
) -> None:
    partial = Path(workspace.partial(1))

    with working(workspace.tree, "cafe", "job"):
        os.close(workspace.open(1))
        with (
            pytest.raises(JobLockedError),
            closing(Workspace(target, "cafe")) as copy,
            working(copy.tree, "cafe", "copy"),
        ):
            pass
        assert partial.exists()

    assert not partial.exists()


@pytest.mark.fault("F40")
def test_tidying_removes_the_lock_of_a_run_that_was_killed(
    workspace: Workspace, target: Path
) -> None:
    lock = Path(workspace.folder) / "run.lock"
    lock.write_text("1 elsewhere\n")
    with working(workspace.tree, "cafe", "job"):
        assert lock.read_text() != "1 elsewhere\n"
    assert not lock.exists()
    lock.write_text("1 elsewhere\n")

    tidy(workspace.tree, "cafe")

    assert list(target.iterdir()) == []


def test_a_run_works_where_no_lock_can_be_had(workspace: Workspace) -> None:
    lock = Path(workspace.folder) / "run.lock"
    lock.mkdir()

    with working(workspace.tree, "cafe", "job"):
        pass
    tidy(workspace.tree, "cafe")

    assert lock.is_dir()


def test_forgetting_a_job_removes_its_partial_files_alone(
    workspace: Workspace, target: Path
) -> None:
    other = Workspace(target, "beef")
    kept = [Path(other.partial(1)), Path(workspace.folder) / "not a row"]
    journal = Path(workspace.folder) / f"{JOURNAL}1234"
    for path in (Path(workspace.partial(1)), journal, *kept):
        path.touch()

    discard(target, "cafe")
    discard(target, "gone")
    discard(target, "../.ossh/beef")

    assert not Path(workspace.partial(1)).exists()
    assert not journal.exists()
    assert all(path.exists() for path in kept)


def test_rows_that_are_removed_take_their_partial_files_along(
    workspace: Workspace, target: Path
) -> None:
    for row in (1, 2):
        Path(workspace.partial(row)).touch()
    (Path(workspace.folder) / f"{JOURNAL}1234").touch()

    discard(target, "cafe", [1, 3])

    assert journals(workspace.tree, "cafe")
    assert [Path(workspace.partial(row)).exists() for row in (1, 2)] == [False, True]

    discard(target, "cafe", [2])

    assert list(target.iterdir()) == []


@links_needed
@pytest.mark.fault("F9")
@pytest.mark.parametrize("place", ["outside", "target/inside"])
@pytest.mark.parametrize("name", [".ossh", ".ossh/cafe"])
def test_nothing_is_looked_at_or_removed_behind_a_link_for_our_folder(
    workspace: Workspace, tmp_path: Path, name: str, place: str
) -> None:
    link, elsewhere = tmp_path / "target" / name, tmp_path / place
    Path(workspace.partial(1)).touch()
    (Path(workspace.folder) / f"{JOURNAL}1234").touch()
    link.rename(elsewhere)
    link.symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))

    with pytest.raises(LocalError, match=f"{name}': it is a symbolic link"):
        Workspace(tmp_path / "target", "cafe")
    assert partial_files(tmp_path / "target", "cafe") == []
    assert journals(workspace.tree, "cafe") == []
    discard(tmp_path / "target", "cafe")
    Path(workspace.partial(1)).unlink()
    tidy(workspace.tree, "cafe")

    assert sorted(elsewhere.rglob("*")) == [path for path in before if path.name != "1"]


@pytest.mark.fault("F32")
def test_partial_files_of_a_target_that_is_away_are_not_none(tmp_path: Path) -> None:
    target = where_nobody_can_look(tmp_path)

    with pytest.raises(LocalError, match="cannot read"):
        partial_files(target, "cafe")
    with pytest.raises(LocalError, match="cannot read"):
        journals(Tree(str(target)), "cafe")
    assert partial_files(tmp_path / "gone", "cafe") == []
    discard(target, "cafe")
