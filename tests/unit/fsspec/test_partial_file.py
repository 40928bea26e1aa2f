"""A partial file becomes its target, or nothing."""

from pathlib import Path

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
