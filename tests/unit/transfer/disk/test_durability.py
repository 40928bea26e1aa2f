"""Files of a target are written out: all of a file system at once, or one by one."""

import errno
import os
import sys
from pathlib import Path

import pytest

from ossh.transfer.disk.durability import write_out
from ossh.transfer.disk.folder import Place
from ossh.transfer.disk.tree import Tree
from tests.writing_out import Libc, use_libc, watch_fsync


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("x", "a/y", "a/b/z"):
        (tmp_path / name).write_bytes(b"data")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
def test_one_call_writes_out_all(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    use_libc(monkeypatch, Libc(lambda folder: written.append(os.fstat(folder).st_ino)))

    write_out(Tree(str(target)), ["x", "a/y"])

    assert written == [target.stat().st_ino]


def test_this_system_writes_out_what_it_can(target: Path) -> None:
    write_out(Tree(str(target)), ["x", "a/y", "a/b/z"])


def test_else_each_file_is_and_each_folder_that_has_a_name_of_it(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target / "link").symlink_to("x")
    paths = ["x", "a/b/z", "link", "a/marker/", "gone", "gone/too"]
    (target / "a" / "marker").mkdir()
    found: list[int] = []
    use_libc(monkeypatch, object())
    watch_fsync(monkeypatch, lambda one: found.append(one.st_ino))

    write_out(Tree(str(target)), paths)

    wanted = [target / "x", target / "a" / "b" / "z"]
    if sys.platform != "win32":
        wanted += [target / "a", target / "a" / "b", target.parent]
        if sys.platform != "darwin":
            assert found[-1] == target.stat().st_ino
    assert {one.stat().st_ino for one in wanted} <= set(found)
    assert (target / "a" / "y").stat().st_ino not in found


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
def test_a_disk_that_fails_is_an_error(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_libc(monkeypatch, Libc(lambda _folder: None, fails=True))

    with pytest.raises(OSError, match="error"):
        write_out(Tree(str(target)), ["x"])


def test_a_file_that_another_program_has_open_is_waited_for(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_libc(monkeypatch, object())
    tries = []

    class BusyTree(Tree):
        def place(self, path: str, *, is_made: bool = False) -> Place:
            tries.append(path)
            if len(tries) == 1:  # as on Windows, while a virus scanner reads it
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return super().place(path, is_made=is_made)

    write_out(BusyTree(str(target)), ["x"])

    assert tries == ["x", "x"]
