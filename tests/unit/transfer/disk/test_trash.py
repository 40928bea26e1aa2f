"""The trash of a target: what goes there, and what is deleted from there."""

import sys
from datetime import date
from pathlib import Path

import pytest

from ossh.transfer.disk import trash
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree

DAY = date(2026, 1, 2)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


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


@posix_only
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


@posix_only
@pytest.mark.fault("F9")
@pytest.mark.parametrize("name", [".ossh", ".ossh/trash", ".ossh/trash/2026-01-02"])
def test_nothing_is_deleted_behind_a_link(target: Path, outside: Path, name: str) -> None:
    Trash(Tree(str(target)), DAY).take("a/b/file")
    (day,) = trash.days(target)
    (target / name).rename(outside / "moved")
    (target / name).symlink_to(outside / "moved")
    before = list(outside.rglob("*"))

    with pytest.raises(EscapeError):
        trash.empty(day)

    assert list(trash.days(target)) == []
    assert list(outside.rglob("*")) == before
