"""Regular files: links are followed where that was asked for, nothing waits, nothing is half."""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import pytest

from ossh import regular_files
from ossh.errors import LocalError
from tests.planting import where_nobody_can_look

if sys.platform == "win32":
    pytest.skip("Windows has no named pipes, and links need rights", allow_module_level=True)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.fault("F51")
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (os.mkfifo, "it is a named pipe"),
        (a_socket, "it is a socket"),
        (lambda path: path.symlink_to(os.devnull), "it is a device"),
    ],
)
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREAT])
def test_what_is_no_regular_file_is_told_and_not_opened(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path], None],
    kind: str,
    flags: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("x")  # the address of a socket is short
    make(path)

    with pytest.raises(regular_files.NotRegularError, match=kind) as caught:
        regular_files.open_descriptor(path, flags, follow=True)

    assert regular_files.hint(caught.value, "other") != "other"


def test_a_link_is_followed_only_where_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"text")
    link = tmp_path / "link"
    link.symlink_to("real")

    with regular_files.open_for_reading(link, follow=True) as file:
        assert file.read() == b"text"
    with pytest.raises(regular_files.NotRegularError, match="it is a symbolic link"):
        regular_files.open_for_reading(link)


def test_what_is_exchanged_behind_the_check_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, important = tmp_path / "a", tmp_path / "important"
    important.write_bytes(b"text")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(regular_files, "check", lambda _path, **_how: None)

    (tmp_path / "pipe").rename(path)
    with pytest.raises(regular_files.NotRegularError, match="it is a named pipe"):
        regular_files.open_for_reading(path)
    path.unlink()
    path.symlink_to(important)
    with pytest.raises(OSError, match="symbolic links"):
        regular_files.open_descriptor(path, os.O_RDWR)


@pytest.mark.fault("F9")
def test_a_file_with_another_name_is_refused_where_it_must_have_one(tmp_path: Path) -> None:
    path, other = tmp_path / "path", tmp_path / "other"
    path.write_text("ours")
    os.close(regular_files.open_descriptor(path, os.O_RDWR, sole=True))
    other.hardlink_to(path)

    os.close(regular_files.open_descriptor(path, os.O_RDWR))
    with pytest.raises(regular_files.NotRegularError, match="it is a hard link"):
        regular_files.open_descriptor(path, os.O_RDWR, sole=True)


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="Is a directory") as caught:
        regular_files.open_for_reading(tmp_path)

    assert regular_files.hint(caught.value, "other") == "other"


def test_what_is_not_there_may_become_a_file(tmp_path: Path) -> None:
    regular_files.check(tmp_path / "a")
    os.close(regular_files.open_descriptor(tmp_path / "a", os.O_RDWR | os.O_CREAT))

    assert (tmp_path / "a").is_file()


def test_a_written_file_takes_its_name_from_a_link_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "important").write_bytes(b"text")
    path = tmp_path / "a"
    path.symlink_to("important")

    with regular_files.replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"text"

    assert path.read_bytes() == b"new"
    assert not path.is_symlink()
    assert (tmp_path / "important").read_bytes() == b"text"


def test_a_link_that_a_user_named_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("list")

    for text in (b"longer", b"new"):
        with regular_files.writing_anew(tmp_path / "link") as file:
            file.write(text)

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "list").read_bytes() == b"new"


def test_a_file_that_a_user_named_stays_as_private_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.touch(0o600)
    before = path.stat().st_mode

    with regular_files.writing_anew(path) as file:
        file.write(b"new")

    assert (path.stat().st_mode, path.read_bytes()) == (before, b"new")


def test_a_pipe_that_a_user_named_takes_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    with regular_files.writing_anew(path) as file:
        file.write(b"text")

    assert os.read(reader, 9) == b"text"
    assert path.is_fifo()
    os.close(reader)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/a.html", "No such file"),
        ("folder", "Is a directory|Access is denied"),
        ("a" * 250, "too long|No such file|Invalid argument"),
    ],
)
def test_a_file_that_cannot_be_written_is_named_as_the_caller_did(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()

    with (
        pytest.raises(OSError, match=reason) as caught,
        regular_files.replacing(tmp_path / name) as file,
    ):
        file.write(b"new")

    assert caught.value.filename == str(tmp_path / name)
    assert ".new" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("write", [regular_files.replacing, regular_files.writing_anew])
def test_a_file_that_is_not_written_to_its_end_leaves_what_was_there(
    tmp_path: Path, write: Callable[[Path], AbstractContextManager[BinaryIO]]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write_half() -> None:
        with write(path) as file:
            file.write(b"ha")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()

    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a", b"old")]


def test_only_who_looked_says_that_nothing_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")

    names = ["file", "link", "gone", "file/below"]
    assert [regular_files.is_there(tmp_path / name) for name in names] == [True, True, False, False]
    with pytest.raises(LocalError, match="cannot read"):
        regular_files.is_there(where_nobody_can_look(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_a_full_disk_is_helped_by_space_whatever_else_would_help() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        Path("/dev/full").write_bytes(b"x")

    assert regular_files.hint(caught.value, "other") == "free some space, then run it again"
