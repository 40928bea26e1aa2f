"""A partial file becomes its target, or nothing."""

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ossh.fsspec.partial_file import PartialFile


def test_it_has_its_name_only_when_it_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    file = PartialFile(target)
    file.write(3, b"def")
    file.write(0, b"abc")

    assert target.read_bytes() == b"old"
    file.keep()
    assert target.read_bytes() == b"abcdef"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "a")
    file.write(0, b"abc")

    file.drop()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    with pytest.raises(IsADirectoryError, match="a"):
        PartialFile(tmp_path / "a")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_folder_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "a")
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError) as raised:  # noqa: PT011 - what it names is below
        file.keep()
    assert raised.value.filename == str(tmp_path / "a")
    assert ".partial" not in str(raised.value)
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_what_keeps_it_from_being_made_is_said_of_its_target(tmp_path: Path) -> None:
    target = tmp_path / "none" / "a"

    with pytest.raises(FileNotFoundError) as raised:
        PartialFile(target)
    assert raised.value.filename == str(target)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 200)

    PartialFile(target).keep()

    assert target.exists()


HOUR = 3600.0


@pytest.mark.parametrize(
    ("renamed", "hours", "stays"),
    [
        (lambda name: name, 25, False),
        (lambda name: name, 23, True),  # a process may still write to it
        (lambda name: name.replace(".partial", "0.partial"), 25, True),  # a copy of another file
        (lambda name: f"my{name}", 25, True),
    ],
)
def test_only_what_is_old_and_by_its_name_ours_is_abandoned(
    tmp_path: Path, renamed: Callable[[str], str], hours: int, *, stays: bool
) -> None:
    file = PartialFile(tmp_path / "killed")
    file.write(0, b"abc")
    file._file.close()
    (left,) = tmp_path.iterdir()
    left = left.rename(tmp_path / renamed(left.name))
    then = time.time() - hours * HOUR
    os.utime(left, (then, then))

    # in this process, its folder was looked at; by another name it is another's
    PartialFile(tmp_path / ".." / tmp_path.name / "next").keep()

    assert left.exists() is stays


if sys.platform != "win32":  # which has neither

    def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")

        with pytest.raises(OSError, match="it is a named pipe"):
            PartialFile(tmp_path / "pipe")
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)

    def test_permissions_stay_and_keep_a_file_from_being_replaced(tmp_path: Path) -> None:
        for mode in (0o600, 0o400):
            (tmp_path / str(mode)).write_bytes(b"old")
            (tmp_path / str(mode)).chmod(mode)
        PartialFile(tmp_path / str(0o600)).keep()

        assert stat.S_IMODE((tmp_path / str(0o600)).stat().st_mode) == 0o600
        with pytest.raises(PermissionError):
            PartialFile(tmp_path / str(0o400))

    def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "file").write_bytes(b"old")
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "file")
        file = PartialFile(tmp_path / "link")
        file.write(0, b"new")
        file.keep()

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "elsewhere" / "file").read_bytes() == b"new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_what_no_disk_takes_leaves_nothing(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "a")
    file.write(0, b"abc")
    file._file.close()
    full: Any = open("/dev/full", "wb")  # noqa: SIM115, PTH123 - the partial file closes it
    file._file = full  # the disk fills up

    with pytest.raises(OSError, match="No space"):
        file.write(0, b"abc")
    file.drop()
    assert list(tmp_path.iterdir()) == []
