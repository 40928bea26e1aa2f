import errno
import io
import locale
import sys
from pathlib import Path

import pytest

from ossh.console.system import (
    is_unread,
    local_error,
    output_encoding,
    prepare_streams,
    private_file,
)
from ossh.errors import LocalError, UsageError


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"

    assert private_file(path)
    path.chmod(0o644)
    assert private_file(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_history_is_done_without_where_it_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert not private_file(tmp_path / "file" / "history")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "the disk is full"),
        (PermissionError(13, "Permission denied", "/x"), "cannot use '/x': permission denied"),
        (OSError(5, "Input/output error"), "cannot use the output: input/output error"),
    ],
)
def test_an_error_of_this_machine_says_what_cannot_be_used(error: OSError, message: str) -> None:
    found = local_error(error)

    assert isinstance(found, LocalError)
    assert str(found) == message


@pytest.mark.parametrize(
    ("windows", "environ", "is_terminal", "encoding"),
    [
        (True, {}, True, None),
        (True, {}, False, "utf-8"),
        (True, {"PYTHONIOENCODING": "gbk"}, True, None),
        (True, {"PYTHONIOENCODING": "gbk:replace"}, False, "gbk"),
        (True, {"PYTHONIOENCODING": ":replace"}, False, "utf-8"),
        (True, {"PYTHONUTF8": "1"}, False, "utf-8"),
        (True, {"PYTHONUTF8": "0"}, False, locale.getencoding()),
        (True, {"PYTHONUTF8": "1", "PYTHONIOENCODING": "GB18030"}, False, "gb18030"),
        *[(False, {}, is_terminal, None) for is_terminal in (True, False)],
        *[(False, {"PYTHONIOENCODING": "latin-1"}, one, "iso8859-1") for one in (True, False)],
    ],
)
def test_the_environment_chooses_the_encoding_or_else_the_locale_but_utf_8_for_pipes_on_windows(
    *, windows: bool, environ: dict[str, str], is_terminal: bool, encoding: str | None
) -> None:
    assert output_encoding(environ, is_terminal=is_terminal, windows=windows) == encoding


def test_people_get_plain_bars_and_lines_and_escaped_keys_where_the_encoding_lacks_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, held in written.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(held))

    prepare_streams({"PYTHONIOENCODING": "ascii"})
    for stream in (sys.stdout, sys.stderr):
        print("█▎ ▁▄█ │├└─ a · b a·b…é", end="", file=stream, flush=True)

    assert written["stderr"].getvalue() == b"## .:# ||`- a - b a\\xb7b\\u2026\\xe9"
    assert written["stdout"].getvalue().startswith(b"\\u2588")


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no encoding 'klingon'"):
        output_encoding({"PYTHONIOENCODING": "klingon"}, is_terminal=False, windows=True)


@pytest.mark.parametrize(
    ("error", "elsewhere", "on_windows"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), True, True),
        (OSError(errno.EINVAL, "Invalid argument"), False, True),
        (OSError(errno.EINVAL, "Invalid argument", "a:b"), False, False),
        (OSError(errno.ENOSPC, "No space left on device"), False, False),
    ],
)
def test_a_pipe_that_nobody_reads_is_known_by_the_error_of_each_system(
    *, error: OSError, elsewhere: bool, on_windows: bool
) -> None:
    assert is_unread(error, windows=False) is elsewhere
    assert is_unread(error, windows=True) is on_windows
