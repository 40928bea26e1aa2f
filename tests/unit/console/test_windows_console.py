import sys

import pytest

from ossh.console import windows_console


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (r"\msys-1888ae32e00d56aa-pty0-from-master", True),
        (r"\msys-1888ae32e00d56aa-pty12-to-master", True),
        (r"\cygwin-e022582115c10879-pty1-from-master-nat", True),
        (r"\cygwin-e022582115c10879-dead-pty1", False),
        (r"\mine-pty0-from-master", False),
        ("", False),
    ],
)
def test_a_window_made_of_pipes_is_known_by_their_names(*, name: str, is_one: bool) -> None:
    assert windows_console.names_emulated(name) is is_one


@pytest.mark.skipif(sys.platform == "win32", reason="for all other systems")
def test_elsewhere_there_is_no_console_of_windows() -> None:
    windows_console.use_styles(sys.stdout)
    windows_console.on_close(lambda: None)

    assert windows_console.shows_styles(sys.stdout)
    assert windows_console.code_page() == ""
    assert not windows_console.is_emulated(sys.stdin)
