"""The shell on Windows: paths with backslashes, cmd.exe behind `!` and `|`, and no console."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.conftest import Driver, Launcher

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="cmd.exe and backslashes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p q" / "日志").mkdir(parents=True)
    (tmp_path / "plain" / "deep").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (r"lcd plain\deep", r"plain\deep"),
        ("lcd plain/deep", r"plain\deep"),
        (r"lcd {folder}\plain", "plain"),
        (r'lcd "{folder}\p q"', "p q"),
        (r'lcd "{folder}\p q\"', "p q"),
        (r"lcd '{folder}\p q\日志'", r"p q\日志"),
        (r"lcd {rootless}\plain", "plain"),
    ],
)
def test_a_path_of_windows_is_taken_as_it_is(
    folder: Path, say: Driver, line: str, place: str
) -> None:
    said = say(line.format(folder=folder, rootless=str(folder).removeprefix(folder.drive)))

    assert (said.status, said.err) == (0, "")
    assert say("lpwd").lines == [str(folder / place)]


def test_a_download_goes_to_a_path_with_spaces(folder: Path, say: Driver) -> None:
    to, named = say(r'get readme.txt --to "p q\to"'), say(r"get readme.txt --as plain\it's.txt")

    assert (to.status, named.status) == (0, 0)
    assert (folder / "p q" / "to" / "readme.txt").exists()
    assert (folder / "plain" / "it's.txt").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"plain\d", ["plain\\deep\\"]),
        ("pl", ["plain\\"]),
        (r"{folder}\pl", ["{folder}\\plain\\"]),
    ],
)
def test_tab_completes_paths_with_backslashes(
    folder: Path, say: Driver, text: str, found: list[str]
) -> None:
    text = text.format(folder=folder)

    items = say.shell.complete(text, f"lcd {text}", 4, 4 + len(text)).items

    assert [one.text for one in items] == [one.format(folder=folder) for one in found]


def test_cmd_is_what_runs_commands_and_pipes(folder: Path, say: Driver) -> None:
    assert say("!echo %CD%").lines == [str(folder)]
    assert say("ls | sort /r").lines[-1] == "archive/"
    assert say("!exit 3").status == 3


@pytest.mark.parametrize("line", ["!hostname", "ls | hostname", "!edlin"])
def test_a_program_of_the_current_folder_is_not_found_by_its_bare_name(
    launch: Launcher, line: str
) -> None:
    for name in ("hostname", "edlin"):
        (launch.folder / f"{name}.bat").write_text("@echo planted> ran\n")

    launch("--demo", "-c", line)
    assert not (launch.folder / "ran").exists()

    launch("--demo", "-c", r"!.\hostname")
    assert (launch.folder / "ran").exists()


def test_a_program_that_does_not_read_its_pipe_to_the_end_is_no_error(fresh: Driver) -> None:
    fresh.server.fill("{:05d}-with-a-name-that-fills-pipes.txt", 3000, 0)

    said = fresh("ls | ping -n 2 127.0.0.1 >nul")

    assert (said.status, said.err) == (0, "")
    assert fresh("pwd").status == 0


def test_a_file_gets_utf_8_whatever_the_code_page_and_can_be_read_again(
    folder: Path, say: Driver
) -> None:
    listed = say(r'ls awkward/ > "p q\日志\keys.txt"')

    assert listed.status == 0
    assert "café.txt\r\n".encode() in (folder / "p q" / "日志" / "keys.txt").read_bytes()


def test_what_only_looks_like_a_terminal_is_not_waited_for(launch: Launcher) -> None:
    nothing = subprocess.DEVNULL
    done = launch.ended(stdin=nothing, stdout=nothing, stderr=subprocess.PIPE)

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_window_of_git_bash_is_told_what_to_do(launch: Launcher) -> None:
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        name = rf"\\.\pipe\msys-{os.getpid():016x}-pty0-from-master"
        window = _winapi.CreateNamedPipe(name, _winapi.PIPE_ACCESS_DUPLEX, 0, 1, 64, 64, 0, 0)
        end = _winapi.CreateFile(name, _winapi.GENERIC_READ, 0, 0, _winapi.OPEN_EXISTING, 0, 0)
        with os.fdopen(msvcrt.open_osfhandle(end, os.O_RDONLY), "rb", buffering=0) as stdin:
            done = launch.ended(stdin=stdin, capture_output=True, text=True)
        _winapi.CloseHandle(window)

        assert done.returncode == 2
        assert "winpty ossh" in done.stderr


def test_each_encoding_of_a_pipe_is_the_one_that_was_asked_for(run: Launcher) -> None:
    line = ("oss://demo-bucket/awkward/", "-c", "ls")

    assert "café.txt\r\n".encode() in run.in_bytes(*line).stdout
    assert b"rocket \\U0001f680" in run.in_bytes(*line, PYTHONIOENCODING="gbk").stdout
