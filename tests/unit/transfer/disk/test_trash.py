"""The trash of a target: what goes there, what of it is old, and what is deleted from there."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from ossh.transfer.disk import trash
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree
from tests.planting import links_needed

DAY = date(2026, 1, 2)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target"
    (path / "a" / "b").mkdir(parents=True)
    (path / "a" / "b" / "file").write_text("old")
    return path


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    return path


def test_a_file_keeps_its_path_and_what_is_there_its_place(target: Path) -> None:
    for number in range(3):
        (target / "a" / "b" / "file").write_text(str(number))
        Trash(Tree(str(target)), DAY).take("a/b/file")

    days = target / ".ossh" / "trash"
    found = {one.parts[-4]: one.read_text() for one in days.glob("*/a/b/file")}
    assert found == {"2026-01-02": "0", "2026-01-02.2": "1", "2026-01-02.3": "2"}
    assert list((target / "a" / "b").iterdir()) == []


def test_a_folder_that_somebody_made_in_the_place_of_a_file_stays(target: Path) -> None:
    with pytest.raises(OSError, match="b"):
        Trash(Tree(str(target)), DAY).take("a/b")

    assert (target / "a" / "b" / "file").read_text() == "old"
    assert list((target / ".ossh" / "trash" / "2026-01-02" / "a").iterdir()) == []


@links_needed
@pytest.mark.fault("F9")
@pytest.mark.parametrize(
    "name", [".ossh", ".ossh/trash", ".ossh/trash/2026-01-02", ".ossh/trash/2026-01-02/a"]
)
def test_nothing_is_made_or_moved_behind_a_link(target: Path, outside: Path, name: str) -> None:
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    (target / name).symlink_to(outside)

    with pytest.raises(EscapeError):
        Trash(Tree(str(target)), DAY).take("a/b/file")

    assert list(outside.iterdir()) == []
    assert (target / "a" / "b" / "file").read_text() == "old"


@links_needed
@pytest.mark.fault("F9")
@pytest.mark.parametrize("name", [".ossh", ".ossh/trash", ".ossh/trash/2026-01-02"])
def test_nothing_is_deleted_behind_a_link(target: Path, outside: Path, name: str) -> None:
    Trash(Tree(str(target)), DAY).take("a/b/file")
    (old,) = trash.old_trash(target, date.max)
    (target / name).rename(outside / "moved")
    (target / name).symlink_to(outside / "moved")
    before = list(outside.rglob("*"))

    with pytest.raises(EscapeError):
        trash.empty(old)

    assert list(trash.old_trash(target, date.max)) == []
    assert list(outside.rglob("*")) == before


# What of it is old

NAMED = "2026-01-02"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Return a folder of a trash with files in two folders."""
    folder = tmp_path / ".ossh" / "trash" / NAMED
    (folder / "sub").mkdir(parents=True)
    for name in ("old", "young", "sub/old", "sub/young"):
        (folder / name).write_bytes(b"1234")
    return folder


def arrived(found: os.DirEntry[str]) -> date:
    return date(2026, 1, 3) if found.name == "old" else date(2026, 5, 1)


def left(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*")}


@pytest.mark.fault("F59")
def test_of_one_folder_only_the_files_go_that_came_before_the_day(
    tmp_path: Path, day: Path
) -> None:
    (old,) = trash.old_trash(tmp_path, date(2026, 1, 4), arrived)

    trash.empty(old, arrived)

    assert (old.files, old.size) == (2, 8)
    assert left(day) == {"young", "sub", "sub/young"}


@pytest.mark.fault("F59")
@pytest.mark.parametrize("before", [date(2026, 1, 2), date(2026, 1, 3)])
def test_the_younger_of_name_and_arrival_counts(tmp_path: Path, day: Path, before: date) -> None:
    assert list(trash.old_trash(tmp_path, before, arrived)) == []
    assert len(left(day)) == 5


@pytest.mark.fault("F59")
def test_a_folder_goes_with_its_last_file(tmp_path: Path, day: Path) -> None:
    (old,) = trash.old_trash(tmp_path, date.max, arrived)

    trash.empty(old, arrived)

    assert not day.exists()
    assert not (tmp_path / ".ossh").exists()


@pytest.mark.fault("F59")
def test_what_came_a_moment_ago_came_today(day: Path) -> None:
    os.utime(day / "old", (0, 0))
    (day / "old").rename(day / "sub" / "moved")  # as a file goes to the trash

    with os.scandir(day / "sub") as entries:
        days = {trash.arrival(one) for one in entries}

    assert days <= {date.today(), date.today() - timedelta(1)}  # noqa: DTZ011 - as people count
