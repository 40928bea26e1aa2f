"""The manual page says what the program is."""

import shutil
import subprocess

import manual
import pytest

from ossh.shell.command_line import parser


def test_the_page_says_what_the_code_says() -> None:
    assert manual.PAGE.read_text(encoding="utf-8") == manual.page(), (
        "run python3 build_scripts/manual.py"
    )


def test_every_option_and_command_is_told() -> None:
    text = manual.page().replace("\\-", "-")

    for flag in parser()._option_string_actions:
        assert flag in text
    for name in ("connect", "ls", "filter", "preview", "get", "verify", "set"):
        assert f"\n\\fB{name}\\fR\n" in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here to read it")
def test_groff_reads_it_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(manual.PAGE)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "oss://my-bucket/logs/" in done.stdout
